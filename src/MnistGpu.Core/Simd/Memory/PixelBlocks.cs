using System.Numerics;
using System.Runtime.CompilerServices;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// The order in which the first layer takes the pixels: in blocks of 16, so that blank blocks can be left out. A square
/// image is cut into patches of 4 × 4, because strokes are blobs: of MNIST's 49 patches 18 hold ink on average, of the
/// 49 runs of 16 pixels 29. Other inputs are cut into runs.
/// </summary>
internal sealed unsafe class PixelBlocks : PixelOrder
{
    /// <summary>Pixels in a block: one 128-bit load of bytes, one 512-bit vector of floats.</summary>
    public const int Size = 16;

    private readonly int side;
    private readonly int[] pixels;

    /// <summary>The blocks of images of <paramref name="inputs"/> pixels.</summary>
    public PixelBlocks(int inputs)
        : base(IsSquare(inputs, out var side) ? (side + 3) / 4 * ((side + 3) / 4) : (inputs + Size - 1) / Size)
    {
        var square = IsSquare(inputs, out this.side);
        var across = (side + 3) / 4;
        pixels = new int[Count * Size];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (block, within) = (i / Size, i % Size);
            var (y, x) = (block / across * 4 + within / 4, block % across * 4 + within % 4);
            pixels[i] = square ? (y < side && x < side ? y * side + x : -1) : (i < inputs ? i : -1);
        }

        if (!square || side % 4 != 0)
        {
            this.side = 0;
        }
    }

    /// <summary>The pixel at each of Count × 16 places; −1 where the last block has no pixel.</summary>
    public ReadOnlySpan<int> Pixels => pixels;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Find(byte* image, ulong* ink)
    {
        var found = 0;
        for (var word = 0; word < Words; word++)
        {
            var bits = 0UL;
            var end = Math.Min(64, Count - word * 64);
            for (var b = 0; b < end; b++)
            {
                if (HasInk(image, word * 64 + b))
                {
                    bits |= 1UL << b;
                }
            }

            ink[word] = bits;
            found += BitOperations.PopCount(bits);
        }

        return found;
    }

    /// <summary>Copies the blocks whose bit is set, one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Copy(byte* image, ulong* ink, byte* blocks)
    {
        for (var word = 0; word < Words; word++)
        {
            for (var bits = ink[word]; bits != 0; bits &= bits - 1)
            {
                Copy(image, word * 64 + BitOperations.TrailingZeroCount(bits), blocks);
                blocks += Size;
            }
        }
    }

    private static bool IsSquare(int inputs, out int side)
    {
        side = (int)Math.Sqrt(inputs);
        return side * side == inputs && side >= 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool HasInk(byte* image, int block)
    {
        if (side > 0)
        {
            var corner = image + pixels[block * Size];
            return (Row(corner, 0) | Row(corner, 1) | Row(corner, 2) | Row(corner, 3)) != 0;
        }

        foreach (var pixel in pixels.AsSpan(block * Size, Size))
        {
            if (pixel >= 0 && image[pixel] != 0)
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Copy(byte* image, int block, byte* to)
    {
        if (side > 0)
        {
            var corner = image + pixels[block * Size];
            for (var row = 0; row < 4; row++)
            {
                Unsafe.WriteUnaligned(to + 4 * row, Row(corner, row));
            }

            return;
        }

        for (var i = 0; i < Size; i++)
        {
            var pixel = pixels[block * Size + i];
            to[i] = pixel < 0 ? (byte)0 : image[pixel];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Row(byte* corner, int row) => Unsafe.ReadUnaligned<uint>(corner + row * side);
}
