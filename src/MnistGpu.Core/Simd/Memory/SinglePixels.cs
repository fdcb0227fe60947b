using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Every pixel is a place of its own, in the image's order. Images are not packed: the kernels read the pixels that
/// have ink where they lie.
/// </summary>
internal sealed unsafe class SinglePixels(int inputs) : PixelOrder(inputs)
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Find(byte* image, ulong* ink)
    {
        var found = 0;
        for (var word = 0; word < Words; word++)
        {
            var from = word * 64;
            var bits = from + 64 <= Count
                ? ~Vector512.Equals(Vector512.Load(image + from), Vector512<byte>.Zero).ExtractMostSignificantBits()
                : Tail(image + from, Count - from);
            ink[word] = bits;
            found += BitOperations.PopCount(bits);
        }

        return found;
    }

    // Reads nothing past the image: it may be the last of its memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Tail(byte* pixels, int count)
    {
        var bits = 0UL;
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var blank = Vector128.Equals(Vector128.Load(pixels + i), Vector128<byte>.Zero);
            bits |= (ulong)(~blank.ExtractMostSignificantBits() & 0xFFFF) << i;
        }

        for (; i < count; i++)
        {
            bits |= pixels[i] != 0 ? 1UL << i : 0;
        }

        return bits;
    }
}
