namespace MnistGpu;

/// <summary>
/// What the hidden layers make of Z. Every one is monotone, and its derivative can be told from A alone: the engines
/// write A over Z.
/// </summary>
public enum Activation
{
    /// <summary>A = max(0, Z); ReLU′(z) = 1 if z &gt; 0 else 0.</summary>
    ReLU,

    /// <summary>
    /// A = 1.7159·tanh(⅔·Z): LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4.4; the activation of
    /// Cireşan et al. 2010, arXiv 1003.0358. With a = 1.7159·tanh(⅔·z), f′(z) = ⅔·(1.7159 − a²/1.7159).
    /// </summary>
    ScaledTanh,

    /// <summary>
    /// A = Z where Z &gt; 0, else 0.01·Z; f′(z) = 1 if z &gt; 0 else 0.01: Maas, Hannun and Ng 2013, "Rectifier
    /// Nonlinearities Improve Neural Network Acoustic Models", section 2. A &gt; 0 exactly where Z &gt; 0.
    /// </summary>
    LeakyReLU,
}
