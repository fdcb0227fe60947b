using System.Diagnostics;
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

    // dW1 of an item stays in the first-level cache beside a tile's dZ1.
    private const int ItemLength = 32 * ParameterLayout.Strip;

    private readonly ParameterLayout layout;
    private readonly float* parameters;
    private readonly Workers workers;
    private readonly int layers;
    private readonly WorkerScratch[] scratch;
    private readonly ImageTile?[] tiles = new ImageTile?[MaxTiles];
    private readonly TileTotals[] totals = new TileTotals[MaxTiles];
    private readonly TileActivations activations;

    // Where the items of each layer's gradient begin, the last layer's first.
    private readonly int[] gradientStarts;
    private AlignedBuffer sums;
    private PackedImages? set;
    private int* indices;
    private int m;
    private int following;
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
            scratch[i] = new WorkerScratch(
                Math.Max(FirstLayer<V, O>.ScratchLength(layout), TileProducts<V, O>.PackedLength),
                Math.Max(RowsPerItem * Lanes, ItemLength));
        }

        activations = new TileActivations(layout, FirstLayer<V, O>.TransposedLength(layout));
        gradientStarts = new int[layers + 1];
        for (var i = 0; i < layers; i++)
        {
            gradientStarts[i + 1] = gradientStarts[i] + GradientItems(layers - 1 - i);
        }
    }

    private enum Phase
    {
        TakeImages,
        ForwardFirst,
        DropFirst,
        Forward,
        Output,
        Backward,
        Transpose,
        Gradients,
    }

    /// <inheritdoc/>
    public float* Sums => sums.Floats;

    /// <inheritdoc/>
    public PhaseTimes? Times { get; set; }

    // Where one round is the whole step, gradients are used up in the worker's cache and never reach memory.
    private bool UsesUp => firstTile == 0 && update is not null;

    /// <inheritdoc/>
    public TileTotals Run(PackedImages set, int* indices, int m, int following, Regularization regularization,
        uint epoch, Update? update)
    {
        this.set = set;
        this.indices = indices;
        this.m = m;
        this.following = following;
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
        var (part, tile) = (item / tileCount, item % tileCount);
        switch (phase)
        {
            case Phase.TakeImages:
                TakeImages(tile);
                break;
            case Phase.ForwardFirst:
                ForwardFirst(part, tile, scratch[worker]);
                break;
            case Phase.DropFirst:
                Drop(0, part, tile, activations.Tile(0, tile));
                break;
            case Phase.Forward:
                Forward(layer, part, tile);
                break;
            case Phase.Output:
                Output(tile, scratch[worker]);
                break;
            case Phase.Backward:
                Backward(layer, item, scratch[worker]);
                break;
            case Phase.Transpose:
                Transpose(layer, part, tile);
                break;
            case Phase.Gradients:
                Gradient(item, scratch[worker]);
                break;
        }
    }

    // Forward and backward over this round's tiles, a product a line; then all gradients.
    private void Round()
    {
        Run(Phase.TakeImages, 0, tileCount);
        Run(Phase.ForwardFirst, 0, layout.Parts * tileCount);
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
            Run(Phase.Backward, l, BackwardParts(l) * BackwardGroups(l));
        }

        for (var l = layers - 1; l >= 0; l--)
        {
            Run(Phase.Transpose, l, TransposeItems(l) * tileCount);
        }

        Run(Phase.Gradients, 0, gradientStarts[^1]);
    }

    private void Run(Phase phase, int layer, int items)
    {
        this.phase = phase;
        this.layer = layer;
        if (Times is null)
        {
            workers.Run(this, items);
            return;
        }

        var start = Stopwatch.GetTimestamp();
        workers.Run(this, items);
        Times.Add(phase is Phase.Forward or Phase.Backward ? $"{phase} {layer + 1}" : $"{phase}", start);
    }

    private void TakeImages(int tile)
    {
        var from = (firstTile + tile) * Lanes;
        tiles[tile]!.TakeImages(set!, indices, from, Math.Min(Lanes, m - from));
        if (layout.Blocks is null)
        {
            tiles[tile]!.Foresee(set!, indices, from + m, Math.Clamp(following - from, 0, Lanes));
        }

        tiles[tile]!.FindImagesPerPlace();
    }

    private void ForwardFirst(int part, int tile, WorkerScratch scratch) =>
        FirstLayer<V, O>.Forward(layout, parameters, tiles[tile]!, part, activations.Tile(0, tile), scratch.Floats);

    private void Output(int tile, WorkerScratch scratch) => totals[tile] = OutputLayer<V, O>.Loss(
        activations.Tile(layers - 1, tile), layout.Shape.Outputs, tiles[tile]!.Labels, tiles[tile]!.Count,
        backward: true, epsilon, scratch.Floats);

    private void Forward(int layer, int part, int tile)
    {
        var from = part * RowsPerItem;
        TileProducts<V, O>.Forward(parameters + layout.W(layer), layout.RowLength(layer), parameters + layout.b(layer),
            activations.Tile(layer - 1, tile), layout.Shape.In(layer), activations.Tile(layer, tile), from,
            Math.Min(layout.Shape.Out(layer), from + RowsPerItem), layout.Activation(layer));
        if (dropout.Drops && layer < layers - 1)
        {
            Drop(layer, part, tile, activations.Tile(layer, tile));
        }
    }

    // Al := Al ⊙ M/(1 − p) for some rows. W1's parts need not divide into counters of eight units, so A1 has a
    // phase of its own.
    private void Drop(int layer, int part, int tile, float* A)
    {
        var from = part * RowsPerItem;
        dropout.Apply(layer, tiles[tile]!, A, from, Math.Min(layout.Shape.Out(layer), from + RowsPerItem));
    }

    private static int BackwardRows => TileProducts<V, O>.BackwardRows;

    private int BackwardParts(int layer) => (layout.Shape.In(layer) + BackwardRows - 1) / BackwardRows;

    // What is packed of W serves a group of tiles: all, unless that left cores without work.
    private int BackwardGroups(int layer) =>
        Math.Min(tileCount, (2 * workers.Count + BackwardParts(layer) - 1) / BackwardParts(layer));

    private void Backward(int layer, int item, WorkerScratch scratch)
    {
        var groups = BackwardGroups(layer);
        var (part, group) = (item / groups, item % groups);
        var (first, end) = (tileCount * group / groups, tileCount * (group + 1) / groups);
        var from = part * BackwardRows;
        var to = Math.Min(layout.Shape.In(layer), from + BackwardRows);
        TileProducts<V, O>.Backward(parameters + layout.W(layer), layout.RowLength(layer), end - first,
            activations.Delta(layer, first), activations.Apart(layer), layout.Shape.Out(layer),
            activations.Tile(layer - 1, first), activations.Delta(layer - 1, first), activations.Apart(layer - 1),
            from, to, scratch.Floats, layout.Shape.Activation, dropout.Scale);
        if (dropout.Drops && !layout.Shape.Activation.ZeroHasNoSlope())
        {
            for (var tile = first; tile < end; tile++)
            {
                dropout.Apply(layer - 1, tiles[tile]!, activations.Delta(layer - 1, tile), from, to);
            }
        }
    }

    private static int RowItems(int rows) => (rows + RowsPerItem - 1) / RowsPerItem;
}
