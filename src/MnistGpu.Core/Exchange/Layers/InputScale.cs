namespace MnistGpu.Exchange.Layers;

/// <summary>What a network expects of its pixels: A0 = (p/255 − mean)/deviation for a pixel p.</summary>
/// <param name="Mean">The mean that is taken off.</param>
/// <param name="Deviation">What is divided by, above 0.</param>
internal sealed record InputScale(double Mean, double Deviation)
{
    /// <summary>p/255, as here.</summary>
    public static readonly InputScale None = new(0, 1);
}
