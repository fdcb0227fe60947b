using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <content>The memory of the step's tiles, activations and workers.</content>
internal sealed unsafe partial class StepByProducts<V, O>
{
    /// <inheritdoc/>
    public AlignedBuffer TakeSums(AlignedBuffer other)
    {
        var taken = sums;
        sums = other;
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sums.Dispose();
        foreach (var part in scratch)
        {
            part.Dispose();
        }

        foreach (var tile in tiles)
        {
            tile?.Dispose();
        }

        activations.Dispose();
    }

    private void MakeRoom(int needed)
    {
        for (var tile = 0; tile < needed; tile++)
        {
            tiles[tile] ??= new ImageTile(layout.Order);
        }

        activations.MakeRoom(needed);
    }
}

/// <summary>
/// The activations of <see cref="StepByProducts{V, O}"/> and their errors, as tiles [units × 64]: memory for as many
/// tiles as ever were under way at once.
/// </summary>
internal sealed unsafe class TileActivations(ParameterLayout layout, int transposedLength) : IDisposable
{
    private const int Lanes = ImageTile.Size;

    private readonly int layers = layout.Shape.Layers;
    private readonly AlignedBuffer?[] A = new AlignedBuffer?[layout.Shape.Layers];
    private readonly AlignedBuffer?[] dZ = new AlignedBuffer?[layout.Shape.Layers];
    private readonly AlignedBuffer?[] AT = new AlignedBuffer?[layout.Shape.Layers];
    private AlignedBuffer? deltaTransposed;
    private int room;

    /// <summary>Takes memory for this many tiles, where there is less.</summary>
    public void MakeRoom(int tiles)
    {
        if (tiles <= room)
        {
            return;
        }

        room = tiles;
        Replace(ref deltaTransposed, (long)transposedLength * tiles);
        for (var l = 0; l < layers; l++)
        {
            Replace(ref A[l], Start(l, tiles));
            if (l == layers - 1)
            {
                continue;
            }

            Replace(ref dZ[l], Start(l, tiles));
            Replace(ref AT[l], (long)Panels(l + 1) * tiles * Lanes * Lanes);
        }
    }

    /// <summary>A of the layer at index <paramref name="layer"/>, one tile's: [units × 64].</summary>
    public float* Tile(int layer, int tile) => A[layer]!.Floats + Start(layer, tile);

    /// <summary>Floats from a tile of the layer's A or dZ to the next.</summary>
    public nint Apart(int layer) => (nint)ParameterLayout.Rows(layout.Shape.Out(layer)) * Lanes;

    /// <summary>dZ of the layer, one tile's: the last layer's replaces its Z.</summary>
    public float* Delta(int layer, int tile) =>
        layer == layers - 1 ? Tile(layer, tile) : dZ[layer]!.Floats + Start(layer, tile);

    /// <summary>What the first layer's kernels keep of dZ1ᵀ, one tile's.</summary>
    public float* DeltaTransposed(int tile) => deltaTransposed!.Floats + (long)transposedLength * tile;

    /// <summary>64 columns of the layer's input, transposed, one tile's: [64 images × 64 units].</summary>
    public float* Transposed(int layer, int panel, int tile) =>
        AT[layer - 1]!.Floats + ((long)panel * room + tile) * Lanes * Lanes;

    /// <summary>How many times 64 columns the layer's W has.</summary>
    public int Panels(int layer) => (layout.Columns(layer) + Lanes - 1) / Lanes;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (AlignedBuffer?[])[.. A, .. dZ, .. AT])
        {
            buffer?.Dispose();
        }

        deltaTransposed?.Dispose();
    }

    private static void Replace(ref AlignedBuffer? buffer, long floats)
    {
        buffer?.Dispose();
        buffer = AlignedBuffer.OfFloats(floats);
    }

    private long Start(int layer, int tile) => tile * Apart(layer);
}

/// <summary>The memory that one worker of <see cref="StepByProducts{V, O}"/> has for itself.</summary>
internal sealed unsafe class WorkerScratch(int floats, int sums) : IDisposable
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
