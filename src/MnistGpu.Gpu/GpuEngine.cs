using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The equations as launches of ILGPU kernels, in float32: <see cref="Propagation"/> has those of the passes, <see cref="ParameterUpdate"/> those of
/// the update. The training set stays on the device as bytes; a step sends nothing
/// but a batch's image numbers and waits for nothing. More images than fit a chunk pass through the network chunk by
/// chunk, their gradients added up, so memory is bounded whatever their number.
/// </summary>
/// <remarks>The same job on the same device gives the same bits: sums run in an order that only the network decides.</remarks>
public sealed class GpuEngine : INetworkEngine
{
    private readonly GpuDevice device;
    private readonly bool ownsDevice;
    private readonly AcceleratorStream stream;
    private readonly WorkPlan plan;
    private readonly NetworkBuffers net;
    private readonly Propagation propagation;
    private readonly ParameterUpdate update;
    private readonly Fusion? fusion;
    private readonly DeviceBender bender;
    private readonly BatchUploads batch;
    private readonly GrowingBuffer<int> identityMemory;
    private readonly DeviceImages training;
    private readonly DeviceImages others;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> totals;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> otherTotals;
    private ArrayView<int> identity;
    private long countedImages;
    private long step;

    /// <summary>Makes an engine on a device, with all parameters zero.</summary>
    /// <param name="device">Where it runs; engines may share it, in turn.</param>
    /// <param name="shape">The network's widths.</param>
    /// <param name="ownsDevice">Whether disposing the engine closes the device too.</param>
    /// <param name="products">Which rung of the ladder computes which product; null for the table's choice, in float32.</param>
    /// <param name="fuse">Whether steps take fused kernels, where there are such for this network on this device, rather than one kernel per equation.</param>
    /// <exception cref="UserErrorException">The network does not fit the device.</exception>
    public GpuEngine(GpuDevice device, NetworkShape shape, bool ownsDevice = false, ProductChoice? products = null, bool fuse = true)
        : this(device, shape, new WorkPlan(shape), ownsDevice, products, fuse)
    {
    }

    internal GpuEngine(GpuDevice device, NetworkShape shape, WorkPlan plan, bool ownsDevice, ProductChoice? products = null, bool fuse = true, Fusion? fusion = null)
    {
        this.device = device;
        this.ownsDevice = ownsDevice;
        Shape = shape;
        stream = device.Accelerator.DefaultStream;
        this.plan = plan;
        net = new NetworkBuffers(device, shape, plan);
        bender = new DeviceBender(device);
        this.fusion = fusion ??= Fusion.Of(device, shape, fuse);
        propagation = new Propagation(device.Launcher, shape, net, plan, bender, products ?? ProductChoice.Of(device), fusion);
        update = new ParameterUpdate(device.Launcher, net, plan, fusion);
        batch = new BatchUploads(device);
        identityMemory = new GrowingBuffer<int>(device);
        training = new DeviceImages(device);
        others = new DeviceImages(device);
        totals = device.Allocate<float>(4);
        otherTotals = device.Allocate<float>(4);
        totals.MemSetToZero(stream);
    }

    /// <inheritdoc/>
    public string Name => device.Info.Name;

    /// <inheritdoc/>
    public string Description => $"{device.Info.Kind}: {device.Info.Model}, {device.Info.Details}";

    /// <inheritdoc/>
    public bool IsDouble => false;

    /// <inheritdoc/>
    public NetworkShape Shape { get; }

    /// <inheritdoc/>
    public Regularization Regularization
    {
        get;
        set
        {
            field = EngineGuard.Regularization(Shape, value);
            bender.Load(value.Deformation, value.Seed, Shape.Inputs);
        }
    }
    = Regularization.None;

    /// <summary>Compiles all kernels now rather than at their first launch. Returns the time it took.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses one.</exception>
    public TimeSpan Compile()
    {
        var start = Stopwatch.GetTimestamp();
        fusion?.Compile();
        device.Launcher.CompileAll();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <inheritdoc/>
    public void Load(NetworkState state)
    {
        EngineGuard.State(Shape, state);
        net.Load(state);
        step = state.Step;
    }

    /// <inheritdoc/>
    public NetworkState Save()
    {
        var state = new NetworkState(Shape) { Step = step };
        net.Save(state);
        return state;
    }

    /// <inheritdoc/>
    public void Attach(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels)
    {
        var m = EngineGuard.Images(Shape, X.Span, labels.Span);
        training.Upload(X.Span, labels.Span);
        ReserveIdentity(m);
        net.ReserveBackward(Math.Min(m, plan.ChunkImages));
    }

    /// <inheritdoc/>
    public void Step(UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Attached(training.Count);
        Step(identity.SubView(0, training.Count), rule, epoch);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> images, UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Batch(images, training.Count);
        Step(batch.Upload(images), rule, epoch);
    }

    /// <inheritdoc/>
    public Totals ReadTotals()
    {
        var read = Read(totals.View, countedImages);
        totals.MemSetToZero(stream);
        countedImages = 0;
        return read;
    }

    /// <inheritdoc/>
    public Gradients ComputeGradients(ReadOnlySpan<int> images, uint epoch = 0)
    {
        EngineGuard.Batch(images, training.Count);
        update.Keep(propagation.Gradients(training, batch.Upload(images), Regularization, epoch, sums: default));
        var gradients = new Gradients(Shape);
        net.dTheta.Read(gradients.dW, gradients.db);
        return gradients;
    }

    /// <inheritdoc/>
    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        var m = EngineGuard.Images(Shape, X, labels);
        otherTotals.MemSetToZero(stream);
        for (var first = 0; first < m; first += plan.ChunkImages)
        {
            var count = Math.Min(plan.ChunkImages, m - first);
            others.Upload(X.Slice(first * Shape.Inputs, count * Shape.Inputs), labels.Slice(first, count));
            var every = ReserveIdentity(count);
            propagation.Forward(net.Answering, others, every);
            propagation.Tally(others, every, otherTotals.View);
        }

        return Read(otherTotals.View, m);
    }

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        var m = EngineGuard.Images(Shape, X);
        EngineGuard.Answers(Shape, m, AL);
        var host = new float[Math.Min(m, plan.ChunkImages) * Shape.Outputs];
        for (var first = 0; first < m; first += plan.ChunkImages)
        {
            var count = Math.Min(plan.ChunkImages, m - first);
            others.Upload(X.Slice(first * Shape.Inputs, count * Shape.Inputs), []);
            propagation.Forward(net.Answering, others, ReserveIdentity(count));
            propagation.Softmax(count);
            var part = host.AsSpan(0, count * Shape.Outputs);
            net.dZ[^1].SubView(0, part.Length).CopyToCPU(stream, part);
            for (var i = 0; i < part.Length; i++)
            {
                AL[first * Shape.Outputs + i] = part[i];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        device.Accelerator.Synchronize();
        foreach (var memory in (ReadOnlySpan<IDisposable>)[net, bender, batch, identityMemory, training, others, totals, otherTotals])
        {
            memory.Dispose();
        }

        if (ownsDevice)
        {
            device.Dispose();
        }
    }

    private void Step(ArrayView<int> images, UpdateRule rule, uint epoch)
    {
        update.Run(rule, step, propagation.Gradients(training, images, Regularization, epoch, totals.View));
        countedImages += images.Length;
        step++;
    }

    /// <summary>0, 1, …, m − 1 on the device: "every image" as a batch.</summary>
    private ArrayView<int> ReserveIdentity(int m)
    {
        if (identity.Length < m)
        {
            identity = identityMemory.Reserve(m);
            identity.CopyFromCPU(stream, Enumerable.Range(0, m).ToArray());
        }

        return identity.SubView(0, m);
    }

    private Totals Read(ArrayView<float> sums, long images)
    {
        var host = new float[4];
        sums.CopyToCPU(stream, host);
        var hits = (double)host[2] + host[3];
        return new Totals(images, (double)host[0] + host[1], (long)hits);
    }
}
