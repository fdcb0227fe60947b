using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Up to 64 images as the first layer reads them: by image (which places have ink, and where they lie) for W1·A0, and
/// by place (which images have ink there) for dW1. A place is a block of pixels or a single one
/// (<see cref="PixelOrder"/>). Activations of a tile are [units × 64]: an image is a lane.
/// </summary>
internal sealed unsafe class ImageTile : IDisposable
{
    /// <summary>
    /// Images in a tile: enough that W1 and dW1 are fetched seldom, few enough that a tile's bytes stay in the
    /// second-level cache.
    /// </summary>
    public const int Size = 64;

    private readonly PixelOrder order;
    private readonly AlignedBuffer ink;
    private readonly AlignedBuffer imagesWith;
    private readonly AlignedBuffer first;
    private readonly AlignedBuffer ahead = new(Size * sizeof(long));
    private readonly AlignedBuffer labels;
    private readonly AlignedBuffer numbers = new(Size * sizeof(int));
    private AlignedBuffer? packed;
    private AlignedBuffer? scratch;

    /// <summary>A tile for images cut into these places.</summary>
    public ImageTile(PixelOrder order)
    {
        this.order = order;
        ink = new AlignedBuffer((long)Size * order.Words * sizeof(ulong));
        imagesWith = new AlignedBuffer((long)Size * order.Words * sizeof(ulong));
        first = new AlignedBuffer(Size * sizeof(long));
        labels = AlignedBuffer.OfFloats(Size);
    }

    /// <summary>Images in the tile now, 1 to 64; the lanes past them have no ink.</summary>
    public int Count { get; private set; }

    /// <summary>Places in an image.</summary>
    public int Places => order.Count;

    /// <summary>64-bit words that hold a bit per place.</summary>
    public int Words => order.Words;

    /// <summary>[64 × Words] bits per image: place p has ink.</summary>
    public ulong* Ink => ink.Words;

    /// <summary>[places] bits per place: image j has ink there.</summary>
    public ulong* ImagesWith => imagesWith.Words;

    /// <summary>[64] where each image's first stored block, or its first pixel, lies; null without an image.</summary>
    public byte** First => (byte**)first.Words;

    /// <summary>
    /// [64] pixels that a step to come will read, or else this one: to be fetched early. Single pixels only; any
    /// address in lanes without an image.
    /// </summary>
    public byte** Ahead => (byte**)ahead.Words;

    /// <summary>[64] the labels as floats, to be compared with rows' numbers; −1 in lanes without an image.</summary>
    public float* Labels => labels.Floats;

    /// <summary>
    /// [64] the images' indices in the attached set, where they are from it; any number in lanes without an image.
    /// </summary>
    public uint* Images => (uint*)numbers.Bytes;

    /// <summary>
    /// Takes the set's images from <paramref name="from"/> on; those at the <paramref name="indices"/> from there on,
    /// if there are any.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void TakeImages(PackedImages set, int* indices, int from, int count)
    {
        if (set.Deformer is { } deformer)
        {
            DeformImages(set, deformer, indices, from, count);
            return;
        }

        Begin(count);
        for (var lane = 0; lane < count; lane++)
        {
            var j = indices == null ? from + lane : indices[from + lane];
            Images[lane] = (uint)j;
            Labels[lane] = set.Label(j);
            if (!set.IsPacked)
            {
                PackImage(set.Raw(j), lane, null);
                continue;
            }

            First[lane] = set.Blocks(j);
            for (var word = 0; word < Words; word++)
            {
                Ink[lane * Words + word] = set.Ink(j)[word];
            }
        }
    }

    /// <summary>
    /// Tells which images a step to come will take, so that the kernels may fetch them from memory early. Without it
    /// they fetch the tile's own once more.
    /// </summary>
    public void Foresee(PackedImages set, int* indices, int from, int count)
    {
        for (var lane = 0; lane < count; lane++)
        {
            Ahead[lane] = set.Raw(indices[from + lane]);
        }
    }

    /// <summary>
    /// Takes images that are not attached, and reads them as long as the tile is used; without labels where
    /// <paramref name="classes"/> is null.
    /// </summary>
    public void PackImages(byte* X, byte* classes, int inputs, int count)
    {
        Begin(count);
        var blocks = order is PixelBlocks ? Packed : null;
        for (var lane = 0; lane < count; lane++)
        {
            Labels[lane] = classes == null ? -1 : classes[lane];
            blocks = PackImage(X + (long)lane * inputs, lane, blocks);
        }
    }

    /// <summary>
    /// Fills <see cref="ImagesWith"/> from <see cref="Ink"/>: a transposition of 64 × 64 bits per word.
    /// </summary>
    public void FindImagesPerPlace()
    {
        for (var word = 0; word < Words; word++)
        {
            var square = ImagesWith + word * Size;
            for (var lane = 0; lane < Size; lane++)
            {
                square[lane] = Ink[lane * Words + word];
            }

            Transpose(square);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ink.Dispose();
        imagesWith.Dispose();
        first.Dispose();
        ahead.Dispose();
        labels.Dispose();
        numbers.Dispose();
        packed?.Dispose();
        scratch?.Dispose();
    }

    private byte* Packed => (packed ??= new AlignedBuffer((long)Size * order.Count * PixelBlocks.Size)).Bytes;

    // Deforms each image in this tile's own memory, and packs the result there or leaves it.
    private void DeformImages(PackedImages set, IDeformer deformer, int* indices, int from, int count)
    {
        var packs = order is PixelBlocks;
        var room = (set.Inputs + PixelBlocks.Size - 1) / PixelBlocks.Size * PixelBlocks.Size + PixelBlocks.Size;
        var needed = deformer.ScratchLength + (packs ? room : (long)room * Size);
        if (scratch is null || scratch.Length < needed)
        {
            scratch?.Dispose();
            scratch = new AlignedBuffer(needed);
        }

        Begin(count);
        var blocks = packs ? Packed : null;
        for (var lane = 0; lane < count; lane++)
        {
            var j = indices == null ? from + lane : indices[from + lane];
            Images[lane] = (uint)j;
            Labels[lane] = set.Label(j);
            var image = scratch.Bytes + deformer.ScratchLength + (packs ? 0 : (long)room * lane);
            deformer.Deform(set.Raw(j), j, set.Label(j), image, scratch.Bytes);
            blocks = PackImage(image, lane, blocks);
        }
    }

    // Returns where the next image's blocks go.
    private byte* PackImage(byte* image, int lane, byte* blocks)
    {
        var ink = Ink + lane * Words;
        var found = order.Find(image, ink);
        if (order is not PixelBlocks packing)
        {
            First[lane] = image;
            Ahead[lane] = image;
            return null;
        }

        packing.Copy(image, ink, blocks);
        First[lane] = blocks;
        return blocks + found * PixelBlocks.Size;
    }

    private void Begin(int count)
    {
        Count = count;
        for (var lane = count; lane < Size; lane++)
        {
            Labels[lane] = -1;
            First[lane] = null;
            for (var word = 0; word < Words; word++)
            {
                Ink[lane * Words + word] = 0;
            }
        }
    }

    // Swaps ever smaller off-diagonal squares: Warren 2012, Hacker's Delight, 2nd edition, section 7-3. Eight rows
    // are a vector: squares of 32, 16 and 8 are swapped between vectors, smaller ones within one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(ulong* rows)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            TransposeByWords(rows);
            return;
        }

        for (var size = 32; size >= 8; size >>= 1)
        {
            var mask = Vector512.Create(Low(size));
            for (var i = 0; i < Size; i = (i + size + 8) & ~size)
            {
                var (a, b) = (Vector512.Load(rows + i), Vector512.Load(rows + i + size));
                var swap = ((a >>> size) ^ b) & mask;
                (a ^ (swap << size)).Store(rows + i);
                (b ^ swap).Store(rows + i + size);
            }
        }

        for (var i = 0; i < Size; i += 8)
        {
            var x = Vector512.Load(rows + i);
            x = Swap(x, Vector512.Shuffle(x, Vector512.Create(4UL, 5, 6, 7, 0, 1, 2, 3)), 4,
                Vector512.Create(0UL, 0, 0, 0, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));
            x = Swap(x, Vector512.Shuffle(x, Vector512.Create(2UL, 3, 0, 1, 6, 7, 4, 5)), 2,
                Vector512.Create(0UL, 0, ulong.MaxValue, ulong.MaxValue, 0, 0, ulong.MaxValue, ulong.MaxValue));
            x = Swap(x, Vector512.Shuffle(x, Vector512.Create(1UL, 0, 3, 2, 5, 4, 7, 6)), 1,
                Vector512.Create(0UL, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue));
            x.Store(rows + i);
        }
    }

    /// <summary>The same where eight words are no vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void TransposeByWords(ulong* rows)
    {
        for (var size = 32; size != 0; size >>= 1)
        {
            for (var i = 0; i < Size; i = (i + size + 1) & ~size)
            {
                var swap = ((rows[i] >> size) ^ rows[i + size]) & Low(size);
                rows[i] ^= swap << size;
                rows[i + size] ^= swap;
            }
        }
    }

    // Each row's other half of a square comes from its partner: the upper rows' high bits, the lower rows' low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Swap(Vector512<ulong> x, Vector512<ulong> partner, int size,
        Vector512<ulong> lower)
    {
        var mask = Vector512.Create(Low(size));
        return Vector512.ConditionalSelect(lower, (x & ~mask) | ((partner >>> size) & mask),
            (x & mask) | ((partner & mask) << size));
    }

    // The low size bits of every 2·size.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Low(int size) => ulong.MaxValue / ((1UL << size) + 1);
}
