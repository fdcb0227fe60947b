namespace MnistGpu.Model;

/// <summary>What the hidden layers make of Z. Both derivatives can be told from A alone.</summary>
public enum Activation
{
    /// <summary>A = max(0, Z); ReLU′(z) = 1 if z &gt; 0 else 0.</summary>
    ReLU,

    /// <summary>
    /// A = 1.7159·tanh(⅔·Z): LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4.4; the activation of Cireşan et al. 2010,
    /// arXiv 1003.0358. With a = 1.7159·tanh(⅔·z), f′(z) = ⅔·(1.7159 − a²/1.7159).
    /// </summary>
    ScaledTanh,
}

/// <summary>The constants of <see cref="Activation.ScaledTanh"/>.</summary>
public static class ScaledTanh
{
    /// <summary>How high it goes.</summary>
    public const double Height = 1.7159;

    /// <summary>How steep it is before the height.</summary>
    public const double Slope = 2.0 / 3;
}
