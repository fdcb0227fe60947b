using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Parts;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <content>
/// Steps in pieces. An array is in the order of <see cref="ParameterBuffer"/>; sums are added on the device.
/// </content>
internal sealed partial class GpuEngine
{
    private readonly List<ParameterBuffer> sums = [];
    private readonly PartTotals partTotals;
    private float[] squares = [];

    /// <inheritdoc/>
    public IStepParts Parts => this;

    /// <inheritdoc/>
    long IStepParts.Length => plan.ParameterCount;

    /// <inheritdoc/>
    int IStepParts.ElementBytes => sizeof(float);

    /// <inheritdoc/>
    string IStepParts.Arithmetic => $"{device.Info.Kind}: {device.Info.Description}, {Products.Description}";

    /// <inheritdoc/>
    int IStepParts.Attached => training.Count;

    /// <inheritdoc/>
    void IStepParts.SumGradients(int sums, int first, int count, uint epoch)
    {
        EngineGuard.Attached(training.Count);
        EngineGuard.Part(first, count, order.IntLength);
        using var measured = new Measured(this);
        try
        {
            var to = Sums(sums);
            var slices = passes.Gradients(
                training, order.SubView(first, count), Regularization, epoch, partTotals.Next(count), to.View, 1);
            update.Keep(slices, to.View);
        }
        catch (UserErrorException e) when (e.InnerException is DeviceMemoryException memory)
        {
            throw device.NoRoom(memory, $"take more parts (TrainingOptions.Parts), or {GpuDevice.Instead}");
        }
    }

    /// <inheritdoc/>
    void IStepParts.ReadTotals(Span<Totals> totals) => partTotals.Read(totals);

    /// <inheritdoc/>
    void IStepParts.Add(int to, int from, long at, long count)
    {
        EngineGuard.Range(this, at, count);
        if (count > 0)
        {
            using var measured = new Measured(this);
            device.Launcher.Launch((int)count,
                new AddSums(Sums(to).View.SubView(at, count), Sums(from).View.SubView(at, count)));
        }
    }

    /// <inheritdoc/>
    void IStepParts.Read(StepArray array, long at, Span<byte> elements)
    {
        var view = View(array);
        if (EngineGuard.Range(this, at, elements) is > 0 and var count)
        {
            view.SubView(at, count).CopyToCPU(stream, MemoryMarshal.Cast<byte, float>(elements));
        }
    }

    /// <inheritdoc/>
    void IStepParts.Write(StepArray array, long at, ReadOnlySpan<byte> elements)
    {
        var view = View(array);
        if (EngineGuard.Range(this, at, elements) is > 0 and var count)
        {
            view.SubView(at, count).CopyFromCPU(stream, MemoryMarshal.Cast<byte, float>(elements));
        }
    }

    /// <inheritdoc/>
    void IStepParts.SumSquares(int sums, long at, long count, int images, Span<double> blocks)
    {
        EngineGuard.Range(this, at, count);
        if (blocks.IsEmpty)
        {
            return;
        }

        using var measured = new Measured(this);
        var onDevice = net.ReserveSquares(blocks.Length);
        device.Launcher.Launch(blocks.Length, new BlockSquares(
            Sums(sums).View.SubView(at, count), onDevice, IStepParts.Block, (int)count, (float)(1.0 / images)));
        squares = squares.Length < blocks.Length ? new float[blocks.Length] : squares;
        onDevice.CopyToCPU(stream, squares.AsSpan(0, blocks.Length));
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = squares[i];
        }
    }

    /// <inheritdoc/>
    void IStepParts.Update(int sums, long at, long count, int images, UpdateRule rule, double factor)
    {
        EngineGuard.Range(this, at, count);
        using var measured = new Measured(this);
        if (count > 0)
        {
            device.Launcher.Launch((int)count, new ScaleSums(Sums(sums).View.SubView(at, count),
                net.dTheta.View.SubView(at, count), (float)(factor / images)));
        }

        update.Optimize(rule, (int)at, (int)count);
    }

    /// <inheritdoc/>
    void IStepParts.EndStep(UpdateRule rule)
    {
        using var measured = new Measured(this);
        update.Average(rule, step);
        step++;
        Work = Work with { Steps = Work.Steps + 1 };
    }

    private ParameterBuffer Sums(int index)
    {
        while (sums.Count <= index)
        {
            sums.Add(new ParameterBuffer(device, Shape));
        }

        return sums[index];
    }

    private ArrayView<float> View(StepArray array) => array.Kind switch
    {
        StepArrayKind.Parameters => net.Theta.View,
        StepArrayKind.Moment when array.Index < net.MomentCount => net.Moments(array.Index),
        StepArrayKind.Sums => Sums(array.Index).View,
        _ => throw new ArgumentException($"There is no {array}.", nameof(array)),
    };

    /// <summary>Counts what is launched until its end, and times it where that is asked for.</summary>
    private readonly struct Measured : IDisposable
    {
        private readonly GpuEngine engine;
        private readonly long launches;
        private readonly KernelCost cost;

        public Measured(GpuEngine engine)
        {
            this.engine = engine;
            var launcher = engine.device.Launcher;
            (launches, cost) = (launcher.Launches, launcher.Cost);
            launcher.Timer?.IsOn = true;
        }

        public void Dispose()
        {
            var launcher = engine.device.Launcher;
            launcher.Timer?.IsOn = false;
            engine.Work = engine.Work with
            {
                Launches = engine.Work.Launches + launcher.Launches - launches,
                Bytes = engine.Work.Bytes + launcher.Cost.Bytes - cost.Bytes,
                Flops = engine.Work.Flops + launcher.Cost.Flops - cost.Flops,
            };
        }
    }
}
