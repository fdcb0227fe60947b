using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// The step of a network that fits no core's cache, or of a few images: one product after the other, each cut into
/// blocks of its result that any core may take. A block is always summed over the images in their order, so the threads
/// do not matter. Activations are kept as tiles [units × 64]. Gradients update the weights while they are still in
/// cache.
/// </summary>
internal sealed unsafe partial class StepByProducts<V, O> : IStep, IWork
    where V : struct
    where O : struct, IVectorOps<V>
{
    // Tiles under way at once: 1,024 images bound the memory. A larger batch takes several rounds, which add up its
    // gradients.
    private const int MaxTiles = 16;
    private const int Lanes = ImageTile.Size;
    private const int RowsPerItem = 16 * ParameterLayout.Panel;
    private const int BlockRanges = 4;
    private const int BlockLength = ParameterLayout.Group * PixelBlocks.Size;

    private readonly ParameterLayout layout;
    private readonly float* parameters;
    private readonly Workers workers;
    private readonly int layers;
    private readonly WorkerScratch[] scratch;
    private readonly ImageTile?[] tiles = new ImageTile?[MaxTiles];
    private readonly TileTotals[] totals = new TileTotals[MaxTiles];
    private readonly TileActivations activations;
    private AlignedBuffer sums;
    private PackedImages? set;
    private int* indices;
    private int m;
    private int firstTile;
    private int tileCount;
    private float epsilon;
    private StepDropout dropout;
    private Update? update;
    private Phase phase;
    private int layer;

    /// <summary>Steps for parameters at <paramref name="parameters"/>.</summary>
    public StepByProducts(ParameterLayout layout, float* parameters, Workers workers)
    {
        this.layout = layout;
        this.parameters = parameters;
        this.workers = workers;
        layers = layout.Shape.Layers;
        sums = AlignedBuffer.OfFloats(layout.Length);
        scratch = new WorkerScratch[workers.Count];
        for (var i = 0; i < scratch.Length; i++)
        {
            scratch[i] = new WorkerScratch(Math.Max(FirstLayer<V, O>.ScratchLength, TileProducts<V, O>.PackedLength),
                Math.Max(RowsPerItem * Lanes, (layout.Blocks.Count / BlockRanges + 1) * BlockLength));
        }

        activations = new TileActivations(layout);
    }

    private enum Phase
    {
        TakeImages,
        ForwardFirst,
        DropFirst,
        Forward,
        Output,
        Transpose,
        Backward,
        Gradient,
        GradientFirst,
    }

    /// <inheritdoc/>
    public float* Sums => sums.Floats;

    // Where one round is the whole step, gradients are used up in the worker's cache and never reach memory.
    private bool UsesUp => firstTile == 0 && update is not null;

    /// <inheritdoc/>
    public TileTotals Run(PackedImages set, int* indices, int m, Regularization regularization, uint epoch,
        Update? update)
    {
        this.set = set;
        this.indices = indices;
        this.m = m;
        epsilon = (float)regularization.LabelSmoothing;
        dropout = new StepDropout(regularization, epoch);
        var all = (m + Lanes - 1) / Lanes;
        MakeRoom(Math.Min(all, MaxTiles));
        var sum = default(TileTotals);
        for (firstTile = 0; firstTile < all; firstTile += MaxTiles)
        {
            tileCount = Math.Min(MaxTiles, all - firstTile);
            this.update = firstTile + tileCount == all ? update : null;
            Round();
            for (var tile = 0; tile < tileCount; tile++)
            {
                sum.Add(totals[tile]);
            }
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        switch (phase)
        {
            case Phase.TakeImages:
                TakeImages(item);
                break;
            case Phase.ForwardFirst:
                ForwardFirst(item / tileCount, item % tileCount, scratch[worker]);
                break;
            case Phase.DropFirst:
                Drop(item / tileCount, item % tileCount, activations.Tile(0, item % tileCount));
                break;
            case Phase.Forward:
                Forward(item / tileCount, item % tileCount);
                break;
            case Phase.Output:
                totals[item] = OutputLayer<V, O>.Loss(activations.Tile(layers - 1, item), layout.Shape.Outputs,
                    tiles[item]!.Labels, tiles[item]!.Count,
                    backward: true, epsilon, scratch[worker].Floats);
                break;
            case Phase.Transpose:
                Transpose(item / tileCount, item % tileCount);
                break;
            case Phase.Backward:
                Backward(item / tileCount, item % tileCount, scratch[worker]);
                break;
            case Phase.Gradient:
                Gradient(item, scratch[worker]);
                break;
            case Phase.GradientFirst:
                GradientFirst(item, scratch[worker]);
                break;
        }
    }

    // Forward and backward over this round's tiles, a product a line.
    private void Round()
    {
        Run(Phase.TakeImages, 0, tileCount);
        Run(Phase.ForwardFirst, 0, layout.Groups * tileCount);
        if (dropout.Drops && layers > 1)
        {
            Run(Phase.DropFirst, 0, RowItems(layout.Shape.Out(0)) * tileCount);
        }

        for (var l = 1; l < layers; l++)
        {
            Run(Phase.Forward, l, RowItems(layout.Shape.Out(l)) * tileCount);
        }

        Run(Phase.Output, layers - 1, tileCount);
        for (var l = layers - 1; l > 0; l--)
        {
            Run(Phase.Transpose, l, activations.Panels(l) * tileCount);
            Run(Phase.Backward, l, RowItems(layout.Shape.In(l)) * tileCount);
            Run(Phase.Gradient, l, RowItems(layout.Shape.Out(l)) * activations.Panels(l));
        }

        Run(Phase.GradientFirst, 0, layout.Groups * BlockRanges + 1);
    }

    private void Run(Phase phase, int layer, int items)
    {
        this.phase = phase;
        this.layer = layer;
        workers.Run(this, items);
    }

    private void TakeImages(int tile)
    {
        var from = (firstTile + tile) * Lanes;
        tiles[tile]!.TakeImages(set!, indices, from, Math.Min(Lanes, m - from));
        tiles[tile]!.FindImagesPerBlock();
    }

    private void ForwardFirst(int group, int tile, WorkerScratch scratch)
    {
        var row = group * ParameterLayout.Group;
        FirstLayer<V, O>.Forward(tiles[tile]!, parameters + layout.GroupStart(group), parameters + layout.b(0) + row,
            activations.Tile(0, tile) + row * Lanes, scratch.Floats, layout.Activation(0));
    }

    private void Forward(int part, int tile)
    {
        var from = part * RowsPerItem;
        TileProducts<V, O>.Forward(parameters + layout.W(layer), layout.RowLength(layer), parameters + layout.b(layer),
            activations.Tile(layer - 1, tile),
            layout.Shape.In(layer), activations.Tile(layer, tile), from,
            Math.Min(layout.Shape.Out(layer), from + RowsPerItem), layout.Activation(layer));
        if (dropout.Drops && layer < layers - 1)
        {
            Drop(part, tile, activations.Tile(layer, tile));
        }
    }

    // Al := Al ⊙ M/(1 − p) for some rows. W1's groups of ten do not divide into counters of eight units, so A1 has a
    // phase of its own.
    private void Drop(int part, int tile, float* A)
    {
        var from = part * RowsPerItem;
        dropout.Apply(layer, tiles[tile]!, A, from, Math.Min(layout.Shape.Out(layer), from + RowsPerItem));
    }

    private void Backward(int part, int tile, WorkerScratch scratch)
    {
        var from = part * RowsPerItem;
        var to = Math.Min(layout.Shape.In(layer), from + RowsPerItem);
        var below = activations.Delta(layer - 1, tile);
        TileProducts<V, O>.Backward(parameters + layout.W(layer), layout.RowLength(layer),
            activations.Delta(layer, tile), layout.Shape.Out(layer),
            activations.Tile(layer - 1, tile), below, from, to, scratch.Floats, layout.Shape.Activation, dropout.Scale);
        if (dropout.Drops && !layout.Shape.Activation.ZeroHasNoSlope())
        {
            dropout.Apply(layer - 1, tiles[tile]!, below, from, to);
        }
    }

    private static int RowItems(int rows) => (rows + RowsPerItem - 1) / RowsPerItem;
}
