using System.Runtime.CompilerServices;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Up to 64 images as the first layer reads them: by image (which blocks have ink, and where they lie) for W1·A0, and
/// by block (which images have ink there) for dW1. Activations of a tile are [units × 64]: an image is a lane.
/// </summary>
internal sealed unsafe class ImageTile : IDisposable
{
    /// <summary>
    /// Images in a tile: enough that W1 and dW1 are fetched seldom, few enough that a tile's bytes stay in the
    /// second-level cache.
    /// </summary>
    public const int Size = 64;

    private readonly PixelBlocks order;
    private readonly AlignedBuffer ink;
    private readonly AlignedBuffer imagesWith;
    private readonly AlignedBuffer first;
    private readonly AlignedBuffer labels;
    private readonly AlignedBuffer numbers = new(Size * sizeof(int));
    private AlignedBuffer? packed;
    private AlignedBuffer? scratch;

    /// <summary>A tile for images cut into these blocks.</summary>
    public ImageTile(PixelBlocks order)
    {
        this.order = order;
        ink = new AlignedBuffer((long)Size * order.Words * sizeof(ulong));
        imagesWith = new AlignedBuffer((long)Size * order.Words * sizeof(ulong));
        first = new AlignedBuffer(Size * sizeof(long));
        labels = AlignedBuffer.OfFloats(Size);
    }

    /// <summary>Images in the tile now, 1 to 64; the lanes past them have no ink.</summary>
    public int Count { get; private set; }

    /// <summary>Blocks in an image.</summary>
    public int BlockCount => order.Count;

    /// <summary>64-bit words that hold a bit per block.</summary>
    public int Words => order.Words;

    /// <summary>[64 × Words] bits per image: block b has ink.</summary>
    public ulong* Ink => ink.Words;

    /// <summary>[blocks] bits per block: image j has ink there.</summary>
    public ulong* ImagesWith => imagesWith.Words;

    /// <summary>[64] where each image's first stored block lies.</summary>
    public byte** First => (byte**)first.Words;

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
            First[lane] = set.Blocks(j);
            Labels[lane] = set.Label(j);
            for (var word = 0; word < Words; word++)
            {
                Ink[lane * Words + word] = set.Ink(j)[word];
            }
        }
    }

    /// <summary>Packs images that are not attached; without labels where <paramref name="classes"/> is null.</summary>
    public void PackImages(byte* X, byte* classes, int inputs, int count)
    {
        Begin(count);
        var blocks = Packed;
        for (var lane = 0; lane < count; lane++)
        {
            blocks = PackImage(X + (long)lane * inputs, classes == null ? -1 : classes[lane], lane, blocks);
        }
    }

    /// <summary>
    /// Fills <see cref="ImagesWith"/> from <see cref="Ink"/>: a transposition of 64 × 64 bits per word.
    /// </summary>
    public void FindImagesPerBlock()
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
        labels.Dispose();
        numbers.Dispose();
        packed?.Dispose();
        scratch?.Dispose();
    }

    private byte* Packed => (packed ??= new AlignedBuffer((long)Size * order.Count * PixelBlocks.Size)).Bytes;

    // Deforms each image in this tile's own memory and packs the result.
    private void DeformImages(PackedImages set, IDeformer deformer, int* indices, int from, int count)
    {
        var room = (long)(order.Count + 1) * PixelBlocks.Size;
        if (scratch is null || scratch.Length < room + deformer.ScratchLength)
        {
            scratch?.Dispose();
            scratch = new AlignedBuffer(room + deformer.ScratchLength);
        }

        Begin(count);
        var blocks = Packed;
        var image = scratch.Bytes + deformer.ScratchLength;
        for (var lane = 0; lane < count; lane++)
        {
            var j = indices == null ? from + lane : indices[from + lane];
            Images[lane] = (uint)j;
            deformer.Deform(set.Raw(j), j, set.Label(j), image, scratch.Bytes);
            blocks = PackImage(image, set.Label(j), lane, blocks);
        }
    }

    // Returns where the next image's blocks go.
    private byte* PackImage(byte* image, int label, int lane, byte* blocks)
    {
        var ink = Ink + lane * Words;
        var found = order.Find(image, ink);
        order.Copy(image, ink, blocks);
        First[lane] = blocks;
        Labels[lane] = label;
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

    // Swaps ever smaller off-diagonal squares: Warren 2012, Hacker's Delight, 2nd edition, section 7-3.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(ulong* rows)
    {
        var mask = 0x00000000FFFFFFFFUL;
        for (var size = 32; size != 0; size >>= 1, mask ^= mask << size)
        {
            for (var i = 0; i < Size; i = (i + size + 1) & ~size)
            {
                var swap = ((rows[i] >> size) ^ rows[i + size]) & mask;
                rows[i] ^= swap << size;
                rows[i + size] ^= swap;
            }
        }
    }
}
