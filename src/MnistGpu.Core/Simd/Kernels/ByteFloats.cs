using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd.Kernels;

/// <summary>The floats 0 to 255, where reading one costs less than converting a byte.</summary>
internal static unsafe class ByteFloats
{
    // For as long as the process runs.
    private static readonly AlignedBuffer Numbers = Count();

    /// <summary>The float of byte x is at x.</summary>
    public static float* Start => Numbers.Floats;

    private static AlignedBuffer Count()
    {
        var numbers = AlignedBuffer.OfFloats(256);
        for (var x = 0; x < 256; x++)
        {
            numbers.Floats[x] = x;
        }

        return numbers;
    }
}
