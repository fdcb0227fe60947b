namespace MnistGpu;

/// <summary>
/// What a step makes of the gradients g of the parameters θ. t counts the steps since the moments began, from 1.
/// </summary>
public enum Optimizer
{
    /// <summary>Gradient descent: θ := θ − α·g.</summary>
    GradientDescent,

    /// <summary>Polyak's momentum as PyTorch's SGD has it: v := β₁·v + g, θ := θ − α·v.</summary>
    Momentum,

    /// <summary>
    /// Adam, Kingma and Ba 2015, arXiv 1412.6980, algorithm 1: m := β₁·m + (1−β₁)·g, v := β₂·v + (1−β₂)·g²,
    /// θ := θ − α·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε).
    /// </summary>
    Adam,

    /// <summary>
    /// Adam with the decay of the weights apart from the gradients, Loshchilov and Hutter 2019, arXiv 1711.05101:
    /// θ := θ − α·λ·θ first.
    /// </summary>
    AdamW,

    /// <summary>
    /// Nesterov's momentum as PyTorch's SGD has it (nesterov=True): v := β₁·v + g, θ := θ − α·(g + β₁·v); Sutskever,
    /// Martens, Dahl and Hinton 2013, "On the importance of initialization and momentum in deep learning", section 2.
    /// </summary>
    Nesterov,

    /// <summary>
    /// RMSprop, Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6.5, as PyTorch's RMSprop has
    /// it,
    /// not centred and without momentum: v := β₂·v + (1−β₂)·g², θ := θ − α·g / (√v + ε); β₂ is PyTorch's alpha.
    /// </summary>
    RMSprop,
}
