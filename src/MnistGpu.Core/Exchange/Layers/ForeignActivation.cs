namespace MnistGpu.Exchange.Layers;

/// <summary>What other programs have between the layers.</summary>
internal enum ForeignActivation
{
    /// <summary>max(0, z).</summary>
    ReLU,

    /// <summary>z where z &gt; 0, else 0.01·z.</summary>
    LeakyReLU,

    /// <summary>tanh z, without the scale of <see cref="Model.ScaledTanh"/>.</summary>
    Tanh,

    /// <summary>1/(1 + e^−z).</summary>
    Sigmoid,

    /// <summary>1.7159·tanh(⅔·z), as here.</summary>
    ScaledTanh,
}
