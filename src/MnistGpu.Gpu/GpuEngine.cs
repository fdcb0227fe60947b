using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Memory;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The equations as launches of ILGPU kernels, in float32: <see cref="Propagation"/> has those of the passes, <see cref="ParameterUpdate"/> those of
/// the update. The training set stays on the device as bytes, and so does an
/// epoch's order: a step sends nothing and waits for nothing. More images than fit a chunk pass through the network chunk by
/// chunk, their gradients added up, so memory is bounded whatever their number.
/// </summary>
/// <remarks>The same job on the same device gives the same bits: sums run in an order that only the network decides.</remarks>
public sealed class GpuEngine : IKernelEngine
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
    private readonly MemoryNeeds needs;
    private readonly GrowingBuffer<int> orderMemory;
    private readonly GrowingBuffer<int> identityMemory;
    private readonly GrowingBuffer<int> gradientMemory;
    private readonly DeviceImages training;
    private readonly DeviceImages others;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> totals;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> otherTotals;
    private readonly float[] hostTotals = new float[4];
    private ArrayView<int> order;
    private ArrayView<int> identity;
    private long countedImages;
    private long step;

    /// <summary>Makes an engine on a device, with all parameters zero.</summary>
    /// <param name="device">Where it runs; engines may share it, in turn.</param>
    /// <param name="shape">The network's widths.</param>
    /// <param name="ownsDevice">Whether disposing the engine closes the device too.</param>
    /// <param name="products">Which rung of the ladder computes which product; null for the table's choice, in float32.</param>
    /// <param name="fuse">Whether steps take fused kernels, where there are such for this network on this device, rather than one kernel per equation.
    /// The kernel of small networks has products of its own, so it is not taken where <paramref name="products"/> was asked for.</param>
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
        needs = new MemoryNeeds(shape, plan);
        net = new NetworkBuffers(device, shape, plan);
        bender = new DeviceBender(device);
        Products = products ?? ProductChoice.Of(device);
        this.fusion = fusion ??= Fusion.Of(device, shape, fuse, ownProducts: !Products.IsAsked);
        propagation = new Propagation(device.Launcher, shape, net, plan, bender, Products, fusion);
        update = new ParameterUpdate(device.Launcher, net, plan, fusion);
        orderMemory = new GrowingBuffer<int>(device);
        identityMemory = new GrowingBuffer<int>(device);
        gradientMemory = new GrowingBuffer<int>(device);
        training = new DeviceImages(device);
        others = new DeviceImages(device);
        try
        {
            totals = device.Allocate<float>(4);
            otherTotals = device.Allocate<float>(4);
        }
        catch
        {
            totals?.Dispose();
            net.Dispose();
            throw;
        }

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

    /// <inheritdoc/>
    public StepWork Work { get; private set; }

    /// <inheritdoc/>
    public ProductChoice Products { get; }

    /// <summary>Compiles all kernels but those of the products (<see cref="Prepare"/>) now rather than at their first launch. Returns the time it took.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses one.</exception>
    public TimeSpan Compile()
    {
        var start = Stopwatch.GetTimestamp();
        fusion?.Compile();
        device.Launcher.CompileAll();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <inheritdoc/>
    public void Prepare(int images)
    {
        propagation.Compile(images, isTraining: SmallNetwork(images) is null);
        propagation.Compile(plan.AnswerImages, isTraining: false);
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
        order = default;
        try
        {
            training.Upload(X.Span, labels.Span);

            // Now rather than after a long training, which would be lost.
            net.ReserveForward(plan.AnswerImages);
            others.Reserve(plan.AnswerImages * Shape.Inputs, plan.AnswerImages);
            ReserveIdentity(plan.AnswerImages);
        }
        catch (UserErrorException e) when (e.InnerException is DeviceMemoryException memory)
        {
            var fits = (device.Memory.Free + device.Memory.Allocated - needs.Network - needs.Batch(1, bender, SmallNetwork(1))) / (needs.Images(1) + MemoryNeeds.Order(1));
            throw device.NoRoom(memory, fits > 0 && fits < m
                ? $"take fewer images, at most {fits} (--limit), or another device: --device simd"
                : "take a smaller network, or another device: --device simd");
        }
    }

    /// <inheritdoc/>
    public void Step(UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Attached(training.Count);
        Step(ReserveIdentity(training.Count), rule, epoch);
    }

    /// <inheritdoc/>
    public void SetOrder(ReadOnlySpan<int> order)
    {
        EngineGuard.Batch(order, training.Count);
        this.order = orderMemory.Reserve(order.Length);
        this.order.CopyFromCPU(stream, order);
        Work = Work with { UploadedBytes = Work.UploadedBytes + MemoryNeeds.Order(order.Length) };
    }

    /// <inheritdoc/>
    public void Step(int first, int count, UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Attached(training.Count);
        EngineGuard.Part(first, count, order.IntLength);
        Step(order.SubView(first, count), rule, epoch);
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
        var onDevice = gradientMemory.Reserve(images.Length);
        onDevice.CopyFromCPU(stream, images);
        update.Keep(propagation.Gradients(training, onDevice, Regularization, epoch, sums: default));
        var gradients = new Gradients(Shape);
        net.dTheta.Read(gradients.dW, gradients.db);
        return gradients;
    }

    /// <inheritdoc/>
    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        var m = EngineGuard.Images(Shape, X, labels);
        otherTotals.MemSetToZero(stream);
        for (var first = 0; first < m; first += plan.AnswerImages)
        {
            var count = Math.Min(plan.AnswerImages, m - first);
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
        var host = new float[Math.Min(m, plan.AnswerImages) * Shape.Outputs];
        for (var first = 0; first < m; first += plan.AnswerImages)
        {
            var count = Math.Min(plan.AnswerImages, m - first);
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
    public IReadOnlyList<KernelTime> ReadKernelTimes() => device.Launcher.Timer?.Read() ?? [];

    /// <inheritdoc/>
    public DevicePeak? MeasurePeak() => PeakMeasurement.Of(device);

    /// <inheritdoc/>
    public void Dispose()
    {
        device.Accelerator.Synchronize();
        foreach (var memory in (ReadOnlySpan<IDisposable>)[net, bender, orderMemory, identityMemory, gradientMemory, training, others, totals, otherTotals])
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
        var launcher = device.Launcher;
        var (launches, cost) = (launcher.Launches, launcher.Cost);
        launcher.Timer?.IsOn = true;
        try
        {
            update.Run(rule, step, propagation.Gradients(training, images, Regularization, epoch, totals.View));
        }
        catch (UserErrorException e) when (e.InnerException is DeviceMemoryException memory)
        {
            throw device.NoRoom(memory, Advice(images.IntLength, rule));
        }
        finally
        {
            launcher.Timer?.IsOn = false;
        }

        countedImages += images.Length;
        step++;
        Work = Work with
        {
            Steps = Work.Steps + 1,
            Launches = Work.Launches + launcher.Launches - launches,
            Bytes = Work.Bytes + launcher.Cost.Bytes - cost.Bytes,
            Flops = Work.Flops + launcher.Cost.Flops - cost.Flops,
        };
    }

    /// <summary>The one launch that a step of m images takes for its passes; null where it takes several.</summary>
    private SmallNetworkStep? SmallNetwork(int m) => fusion?.TakesSmallNetwork(Regularization, m, plan) == true ? fusion.SmallNetwork : null;

    /// <summary>What a job that does not fit can do: take the largest batch that would.</summary>
    private string Advice(int m, UpdateRule rule)
    {
        var taken = needs.Network + needs.Update(rule) + needs.Images(training.Count) + MemoryNeeds.Order(training.Count);
        var fits = needs.LargestBatch(device.Memory.Free + device.Memory.Allocated - taken, bender, SmallNetwork(1));
        return fits > 0 && fits < m
            ? $"take --batch {fits}, the largest that would fit, or another device: --device simd"
            : "take a smaller network, fewer images (--limit), or another device: --device simd";
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
        sums.CopyToCPU(stream, hostTotals);
        var hits = (double)hostTotals[2] + hostTotals[3];
        return new Totals(images, (double)hostTotals[0] + hostTotals[1], (long)hits);
    }
}
