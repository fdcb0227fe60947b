using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The equations as launches of ILGPU kernels, in float32. The training set stays on the device as bytes; a step sends nothing
/// but a batch's image numbers and waits for nothing. More images than fit a chunk pass through the network chunk by
/// chunk, their gradients added up, so memory is bounded whatever their number.
/// </summary>
/// <remarks>The same job on the same device gives the same bits: sums run in an order that only the network decides.</remarks>
public sealed class GpuEngine : INetworkEngine
{
    private readonly GpuDevice device;
    private readonly bool ownsDevice;
    private readonly KernelLauncher kernels;
    private readonly AcceleratorStream stream;
    private readonly WorkPlan plan;
    private readonly NetworkBuffers net;
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
    /// <exception cref="UserErrorException">The network does not fit the device.</exception>
    public GpuEngine(GpuDevice device, NetworkShape shape, bool ownsDevice = false)
        : this(device, shape, new WorkPlan(shape), ownsDevice)
    {
    }

    internal GpuEngine(GpuDevice device, NetworkShape shape, WorkPlan plan, bool ownsDevice)
    {
        this.device = device;
        this.ownsDevice = ownsDevice;
        Shape = shape;
        kernels = device.Launcher;
        stream = device.Accelerator.DefaultStream;
        this.plan = plan;
        net = new NetworkBuffers(device, shape, plan);
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
    public Regularization Regularization { get; set => field = EngineGuard.Regularization(Shape, value); } = Regularization.None;

    private int L => Shape.Layers;

    /// <summary>Compiles all kernels now rather than at their first launch. Returns the time it took.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses one.</exception>
    public TimeSpan Compile() => kernels.CompileAll();

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
        Step(identity.SubView(0, training.Count), rule);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> images, UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Batch(images, training.Count);
        Step(batch.Upload(images), rule);
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
        ForwardAndBackward(batch.Upload(images), default);
        var gradients = new Gradients(Shape);
        net.Read(net.dTheta, gradients.dW, gradients.db);
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
            Forward(others, every);
            Tally(others, every, otherTotals.View, epsilon: 0);
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
            Forward(others, ReserveIdentity(count));
            Softmax(count);
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
        foreach (var memory in (ReadOnlySpan<IDisposable>)[net, batch, identityMemory, training, others, totals, otherTotals])
        {
            memory.Dispose();
        }

        if (ownsDevice)
        {
            device.Dispose();
        }
    }

    private void Step(ArrayView<int> images, UpdateRule rule)
    {
        ForwardAndBackward(images, totals.View);
        Update(rule);
        countedImages += images.Length;
        step++;
    }

    /// <summary>θ := θ − α·dθ, or what the rule's optimizer has in its place.</summary>
    private void Update(UpdateRule rule)
    {
        var t = net.CountMomentStep(rule.Moments);
        float alpha = (float)rule.Alpha, lambda = (float)rule.WeightDecay, beta1 = (float)rule.Beta1;
        if (lambda != 0 && rule.Optimizer != Optimizer.AdamW)
        {
            kernels.Launch(plan.ParameterCount, new AddDecay(net.Theta, net.dTheta, lambda));
        }

        switch (rule.Optimizer)
        {
            case Optimizer.GradientDescent:
                kernels.Launch(plan.ParameterCount, new GradientDescent(net.Theta, net.dTheta, alpha));
                break;
            case Optimizer.Momentum:
                kernels.Launch(plan.ParameterCount, new Momentum(net.Theta, net.dTheta, net.Moments(0), alpha, beta1));
                break;
            default:
                var (c1, c2) = rule.BiasCorrection(t);
                var root = Math.Sqrt(c2);
                var decay = rule.Optimizer == Optimizer.AdamW ? (float)(rule.Alpha * rule.WeightDecay) : 0f;
                kernels.Launch(plan.ParameterCount, new Adam(
                    net.Theta, net.dTheta, net.Moments(0), net.Moments(1), (float)(rule.Alpha * root / c1),
                    beta1, (float)(1 - rule.Beta1), (float)rule.Beta2, (float)(1 - rule.Beta2), (float)(rule.Epsilon * root), decay));
                break;
        }
    }

    /// <summary>dθ over the images, chunk by chunk; their loss and hits are added to <paramref name="sums"/> unless that is empty.</summary>
    private void ForwardAndBackward(ArrayView<int> images, ArrayView<float> sums)
    {
        var m = images.IntLength;
        net.ReserveBackward(Math.Min(m, plan.ChunkImages));
        for (var first = 0; first < m; first += plan.ChunkImages)
        {
            var chunk = images.SubView(first, Math.Min(plan.ChunkImages, m - first));
            Forward(training, chunk);
            if (sums.IsValid)
            {
                Tally(training, chunk, sums, (float)Regularization.LabelSmoothing);
            }

            Backward(chunk);
            kernels.Launch(plan.ParameterCount, new SumOfSlices(
                net.Slices, net.dTheta, plan.SliceCount(chunk.IntLength), plan.ParameterCount, (float)(1.0 / m), first > 0 ? 1 : 0));
        }
    }

    /// <summary>A0 = X/255; Zl = Wl·A(l−1) + bl; Al = ReLU(Zl) in the hidden layers. Leaves ZL in A[L − 1].</summary>
    private void Forward(DeviceImages source, ArrayView<int> images)
    {
        var m = images.IntLength;
        net.ReserveForward(m);
        for (var l = 0; l < L; l++)
        {
            int rows = Shape.Out(l), columns = Shape.In(l);
            if (l == 0)
            {
                kernels.Launch(rows * m, new WeightsTimesPixels(net.W[0], source.X, images, net.A[0], rows, columns));
            }
            else
            {
                kernels.Launch(rows * m, new WeightsTimesActivations(net.W[l], net.A[l - 1], net.A[l], rows, columns));
            }

            if (l < L - 1)
            {
                kernels.Launch(rows * m, new BiasReLU(net.A[l], net.b[l], net.A[l], rows));
            }
            else
            {
                kernels.Launch(rows * m, new AddBias(net.b[l], net.A[l], rows));
            }
        }
    }

    /// <summary>AL = softmax(ZL), into dZ[L − 1].</summary>
    private void Softmax(int m) => kernels.Launch(m, new Softmax(net.A[^1], net.dZ[^1], Shape.Outputs));

    /// <summary>loss = Σ −ln AL[label], and the hits, added to <paramref name="sums"/>.</summary>
    private void Tally(DeviceImages source, ArrayView<int> images, ArrayView<float> sums, float epsilon)
    {
        var m = images.IntLength;
        var slices = WorkPlan.TallyCount(m);
        kernels.Launch(m, new CrossEntropy(net.A[^1], source.Labels, images, net.Tally, Shape.Outputs, epsilon));
        kernels.Launch(m, new Hits(net.A[^1], source.Labels, images, net.Tally, Shape.Outputs));
        kernels.Launch(2 * slices, new RowSums(net.Tally, net.TallySlices, 2, m, WorkPlan.TallyImages, 2));
        kernels.Launch(2, new AddToTotals(net.TallySlices, sums, slices));
    }

    /// <summary>dZL = AL − Y; dWl = dZl·A(l−1)ᵀ and dbl = Σ columns of dZl, in slices; dZ(l−1) = Wlᵀ·dZl ⊙ ReLU′(Z(l−1)).</summary>
    private void Backward(ArrayView<int> images)
    {
        var m = images.IntLength;
        int slice = plan.SliceImages, slices = plan.SliceCount(m), stride = plan.ParameterCount;
        Softmax(m);
        var epsilon = Regularization.LabelSmoothing;
        var other = epsilon / Shape.Outputs;
        kernels.Launch(Shape.Outputs * m, new OutputErrors(
            net.dZ[^1], training.Labels, images, net.dZ[^1], Shape.Outputs, (float)(1 - epsilon + other), (float)other));
        for (var l = L - 1; l >= 0; l--)
        {
            int rows = Shape.Out(l), columns = Shape.In(l);
            kernels.Launch(rows * slices, new RowSums(net.dZ[l], net.SlicesOfb(l), rows, m, slice, stride));
            if (l == 0)
            {
                kernels.Launch(rows * columns * slices, new ErrorsTimesPixels(
                    net.dZ[0], training.X, images, net.SlicesOfW(0), rows, columns, m, slice, stride));
            }
            else
            {
                kernels.Launch(rows * columns * slices, new ErrorsTimesActivations(
                    net.dZ[l], net.A[l - 1], net.SlicesOfW(l), rows, columns, m, slice, stride));
                kernels.Launch(columns * m, new TransposedWeightsTimesErrors(net.W[l], net.dZ[l], net.dZ[l - 1], rows, columns));
                kernels.Launch(columns * m, new ReLUDerivative(net.dZ[l - 1], net.A[l - 1], net.dZ[l - 1]));
            }
        }
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
