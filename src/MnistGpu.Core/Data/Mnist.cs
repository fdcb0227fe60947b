namespace MnistGpu.Data;

/// <summary>The shape of MNIST's images (yann.lecun.com/exdb/mnist), as which digits in pictures are seen.</summary>
internal static class Mnist
{
    /// <summary>Pixels along each side of an image.</summary>
    public const int Side = 28;

    /// <summary>Pixels of an image.</summary>
    public const int Pixels = Side * Side;

    /// <summary>The digits 0 to 9.</summary>
    public const int Classes = 10;

    /// <summary>28 × 28 grey pixels, the classes 0 to 9.</summary>
    public static DataShape Shape { get; } = new(Side, Side, 1, DataShape.Numbers(Classes));
}
