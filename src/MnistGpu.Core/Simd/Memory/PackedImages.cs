using System.Buffers;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// The attached training set, still bytes: in the order of <see cref="PixelBlocks"/> and without the blank blocks,
/// where the first layer takes blocks (MNIST shrinks to about 300 of 784 bytes an image, which is also what a step then
/// reads); else as it came.
/// </summary>
/// <remarks>
/// The images as they came are read in place, where a step deforms them or takes single pixels: the caller leaves
/// that memory as it is.
/// </remarks>
internal sealed unsafe class PackedImages : IDisposable
{
    private readonly AlignedBuffer? ink;
    private readonly AlignedBuffer? blocks;
    private readonly long[] first = [];
    private readonly byte[] labels;
    private readonly int words;
    private MemoryHandle raw;

    /// <summary>Packs m images: once to find the ink, once to copy it, each over all workers.</summary>
    public PackedImages(PixelOrder order, ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, Workers workers)
    {
        Count = labels.Length;
        this.labels = labels.ToArray();
        words = order.Words;
        raw = X.Pin();
        Inputs = X.Length / Count;
        if (order is not PixelBlocks blockOrder)
        {
            return;
        }

        ink = new AlignedBuffer((long)Count * words * sizeof(ulong));
        first = new long[Count + 1];
        var packing = new Packing { Order = blockOrder, Images = (byte*)raw.Pointer, Into = this };
        workers.Run(packing, packing.Items);
        for (var j = 0; j < Count; j++)
        {
            first[j + 1] += first[j];
        }

        blocks = new AlignedBuffer(first[Count]);
        packing.Copying = true;
        workers.Run(packing, packing.Items);
    }

    /// <summary>m, the number of images.</summary>
    public int Count { get; }

    /// <summary>Pixels in an image.</summary>
    public int Inputs { get; }

    /// <summary>Whether there are <see cref="Ink"/> and <see cref="Blocks"/>.</summary>
    public bool IsPacked => blocks is not null;

    /// <summary>Deforms the images when a tile takes them; null for not at all.</summary>
    public IDeformer? Deformer { get; set; }

    /// <summary>The pixels of image <paramref name="j"/> as they came.</summary>
    public byte* Raw(int j) => (byte*)raw.Pointer + (long)j * Inputs;

    /// <summary>The class of image <paramref name="j"/>.</summary>
    public byte Label(int j) => labels[j];

    /// <summary>A bit per block of image <paramref name="j"/>: whether it is stored.</summary>
    public ulong* Ink(int j) => ink!.Words + (long)j * words;

    /// <summary>The stored blocks of image <paramref name="j"/>, 16 bytes each.</summary>
    public byte* Blocks(int j) => blocks!.Bytes + first[j];

    /// <inheritdoc/>
    public void Dispose()
    {
        ink?.Dispose();
        blocks?.Dispose();
        raw.Dispose();
    }

    private sealed class Packing : IWork
    {
        private const int Piece = 512;

        public required PixelBlocks Order { get; init; }

        public required byte* Images { get; init; }

        public required PackedImages Into { get; init; }

        public bool Copying { get; set; }

        public int Items => (Into.Count + Piece - 1) / Piece;

        public void Do(int item, int worker)
        {
            for (var j = item * Piece; j < Math.Min(Into.Count, (item + 1) * Piece); j++)
            {
                var image = Images + (long)j * Into.Inputs;
                if (Copying)
                {
                    Order.Copy(image, Into.Ink(j), Into.Blocks(j));
                }
                else
                {
                    Into.first[j + 1] = (long)Order.Find(image, Into.Ink(j)) * PixelBlocks.Size;
                }
            }
        }
    }
}
