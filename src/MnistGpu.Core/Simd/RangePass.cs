using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// What steps in pieces do to a range of the parameters, block by block (<see cref="IStepParts.Block"/>), which any
/// worker may take.
/// </summary>
internal sealed unsafe class RangePass<V, O>(ParameterLayout layout, float* parameters, Workers workers) : IDisposable,
    IWork
    where V : struct
    where O : struct, IVectorOps<V>
{
    private readonly AlignedBuffer lanes = AlignedBuffer.OfFloats((long)workers.Count * O.Count);
    private Work work;
    private long start;
    private long end;
    private float* sums;
    private float* other;
    private double[] squares = [];
    private Update update;
    private float share;

    private enum Work
    {
        Add,
        Square,
        Update,
        Average,
    }

    /// <summary>sums := sums + other.</summary>
    public void Add(float* sums, float* other, long at, long count)
    {
        this.sums = sums;
        this.other = other;
        Run(Work.Add, at, count);
    }

    /// <summary>Σ g² of each block, g the sums times the update's scale.</summary>
    public void SumSquares(float* sums, in Update update, long at, long count, Span<double> blocks)
    {
        this.sums = sums;
        this.update = update;
        squares = squares.Length < blocks.Length ? new double[blocks.Length] : squares;
        Run(Work.Square, at, count);
        squares.AsSpan(0, blocks.Length).CopyTo(blocks);
    }

    /// <summary>The update of the range.</summary>
    public void Update(float* sums, in Update update, long at, long count)
    {
        this.sums = sums;
        this.update = update;
        Run(Work.Update, at, count);
    }

    /// <summary>θ̄ of all parameters moves towards them.</summary>
    public void Average(float* average, double share)
    {
        other = average;
        this.share = (float)share;
        Run(Work.Average, 0, layout.Length);
    }

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        var from = start + (long)item * IStepParts.Block;
        var to = Math.Min(end, from + IStepParts.Block);
        var border = Math.Clamp(layout.FirstLength, from, to);
        switch (work)
        {
            case Work.Add:
                for (var i = from; i < to; i += O.Count)
                {
                    O.Store(sums + i, O.Add(O.Load(sums + i), O.Load(other + i)));
                }

                break;
            case Work.Square:
                var scratch = lanes.Floats + worker * O.Count;
                squares[item] =
                    UpdatePass<V, O>.Squares(sums + from, border - from, update.Scale(isFirst: true), scratch)
                    + UpdatePass<V, O>.Squares(sums + border, to - border, update.Scale(isFirst: false), scratch);
                break;
            case Work.Update:
                update.Apply<V, O>(parameters + from, sums + from, border - from, isFirst: true);
                update.Apply<V, O>(parameters + border, sums + border, to - border, isFirst: false);
                break;
            case Work.Average:
                Kernels.Update.Average<V, O>(other + from, parameters + from, to - from, share);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lanes.Dispose();

    private void Run(Work work, long at, long count)
    {
        this.work = work;
        start = at;
        end = at + count;
        workers.Run(this, (int)((count + IStepParts.Block - 1) / IStepParts.Block));
    }
}
