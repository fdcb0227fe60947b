using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <summary>What one worker of <see cref="LargeNetwork{V, O}"/> needs for itself.</summary>
internal sealed unsafe class LargeScratch(int floats, int sums) : IDisposable
{
    private readonly AlignedBuffer floats = AlignedBuffer.OfFloats(floats);
    private readonly AlignedBuffer sums = AlignedBuffer.OfFloats(sums);
    private readonly AlignedBuffer blocks = new(ImageTile.Size * sizeof(long));

    /// <summary>For turning sums into lanes, and for packing.</summary>
    public float* Floats => floats.Floats;

    /// <summary>The block of dWl that an item sums.</summary>
    public float* Sums => sums.Floats;

    /// <summary>[64] addresses.</summary>
    public byte** Blocks => (byte**)blocks.Words;

    /// <inheritdoc/>
    public void Dispose()
    {
        floats.Dispose();
        sums.Dispose();
        blocks.Dispose();
    }
}
