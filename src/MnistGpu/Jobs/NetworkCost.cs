using MnistGpu.Model;

namespace MnistGpu.Program.Jobs;

/// <summary>What a network costs for one image, by counting.</summary>
internal static class NetworkCost
{
    /// <summary>Floating-point operations of an answer, products only, a multiply-add counted as two.</summary>
    public static long Operations(NetworkShape shape) =>
        Enumerable.Range(0, shape.Layers).Sum(l => 2L * shape.In(l) * shape.Out(l));

    /// <summary>Bytes of an image's numbers in all layers as float32, the pixels included.</summary>
    public static long Bytes(NetworkShape shape) => shape.Widths.Sum(width => (long)sizeof(float) * width);

    /// <summary>Both in words, and what a step of training takes.</summary>
    public static string Describe(NetworkShape shape) => Describe([shape]);

    /// <summary>The same of networks that answer together.</summary>
    public static string Describe(IEnumerable<NetworkShape> networks)
    {
        var shapes = networks.ToArray();
        return $"{Readable.Count(shapes.Sum(Operations))} operations, "
            + $"{Readable.Count(shapes.Sum(shape => shape.FlopsPerImage))} in training; "
            + $"{Readable.Count(shapes.Sum(Bytes))} bytes as float32";
    }
}
