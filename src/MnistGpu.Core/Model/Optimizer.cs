namespace MnistGpu.Model;

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

/// <summary>
/// What an optimizer remembers between steps. Optimizers with the same one can go on with each other's moments; others
/// begin anew at zero.
/// </summary>
public enum MomentKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>v, the decaying sum of the gradients.</summary>
    Velocity,

    /// <summary>m and v, the decaying means of the gradients and of their squares.</summary>
    MeanAndSquare,

    /// <summary>v, the decaying mean of the gradients' squares.</summary>
    Square,
}

/// <summary>What is to know of an optimizer before anything is computed.</summary>
public static class Optimizers
{
    /// <summary>The names in options and files, in the order of the enum.</summary>
    public static IReadOnlyDictionary<string, Optimizer> Names { get; } =
        Enum.GetValues<Optimizer>().ToDictionary(Name);

    /// <summary>What options and files call it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such optimizer.</exception>
    public static string Name(this Optimizer optimizer) => Facts(optimizer).Name;

    /// <summary>α where the user gives none.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static double DefaultRate(this Optimizer optimizer) => Facts(optimizer).Rate;

    /// <summary>What it remembers.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static MomentKind Moments(this Optimizer optimizer) => Facts(optimizer).Moments;

    /// <summary>β₂ where a rule names none: 0.99 for RMSprop, as PyTorch has it, else 0.999.</summary>
    internal static double DefaultBeta2(this Optimizer optimizer) => optimizer == Optimizer.RMSprop ? 0.99 : 0.999;

    /// <summary>How many arrays, each as large as the parameters, moments are: 0, 1 or 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such moments.</exception>
    public static int Count(this MomentKind moments) => moments switch
    {
        MomentKind.None => 0,
        MomentKind.Velocity or MomentKind.Square => 1,
        MomentKind.MeanAndSquare => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(moments), moments, "There are no such moments."),
    };

    private static (string Name, double Rate, MomentKind Moments) Facts(Optimizer optimizer) => optimizer switch
    {
        Optimizer.GradientDescent => ("gd", 0.1, MomentKind.None),
        Optimizer.Momentum => ("momentum", 0.01, MomentKind.Velocity),
        Optimizer.Adam => ("adam", 0.001, MomentKind.MeanAndSquare),
        Optimizer.AdamW => ("adamw", 0.001, MomentKind.MeanAndSquare),
        Optimizer.Nesterov => ("nesterov", 0.01, MomentKind.Velocity),
        Optimizer.RMSprop => ("rmsprop", 0.001, MomentKind.Square),
        _ => throw new ArgumentOutOfRangeException(nameof(optimizer), optimizer, "There is no such optimizer."),
    };
}
