namespace MnistGpu.Exchange.Layers;

/// <summary>An array of numbers in a file of another program.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Values">Its elements in row-major order.</param>
internal sealed record NamedArray(string Name, int[] Shape, double[] Values)
{
    /// <summary>Its dimensions as people write them.</summary>
    public string Dimensions => $"[{string.Join(", ", Shape)}]";
}
