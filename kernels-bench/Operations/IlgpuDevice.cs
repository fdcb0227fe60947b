using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Memory;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Bench.Operations;

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
        arithmetic ??= PeakMeasurement.Arithmetic(device);
        return arithmetic;
    }

    public override double? PeakCopy(double bytes, int threads) => PeakMeasurement.Copy(device, (long)bytes / 2);

    public override INetworkEngine Engine(NetworkShape shape, int threads = 0) => new GpuEngine(device, shape);

    public override IReadOnlyList<string> Rungs =>
        [.. ProductLadder.Rungs.Where(rung => rung.Refusal(device.Accelerator) is null).Select(rung => rung.Name)];

    public override Operation Product(KnownProduct product, string rung) =>
        new IlgpuProduct(product, device, ProductLadder.Find(rung));

    public override Operation Softmax(SoftmaxColumns columns) => new IlgpuSoftmax(columns, device);

    public override Operation Update(ParameterUpdate update) => new IlgpuUpdate(update, device);

    public override void Dispose()
    {
        device.Dispose();
        base.Dispose();
    }
}

/// <summary>A kernel launched over and over with its operands on the device.</summary>
internal abstract class IlgpuOperation(GpuDevice device) : Operation
{
    private readonly List<IDisposable> memory = [];

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Launch();
        }

        device.Accelerator.Synchronize();
    }

    public override void Dispose()
    {
        foreach (var buffer in memory)
        {
            buffer.Dispose();
        }
    }

    protected abstract void Launch();

    /// <summary>Leaves something to be disposed with the operation.</summary>
    protected T Own<T>(T owned)
        where T : IDisposable
    {
        memory.Add(owned);
        return owned;
    }

    protected ArrayView<float> Upload(float[] values)
    {
        var view = Allocate(values.Length);
        view.CopyFromCPU(values);
        return view;
    }

    protected ArrayView<float> Allocate(int length)
    {
        try
        {
            var buffer = device.Allocate<float>(length);
            memory.Add(buffer);
            return buffer.View;
        }
        catch (UserErrorException)
        {
            // Nobody will own an operation whose constructor fails.
            Dispose();
            throw;
        }
    }

    protected void Launch<TKernel>(int count, TKernel kernel)
        where TKernel : struct, IKernel => device.Launcher.Launch(count, kernel);

    protected static Check Compare(ReadOnlySpan<double> expected, ArrayView<float> actual, ReadOnlySpan<double> bound)
    {
        var host = new float[actual.Length];
        actual.CopyToCPU(host);
        return Check.Compare(expected, Array.ConvertAll(host, v => (double)v), bound);
    }
}

/// <summary>One of the three products by one rung of the ladder.</summary>
internal sealed class IlgpuProduct : IlgpuOperation
{
    private readonly KnownProduct product;
    private readonly IProductRung rung;
    private readonly ProductCase size;
    private readonly ProductOperands operands;
    private readonly ArrayView<float> dW;

    public IlgpuProduct(KnownProduct product, GpuDevice device, IProductRung rung)
        : base(device)
    {
        (this.product, this.rung) = (product, rung);
        int rows = product.Rows, inner = product.Inner, m = product.M;
        var kind = product.Kind;
        // The slices that the engine would cut this layer's images into.
        var slice = new WorkPlan(new NetworkShape(inner, rows)).SliceImages;
        size = kind switch
        {
            ProductKind.WeightsTimesActivations => new(kind, rows, m, inner, inner),
            ProductKind.TransposedWeightsTimesErrors => new(kind, inner, m, rows, rows),
            _ => new(kind, inner, rows, m, slice),
        };

        // Of dWᵀ = A·dZᵀ, which the device computes, A is the left operand.
        operands = Own(IsGradient
            ? new ProductOperands(device, size, product.Right, product.Left)
            : new ProductOperands(device, size, product.Left, product.Right));
        dW = IsGradient ? Allocate(product.Expected.Length) : default;
    }

    public override double Flops => product.Flops;

    private bool IsGradient => product.Kind == ProductKind.ErrorsTimesActivations;

    public override Check Verify()
    {
        Run(1);
        return Compare(product.Expected, IsGradient ? dW : operands.Result,
            product.BoundOf(ProductChoice.RoundingOf(rung.Math)));
    }

    protected override void Launch()
    {
        operands.Launch(rung);
        if (IsGradient)
        {
            var elements = dW.IntLength;
            Launch(elements, new SumOfSlices(operands.Result, dW, size.Slices, elements, 1, 0));
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
