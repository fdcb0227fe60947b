using System.Runtime.InteropServices;
using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <content>Steps in pieces. An array is in the order of <see cref="ParameterLayout"/>.</content>
internal sealed unsafe partial class SimdEngine<V, O>
{
    private readonly List<AlignedBuffer> sums = [];
    private readonly List<Totals> partTotals = [];
    private RangePass<V, O>? rangePass;

    /// <inheritdoc/>
    public IStepParts Parts => this;

    /// <inheritdoc/>
    long IStepParts.Length => layout.Length;

    /// <inheritdoc/>
    int IStepParts.ElementBytes => sizeof(float);

    /// <inheritdoc/>
    // The architectures differ in how they multiply and add; the two orders of pixels, in what comes first.
    string IStepParts.Arithmetic => $"{32 * O.Count}-bit vectors, {RuntimeInformation.ProcessArchitecture}"
        + (layout.Blocks is null ? SimdEngine.ByPixels : "");

    /// <inheritdoc/>
    int IStepParts.Attached => Attached;

    private RangePass<V, O> Ranges => rangePass ??= new RangePass<V, O>(layout, parameters.Floats, workers);

    /// <inheritdoc/>
    void IStepParts.SumGradients(int sums, int first, int count, uint epoch)
    {
        EngineGuard.Part(first, count, ordered);
        BeginEpoch(epoch);
        var way = StepFor(count);
        fixed (int* indices = order)
        {
            var sum = way.Run(set!, indices + first, count, ordered - first - count, Regularization, epoch, null);
            partTotals.Add(new Totals(count, sum.Loss, sum.Hits));
        }

        this.sums[sums] = way.TakeSums(Sums(sums));
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
        Ranges.Add(Sums(to).Floats, Sums(from).Floats, at, count);
    }

    /// <inheritdoc/>
    void IStepParts.Read(StepArray array, long at, Span<byte> elements)
    {
        var count = EngineGuard.Range(this, at, elements);
        new ReadOnlySpan<byte>(Floats(array) + at, count * sizeof(float)).CopyTo(elements);
    }

    /// <inheritdoc/>
    void IStepParts.Write(StepArray array, long at, ReadOnlySpan<byte> elements)
    {
        var count = EngineGuard.Range(this, at, elements);
        elements.CopyTo(new Span<byte>(Floats(array) + at, count * sizeof(float)));
    }

    /// <inheritdoc/>
    void IStepParts.SumSquares(int sums, long at, long count, int images, Span<double> blocks)
    {
        EngineGuard.Range(this, at, count);
        var scaled = Update.Create(default, images, parameters.Floats, null, null, 0, null, 0);
        Ranges.SumSquares(Sums(sums).Floats, scaled, at, count, blocks);
    }

    /// <inheritdoc/>
    void IStepParts.Update(int sums, long at, long count, int images, UpdateRule rule, double factor)
    {
        EngineGuard.Range(this, at, count);
        CountMomentStep(rule);
        var update = Update.Create(rule, images, parameters.Floats, Moments(0), Moments(1), momentSteps, null, 0);
        Ranges.Update(Sums(sums).Floats, factor < 1 ? update.Clipped(factor) : update, at, count);
    }

    /// <inheritdoc/>
    void IStepParts.EndStep(UpdateRule rule)
    {
        var share = BeginAverage(rule);
        if (averages)
        {
            Ranges.Average(average!.Floats, share);
        }

        step++;
    }

    private AlignedBuffer Sums(int index)
    {
        while (sums.Count <= index)
        {
            sums.Add(AlignedBuffer.OfFloats(layout.Length));
        }

        return sums[index];
    }

    private float* Floats(StepArray array) => array.Kind switch
    {
        StepArrayKind.Parameters => parameters.Floats,
        StepArrayKind.Moment when array.Index < momentKind.Count() => Moments(array.Index),
        StepArrayKind.Sums => Sums(array.Index).Floats,
        _ => throw new ArgumentException($"There is no {array}.", nameof(array)),
    };

    private void DisposeParts()
    {
        rangePass?.Dispose();
        foreach (var buffer in sums)
        {
            buffer.Dispose();
        }
    }
}
