using System.Diagnostics;
using System.Runtime.CompilerServices;
using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// The step of a network that fits a core's cache: one pass over the images. The number of slices of a batch depends on
/// m alone. A free worker takes the next slice, runs it tile by tile, and leaves its gradients in the slice's own
/// buffer. Then the workers add the slices in their order, so that the result does not depend on the number of threads.
/// </summary>
internal sealed unsafe class StepByImages<V, O> : IStep, IWork
    where V : struct
    where O : struct, IVectorOps<V>
{
    /// <summary>
    /// Enough slices to keep many cores busy, few enough that adding them up is a small part of a step.
    /// </summary>
    public const int MaxSlices = 32;

    private const int Piece = 1024;

    private readonly ParameterLayout layout;
    private readonly float* parameters;
    private readonly Workers workers;
    private readonly TilePass<V, O>[] passes;
    private readonly AlignedBuffer?[] slices = new AlignedBuffer?[MaxSlices];
    private readonly TileTotals[] totals = new TileTotals[MaxSlices];
    private AlignedBuffer? sums;
    private PackedImages? set;
    private int* indices;
    private int m;
    private int count;
    private bool adding;
    private float epsilon;
    private StepDropout dropout;
    private Update? update;

    /// <summary>Steps for parameters at <paramref name="parameters"/>; a pass per worker.</summary>
    public StepByImages(ParameterLayout layout, float* parameters, Workers workers, TilePass<V, O>[] passes)
    {
        this.layout = layout;
        this.parameters = parameters;
        this.workers = workers;
        this.passes = passes;
    }

    /// <inheritdoc/>
    public float* Sums => sums!.Floats;

    /// <inheritdoc/>
    public PhaseTimes? Times { get; set; }

    /// <inheritdoc/>
    public AlignedBuffer TakeSums(AlignedBuffer other)
    {
        var taken = sums!;
        sums = other;
        return taken;
    }

    private int Tiles => (m + ImageTile.Size - 1) / ImageTile.Size;

    /// <inheritdoc/>
    public TileTotals Run(PackedImages set, int* indices, int m, int following, Regularization regularization,
        uint epoch, Update? update)
    {
        this.set = set;
        this.indices = indices;
        this.m = m;
        epsilon = (float)regularization.LabelSmoothing;
        dropout = new StepDropout(regularization, epoch);
        this.update = update;
        count = Math.Min(Tiles, MaxSlices);
        for (var slice = 0; slice < count; slice++)
        {
            slices[slice] ??= AlignedBuffer.OfFloats(layout.Length);
        }

        if (update is null)
        {
            sums ??= AlignedBuffer.OfFloats(layout.Length);
        }

        adding = false;
        var start = Times is null ? 0 : Stopwatch.GetTimestamp();
        workers.Run(this, count);
        Times?.Add("images", start);
        adding = true;
        start = Times is null ? 0 : Stopwatch.GetTimestamp();
        workers.Run(this, (int)((layout.Length + Piece - 1) / Piece));
        Times?.Add("adding slices, update", start);
        var sum = default(TileTotals);
        for (var slice = 0; slice < count; slice++)
        {
            sum.Add(totals[slice]);
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        if (adding)
        {
            Add(item);
        }
        else
        {
            RunSlice(item, passes[worker]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slice in slices)
        {
            slice?.Dispose();
        }

        sums?.Dispose();
    }

    private void RunSlice(int slice, TilePass<V, O> pass)
    {
        var buffer = slices[slice]!;
        buffer.Clear();
        var sum = default(TileTotals);
        var end = (int)((long)(slice + 1) * Tiles / count);
        for (var tile = (int)((long)slice * Tiles / count); tile < end; tile++)
        {
            var from = tile * ImageTile.Size;
            pass.Tile.TakeImages(set!, indices, from, Math.Min(ImageTile.Size, m - from));
            pass.Forward(parameters, dropout);
            sum.Add(pass.Loss(backward: true, epsilon));
            pass.Backward(parameters, dropout, buffer.Floats);
        }

        totals[slice] = sum;
    }

    // The slices' gradients of one piece of the parameters, and its update. Slice 0 is the accumulator.
    private void Add(int piece)
    {
        var from = (long)piece * Piece;
        var to = Math.Min(layout.Length, from + Piece);
        var sum = slices[0]!.Floats;
        for (var slice = 1; slice < count; slice++)
        {
            Add(sum, slices[slice]!.Floats, from, to);
        }

        if (update is not { } parts)
        {
            Buffer.MemoryCopy(sum + from, Sums + from, (to - from) * sizeof(float), (to - from) * sizeof(float));
            return;
        }

        var border = Math.Clamp(layout.FirstLength, from, to);
        parts.Apply<V, O>(parameters + from, sum + from, border - from, isFirst: true);
        parts.Apply<V, O>(parameters + border, sum + border, to - border, isFirst: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* sum, float* slice, long from, long to)
    {
        for (var i = from; i < to; i += O.Count)
        {
            O.Store(sum + i, O.Add(O.Load(sum + i), O.Load(slice + i)));
        }
    }
}
