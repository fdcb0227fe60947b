using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;

namespace MnistGpu.Bench;

/// <summary>A device that ILGPU runs kernels on.</summary>
internal sealed class IlgpuDevice(AcceleratorInfo info) : BenchDevice
{
    private readonly GpuDevice device = info.Open();
    private double? arithmetic;

    public override string Name => info.Name;

    public override string Model => info.Model;

    public override string Description => $"{info.Kind}: {info.Model}, {info.Details}, float32";

    public override bool IsSlow => !info.IsGpu;

    public override double? PeakArithmetic(int threads)
    {
        if (arithmetic is null)
        {
            // Threads to fill any GPU; few for the CPU accelerator, whose operations take a thousand times longer.
            var (count, iterations) = info.IsGpu ? (1 << 20, 1024) : (256, 128);
            using var results = device.Allocate<float>(count);
            var seconds = Best(() => device.Launcher.Launch(count, new MultiplyAdds(results.View, iterations)));
            arithmetic = (double)count * iterations * MultiplyAdds.Flops / seconds / 1e9;
        }

        return arithmetic;
    }

    public override double? PeakCopy(double bytes, int threads)
    {
        var length = (long)bytes / 2;
        using var from = device.Allocate<byte>(length);
        using var to = device.Allocate<byte>(length);
        from.MemSetToZero();
        return 2.0 * length / Best(() => from.View.CopyTo(device.Accelerator.DefaultStream, to.View)) / 1e9;
    }

    public override INetworkEngine Engine(NetworkShape shape, int threads = 0) => new GpuEngine(device, shape);

    public override IReadOnlyList<string> Rungs =>
        [.. ProductLadder.Rungs.Where(rung => rung.Refusal(device.Accelerator) is null).Select(rung => rung.Name)];

    public override Operation Product(Product product, string rung) => new IlgpuProduct(product, device, ProductLadder.Find(rung));

    public override Operation Softmax(SoftmaxColumns columns) => new IlgpuSoftmax(columns, device);

    public override Operation Update(ParameterUpdate update) => new IlgpuUpdate(update, device);

    public override void Dispose()
    {
        device.Dispose();
        base.Dispose();
    }

    // The best of several, each of enough launches that the wait does not weigh in.
    private double Best(Action launch)
    {
        launch();
        device.Accelerator.Synchronize();
        var once = Timing.Time(Launches, 1);
        var launches = (int)Math.Clamp(5e-3 / once, 1, 1000);
        return Enumerable.Range(0, 5).Min(_ => Timing.Time(Launches, launches)) / launches;

        void Launches(int count)
        {
            for (var i = 0; i < count; i++)
                launch();
            device.Accelerator.Synchronize();
        }
    }
}

/// <summary>s := s·x + y for eight independent sums, four times an iteration (ILGPU 1.5.3 unrolls no loops), per thread. Public, because ILGPU compiles nothing else.</summary>
public readonly struct MultiplyAdds(ArrayView<float> results, int iterations) : IKernel
{
    /// <summary>Floating-point operations of one iteration.</summary>
    public const int Flops = 2 * 8 * 4;

    /// <inheritdoc/>
    public void Execute(Index1D i)
    {
        float x = 0.9f, y = 0.1f;
        float s0 = i, s1 = 1, s2 = 2, s3 = 3, s4 = 4, s5 = 5, s6 = 6, s7 = 7;
        for (var n = 0; n < iterations; n++)
        {
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
        }

        results[i] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
    }
}

/// <summary>A kernel launched over and over with its operands on the device.</summary>
internal abstract class IlgpuOperation(GpuDevice device) : Operation
{
    private readonly List<IDisposable> memory = [];

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
            Launch();
        device.Accelerator.Synchronize();
    }

    public override void Dispose()
    {
        foreach (var buffer in memory)
            buffer.Dispose();
    }

    protected abstract void Launch();

    protected ArrayView<float> Upload(float[] values)
    {
        var view = Allocate(values.Length);
        view.CopyFromCPU(values);
        return view;
    }

    protected ArrayView<float> Allocate(int length)
    {
        var buffer = device.Allocate<float>(length);
        memory.Add(buffer);
        return buffer.View;
    }

    protected void Launch<TKernel>(int count, TKernel kernel)
        where TKernel : struct, IKernel => device.Launcher.Launch(count, kernel);

    protected static Check Compare(ReadOnlySpan<double> expected, ArrayView<float> actual, ReadOnlySpan<double> bound)
    {
        var host = new float[actual.Length];
        actual.CopyToCPU(host);
        return Check.Of(expected, Array.ConvertAll(host, v => (double)v), bound);
    }
}

/// <summary>One of the three products by one rung of the ladder.</summary>
internal sealed class IlgpuProduct : IlgpuOperation
{
    private readonly Product product;
    private readonly IProductRung rung;
    private readonly KernelLauncher kernels;
    private readonly ArrayView<float> left;
    private readonly ArrayView<float> right;
    private readonly ArrayView<float> result;
    private readonly ArrayView<float> slices;
    private readonly int slice;

    public IlgpuProduct(Product product, GpuDevice device, IProductRung rung)
        : base(device)
    {
        (this.product, this.rung, kernels) = (product, rung, device.Launcher);
        left = Upload(product.Left);
        right = Upload(product.Right);
        result = Allocate(product.Expected.Length);
        // The slices that the engine would cut this layer's images into.
        slice = new WorkPlan(new NetworkShape(product.Inner, product.Rows)).SliceImages;
        slices = product.Kind == ProductKind.Gradient ? Allocate(product.Expected.Length * Slices) : default;
    }

    public override double Flops => product.Flops;

    private int Slices => (product.M - 1) / slice + 1;

    public override Check Verify()
    {
        Run(1);
        return Compare(product.Expected, result, product.BoundOf(rung.Math));
    }

    protected override void Launch()
    {
        int rows = product.Rows, inner = product.Inner, m = product.M;
        switch (product.Kind)
        {
            case ProductKind.Forward:
                rung.WeightsTimesActivations(kernels, left, right, result, rows, inner, m);
                break;
            case ProductKind.Backward:
                rung.TransposedWeightsTimesErrors(kernels, left, right, result, rows, inner, m);
                break;
            default:
                rung.ErrorsTimesActivations(kernels, left, right, slices, rows, inner, m, slice, rows * inner);
                Launch(rows * inner, new SumOfSlices(slices, result, Slices, rows * inner, 1, 0));
                break;
        }
    }
}

/// <summary>The softmax kernel.</summary>
internal sealed class IlgpuSoftmax : IlgpuOperation
{
    private readonly SoftmaxColumns columns;
    private readonly ArrayView<float> Z;
    private readonly ArrayView<float> A;

    public IlgpuSoftmax(SoftmaxColumns columns, GpuDevice device)
        : base(device)
    {
        this.columns = columns;
        Z = Upload(columns.Z);
        A = Allocate(columns.Z.Length);
    }

    // Z is read and A written.
    public override double Bytes => 2.0 * sizeof(float) * columns.Z.Length;

    public override Check Verify()
    {
        Run(1);
        return Compare(columns.Expected, A, columns.Bound);
    }

    protected override void Launch() => Launch(columns.M, new Softmax(Z, A, columns.Rows));
}

/// <summary>The update kernel.</summary>
internal sealed class IlgpuUpdate : IlgpuOperation
{
    private readonly ParameterUpdate update;
    private readonly ArrayView<float> W;
    private readonly ArrayView<float> dW;

    public IlgpuUpdate(ParameterUpdate update, GpuDevice device)
        : base(device)
    {
        this.update = update;
        W = Upload(update.W);
        dW = Upload(update.dW);
    }

    // W and dW are read, W is written.
    public override double Bytes => 3.0 * sizeof(float) * update.W.Length;

    public override Check Verify()
    {
        W.CopyFromCPU(update.W);
        Run(1);
        return Compare(update.Expected, W, update.Bound);
    }

    protected override void Launch() => Launch(update.W.Length, new GradientDescent(W, dW, ParameterUpdate.Alpha));
}
