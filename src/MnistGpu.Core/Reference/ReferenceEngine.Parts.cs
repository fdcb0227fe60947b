using System.Runtime.InteropServices;
using MnistGpu.Model;

namespace MnistGpu.Reference;

/// <content>Steps in pieces. An array is W1, b1, W2, b2, … one after the other.</content>
internal sealed partial class ReferenceEngine
{
    private readonly List<double[]> sums = [];
    private readonly List<Totals> partTotals = [];

    /// <inheritdoc/>
    public IStepParts Parts => this;

    /// <inheritdoc/>
    long IStepParts.Length => Shape.ParameterCount;

    /// <inheritdoc/>
    int IStepParts.ElementBytes => sizeof(double);

    /// <inheritdoc/>
    string IStepParts.Arithmetic => "float64";

    /// <inheritdoc/>
    int IStepParts.Attached => attachedLabels.Length;

    /// <inheritdoc/>
    void IStepParts.SumGradients(int sums, int first, int count, uint epoch)
    {
        EngineGuard.Part(first, count, order.Length);
        partTotals.Add(Accumulate(order.AsSpan(first, count), epoch));
        var to = Sums(sums).AsSpan();
        foreach (var tensor in Tensors(gradients.dW, gradients.db))
        {
            tensor.CopyTo(to);
            to = to[tensor.Length..];
        }
    }

    /// <inheritdoc/>
    void IStepParts.ReadTotals(Span<Totals> totals)
    {
        EngineGuard.Totals(partTotals.Count, totals.Length);
        CollectionsMarshal.AsSpan(partTotals).CopyTo(totals);
        partTotals.Clear();
    }

    /// <inheritdoc/>
    void IStepParts.Add(int to, int from, long at, long count)
    {
        EngineGuard.Range(this, at, count);
        var (sum, other) = (Sums(to), Sums(from));
        for (var i = (int)at; i < at + count; i++)
        {
            sum[i] += other[i];
        }
    }

    /// <inheritdoc/>
    void IStepParts.Read(StepArray array, long at, Span<byte> elements)
    {
        var count = EngineGuard.Range(this, at, elements);
        var to = MemoryMarshal.Cast<byte, double>(elements);
        foreach (var (tensor, start, part) in Pieces(Tensors(array), at, count))
        {
            tensor.AsSpan(start, part).CopyTo(to);
            to = to[part..];
        }
    }

    /// <inheritdoc/>
    void IStepParts.Write(StepArray array, long at, ReadOnlySpan<byte> elements)
    {
        var count = EngineGuard.Range(this, at, elements);
        var from = MemoryMarshal.Cast<byte, double>(elements);
        foreach (var (tensor, start, part) in Pieces(Tensors(array), at, count))
        {
            from[..part].CopyTo(tensor.AsSpan(start));
            from = from[part..];
        }
    }

    /// <inheritdoc/>
    void IStepParts.SumSquares(int sums, long at, long count, int images, Span<double> blocks)
    {
        EngineGuard.Range(this, at, count);
        var from = Sums(sums).AsSpan((int)at, (int)count);
        Span<double> block = stackalloc double[IStepParts.Block];
        for (var i = 0; i < blocks.Length; i++)
        {
            var part = from.Slice(i * IStepParts.Block, Math.Min(IStepParts.Block, from.Length - i * IStepParts.Block));
            part.CopyTo(block);
            Equations.Mean(block[..part.Length], images);
            blocks[i] = Equations.SquaredNorm(block[..part.Length]);
        }
    }

    /// <inheritdoc/>
    void IStepParts.Update(int sums, long at, long count, int images, UpdateRule rule, double factor)
    {
        EngineGuard.Range(this, at, count);
        CountMomentStep(rule);
        var g = Sums(sums).AsSpan((int)at, (int)count).ToArray();
        Equations.Mean(g, images);
        for (var i = 0; factor < 1 && i < g.Length; i++)
        {
            g[i] *= factor;
        }

        var next = 0;
        var (first, second) = (state.Moments?.First, state.Moments?.Second);
        var (firsts, seconds) = (Tensors(first), Tensors(second));
        var parameters = Tensors(state.W, state.b);
        foreach (var (tensor, start, part) in Pieces(parameters, at, count))
        {
            var k = Array.IndexOf(parameters, tensor);
            Equations.Optimize(rule, tensor.AsSpan(start, part), g.AsSpan(next, part), Of(firsts), Of(seconds),
                state.Moments?.Steps ?? 0);
            next += part;

            Span<double> Of(double[][] moments) => moments.Length == 0 ? [] : moments[k].AsSpan(start, part);
        }
    }

    /// <inheritdoc/>
    void IStepParts.EndStep(UpdateRule rule)
    {
        Average(rule);
        state.Step++;
    }

    private double[] Sums(int index)
    {
        while (sums.Count <= index)
        {
            sums.Add(new double[Shape.ParameterCount]);
        }

        return sums[index];
    }

    private double[][] Tensors(StepArray array) => array.Kind switch
    {
        StepArrayKind.Parameters => Tensors(state.W, state.b),
        StepArrayKind.Moment when state.Moments is { } moments && array.Index < moments.Count =>
            Tensors(array.Index == 0 ? moments.First : moments.Second),
        StepArrayKind.Sums => [Sums(array.Index)],
        _ => throw new ArgumentException($"There is no {array}.", nameof(array)),
    };

    private static double[][] Tensors(Gradients? moment) => moment is null ? [] : Tensors(moment.dW, moment.db);

    private static double[][] Tensors(double[][] W, double[][] b) =>
        [.. Enumerable.Range(0, 2 * W.Length).Select(i => i % 2 == 0 ? W[i / 2] : b[i / 2])];

    /// <summary>The pieces of tensors that a range of them all is made of.</summary>
    private static IEnumerable<(double[] Tensor, int Start, int Count)> Pieces(double[][] tensors, long at, long count)
    {
        long start = 0;
        foreach (var tensor in tensors)
        {
            var (from, to) = (Math.Max(at, start), Math.Min(at + count, start + tensor.Length));
            if (from < to)
            {
                yield return (tensor, (int)(from - start), (int)(to - from));
            }

            start += tensor.Length;
        }
    }
}
