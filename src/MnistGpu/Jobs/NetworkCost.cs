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
    public static string Describe(NetworkShape shape) =>
        $"{Readable.Count(Operations(shape))} operations, {Readable.Count(shape.FlopsPerImage)} in training; "
        + $"{Readable.Count(Bytes(shape))} bytes as float32";
}
