using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Kernels.Parts;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Memory;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The equations as launches of ILGPU kernels, in float32: <see cref="Passes"/> has those of the passes,
/// <see cref="ParameterUpdate"/> those of the update. The training set stays on the device as bytes, and so does an
/// epoch's order: a step sends nothing and waits for nothing. More images than fit a chunk pass through the network
/// chunk by chunk, their gradients added up, so memory is bounded whatever their number.
/// </summary>
/// <remarks>
/// The same job on the same device gives the same bits: sums run in an order that only the network decides.
/// </remarks>
internal sealed partial class GpuEngine : IKernelEngine, IStepParts
{
    private readonly GpuDevice device;
    private readonly bool ownsDevice;
    private readonly AcceleratorStream stream;
    private readonly WorkPlan plan;
    private readonly NetworkBuffers net;
    private readonly Passes passes;
    private readonly ParameterUpdate update;
    private readonly Fusion? fusion;
    private readonly DeviceDeformer deformer;
    private readonly MemoryNeeds needs;
    private readonly GrowingBuffer<int> orderMemory;
    private readonly Identity identity;
    private readonly GrowingBuffer<int> gradientMemory;
    private readonly DeviceImages training;
    private readonly DeviceEvaluation evaluation;
    private readonly DeviceTotals totals;
    private ArrayView<int> order;
    private long countedImages;
    private long step;

    /// <summary>Makes an engine on a device, with all parameters zero.</summary>
    /// <param name="device">Where it runs; engines may share it, in turn.</param>
    /// <param name="shape">The network's widths.</param>
    /// <param name="ownsDevice">Whether disposing the engine closes the device too.</param>
    /// <param name="products">
    /// Which rung of the ladder computes which product; null for the table's choice, in float32.
    /// </param>
    /// <param name="fuse">
    /// Whether steps take fused kernels, where there are such for this network on this device, rather than one kernel
    /// per equation. Those of small networks and of the output layer have products of their own, so they are not taken
    /// where <paramref name="products"/> was asked for.
    /// </param>
    /// <exception cref="UserErrorException">The network does not fit the device.</exception>
    public GpuEngine(
        GpuDevice device, NetworkShape shape, bool ownsDevice = false, ProductChoice? products = null, bool fuse = true)
        : this(device, shape, new WorkPlan(shape), ownsDevice, products, fuse)
    {
    }

    internal GpuEngine(
        GpuDevice device, NetworkShape shape, WorkPlan plan, bool ownsDevice, ProductChoice? products = null,
        bool fuse = true, Fusion? fusion = null)
    {
        this.device = device;
        this.ownsDevice = ownsDevice;
        Shape = shape;
        stream = device.Accelerator.DefaultStream;
        this.plan = plan;
        net = new NetworkBuffers(device, shape, plan);
        identity = new Identity(device);
        deformer = new DeviceDeformer(device, identity);
        Products = products ?? ProductChoice.Create(device);
        needs = new MemoryNeeds(shape, plan, Products.MayPreferFloats(shape.Inputs));
        this.fusion = fusion ??= Fusion.Choose(device, shape, fuse, ownProducts: !Products.IsAsked,
            smallNetwork: !Products.TakesMatrixPixels(shape.Inputs));
        passes = new Passes(device.Launcher, shape, net, plan, deformer, Products, fusion);
        update = new ParameterUpdate(device.Launcher, net, plan, fusion);
        orderMemory = new GrowingBuffer<int>(device);
        gradientMemory = new GrowingBuffer<int>(device);
        training = new DeviceImages(device);
        partTotals = new PartTotals(device);
        try
        {
            totals = new DeviceTotals(device);
            evaluation = new DeviceEvaluation(device, shape, net, plan, passes, identity);
        }
        catch
        {
            totals?.Dispose();
            net.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => device.Info.Name;

    /// <inheritdoc/>
    public string Description => $"{device.Info.Kind}: {device.Info.Description}";

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
            deformer.Load(value.Deformation, value.Seed, Shape.Inputs);
        }
    }
    = Regularization.None;

    /// <inheritdoc/>
    public StepWork Work { get; private set; }

    /// <inheritdoc/>
    public ProductChoice Products { get; }

    /// <summary>Compiles what all trainings take; <see cref="Prepare"/> products, a first step its optimizer.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses one.</exception>
    public void Compile()
    {
        fusion?.Compile();
        device.Launcher.CompileAll(kernel => !kernel.IsAssignableTo(typeof(IUpdate))
            && kernel.Namespace != typeof(IProductRung).Namespace && kernel.Namespace != typeof(AddSums).Namespace);
    }

    /// <inheritdoc/>
    public void Prepare(int images)
    {
        passes.Rungs.Compile(images, isTraining: FusedPasses(images) is null);
        passes.Rungs.Compile(plan.AnswerImages, isTraining: false);
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
            evaluation.Reserve();
        }
        catch (UserErrorException e) when (e.InnerException is DeviceMemoryException memory)
        {
            var room = RoomForJob - needs.Network - needs.Batch(1, deformer, FusedPasses(1));
            var fits = room / (needs.Images(1) + MemoryNeeds.Order(1));
            throw device.NoRoom(memory, fits > 0 && fits < m
                ? $"take fewer images, at most {fits} (TrainingOptions.Limit), or {GpuDevice.Instead}"
                : $"take a smaller network, or {GpuDevice.Instead}");
        }
    }

    /// <inheritdoc/>
    public void Step(UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Attached(training.Count);
        Step(identity.Reserve(training.Count), rule, epoch);
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
        var read = totals.Read(countedImages);
        totals.SetToZero();
        countedImages = 0;
        return read;
    }

    /// <inheritdoc/>
    public Gradients ComputeGradients(ReadOnlySpan<int> images, uint epoch = 0)
    {
        EngineGuard.Batch(images, training.Count);
        var onDevice = gradientMemory.Reserve(images.Length);
        onDevice.CopyFromCPU(stream, images);
        update.Keep(Gradients(onDevice, epoch, totals: default), net.dTheta.View);
        var gradients = new Gradients(Shape);
        net.dTheta.Read(gradients.dW, gradients.db);
        return gradients;
    }

    /// <inheritdoc/>
    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels) =>
        evaluation.Evaluate(X, labels, EngineGuard.Images(Shape, X, labels));

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        var m = EngineGuard.Images(Shape, X);
        EngineGuard.Answers(Shape, m, AL);
        evaluation.Predict(X, AL, m);
    }

    /// <inheritdoc/>
    public IReadOnlyList<KernelTime> ReadKernelTimes() => device.Launcher.Timer?.Read() ?? [];

    /// <inheritdoc/>
    public DevicePeak? MeasurePeak() => PeakMeasurement.Measure(device);

    /// <inheritdoc/>
    public void Dispose()
    {
        device.Accelerator.Synchronize();
        foreach (var memory in (ReadOnlySpan<IDisposable>)[
            net, deformer, orderMemory, identity, gradientMemory, training, evaluation, totals, partTotals,
            .. sums])
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
        using var measured = new Measured(this);
        try
        {
            update.Run(rule, step, Gradients(images, epoch, totals.View));
        }
        catch (UserErrorException e) when (e.InnerException is DeviceMemoryException memory)
        {
            throw device.NoRoom(memory, Advice(images.IntLength, rule));
        }

        countedImages += images.Length;
        step++;
        Work = Work with { Steps = Work.Steps + 1 };
    }

    private SliceSums? Gradients(ArrayView<int> images, uint epoch, ArrayView<float> totals) => passes.Gradients(
        training, images, Regularization, epoch, totals, net.dTheta.View, (float)(1.0 / images.Length));

    private long RoomForJob => device.Memory.Free + device.Memory.Allocated;

    /// <summary>The one launch that a step of m images takes for its passes; null where it takes several.</summary>
    private SmallNetworkStep? FusedPasses(int m) =>
        fusion?.TakesFusedPasses(Regularization, m, plan) == true ? fusion.FusedPasses : null;

    /// <summary>What a job that does not fit can do: take the largest batch that would.</summary>
    private string Advice(int m, UpdateRule rule)
    {
        var fits = needs.LargestBatch(RoomForJob, rule, training.Count, deformer, FusedPasses(1));
        return fits > 0 && fits < m
            ? $"take TrainingOptions.Batch = {fits}, the largest that would fit, or {GpuDevice.Instead}"
            : $"take a smaller network, fewer images (TrainingOptions.Limit), or {GpuDevice.Instead}";
    }
}
