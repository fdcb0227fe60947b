using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

/// <summary>What steps launch, move, send and allocate.</summary>
public abstract class StepWorkTests
{
    private static readonly UpdateRule Everything = new(1e-3, Optimizer.Adam)
    {
        WeightDecay = 0.01,
        Averaging = 0.9,
        ClipNorm = 1
    };

    private protected abstract GpuDevice Device { get; }

    private protected abstract GpuDevice Profiled();

    [Fact]
    public void AnEpochSendsItsOrderOnce()
    {
        var images = new RandomImages(NetworkShape.Parse("20-7-10"), 50);
        using var engine = Engine(Device, "20-7-10", images);
        engine.SetOrder([.. Enumerable.Range(0, 50)]);
        for (var first = 0; first < 50; first += 16)
        {
            engine.Step(first, Math.Min(16, 50 - first), new UpdateRule(0.1));
        }

        engine.Evaluate(images.X, images.Labels);
        engine.ComputeGradients([1, 2]);
        Assert.Equal((4, 4 * 18, 200), (engine.Work.Steps, engine.Work.Launches, engine.Work.UploadedBytes));
    }

    /// <summary>
    /// 784-10-10 over m images: what goes in once, what comes out once, and the products' operations, by hand.
    /// </summary>
    [Fact]
    public void BytesAndOperationsAreThoseOfTheEquations()
    {
        const int m = 32;
        var images = new RandomImages(NetworkShape.Parse("784-10-10"), m);
        using var engine = Engine(Device, "784-10-10", images);
        engine.Step(new UpdateRule(0.1));
        var activations = 4.0 * 10 * m;
        var (W1, W2, theta, pixels) = (4.0 * 7840, 4.0 * 100, 4.0 * 7960, (784.0 + 4) * m);
        var forward = W1 + pixels + activations + (2 * activations + 40) + W2 + 2 * activations
            + (2 * activations + 40);
        var tally = 2 * (activations + 9 * m) + (8.0 * m + 8) + 2 * 4 * (1 + 4);
        var backward = 2 * activations + (2 * activations + 5 * m)
            + (activations + 40) + (2 * activations + W2) + (W2 + 2 * activations) + 3 * activations
            + (activations + 40) + (activations + pixels + W1);
        var update = 2 * theta + 3 * theta;
        Assert.Equal(forward + tally + backward + update, engine.Work.Bytes);
        var products = 2.0 * m * (7840 + 100 + 100 + 100 + 7840);
        Assert.InRange(engine.Work.Flops, products, 1.2 * products);
    }

    [Fact]
    public void StepsAllocateNoMoreThanTheirLaunches()
    {
        var images = new RandomImages(NetworkShape.Parse("20-7-10"), 50);
        using var engine = Engine(Device, "20-7-10", images);
        engine.Regularization = new() { Dropout = new(0.5), LabelSmoothing = 0.1, Seed = 3 };
        engine.SetOrder([.. Enumerable.Range(0, 50)]);
        Steps(8);
        using var one = Device.Allocate<float>(16);
        var launch = Allocated(200, () => Device.Launcher.Launch(16, new AddDecay(one.View, one.View, 0f))) / 200.0;
        var before = engine.Work.Launches;
        Steps(64);
        var launches = engine.Work.Launches - before;
        var steps = Allocated(1, () => Steps(64));
        TestContext.Current.TestOutputHelper?.WriteLine($"a launch allocates {launch} bytes, {launches} launches of "
            + $"steps {steps}");
        // Larger kernels have larger arguments, of which ILGPU's launchers may make a copy each.
        Assert.InRange(steps, 0, launches * (launch == 0 ? 0 : launch + 256));

        void Steps(int count)
        {
            for (var i = 0; i < count; i++)
            {
                engine.Step(i % 4 * 10, 10, Everything, (uint)i);
            }
        }
    }

    [Fact]
    public void EveryKernelOfAStepIsTimed()
    {
        using var device = Profiled();
        var shape = NetworkShape.Parse("36-8-6-10").With(Activation.ScaledTanh);
        var images = new RandomImages(shape, 40);
        using var engine = new GpuEngine(device, shape);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        engine.Regularization = new()
        {
            Dropout = new(0.5),
            LabelSmoothing = 0.1,
            Seed = 3,
            Deformation = new() { Rotation = 10, ElasticAlpha = 8 }
        };
        engine.Evaluate(images.X, images.Labels);
        Assert.Empty(engine.ReadKernelTimes());
        for (var step = 0; step < 12; step++)
        {
            engine.Step(Everything, (uint)step);
        }

        engine.Evaluate(images.X, images.Labels);
        var times = engine.ReadKernelTimes();
        Assert.Equal(engine.Work.Launches, times.Sum(t => t.Launches));
        Assert.Equal(engine.Work.Bytes, times.Sum(t => t.Bytes), 1e-6 * engine.Work.Bytes);
        Assert.Equal(engine.Work.Flops, times.Sum(t => t.Flops), 1e-6 * engine.Work.Flops);
        Assert.Equal(times.OrderByDescending(t => t.Time).Select(t => t.Kernel), times.Select(t => t.Kernel));
        Assert.All(times, t => Assert.True(t.Launches >= 11 && t.Bytes > 0 && t.Time > TimeSpan.Zero, t.ToString()));
        Assert.Contains(times, t => t.Kernel == nameof(DeformImages));
        Assert.Contains(times, t => t.Kernel == nameof(ClipFactor));
        Assert.Empty(engine.ReadKernelTimes());

        var peak = engine.MeasurePeak();
        Assert.NotNull(peak);
        Assert.True(peak.GigabytesPerSecond > 0 && peak.GigaflopsPerSecond > 0);
    }

    [Fact]
    public void TheShareOfThePeakIsThatOfWhatBinds()
    {
        var peak = new DevicePeak(100, 1000);
        Assert.Equal(0.5, peak.Share(new KernelTime("memory", 1, TimeSpan.FromSeconds(1), 50e9, 1e9)));
        Assert.Equal(0.25, peak.Share(new KernelTime("arithmetic", 1, TimeSpan.FromSeconds(2), 2e9, 500e9)));
    }

    // The textbook's kernels: their launches and bytes can be counted by hand.
    private static GpuEngine Engine(GpuDevice device, string network, RandomImages images)
    {
        var shape = NetworkShape.Parse(network);
        var engine = new GpuEngine(device, shape, fuse: false);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        return engine;
    }

    private static long Allocated(int times, Action work)
    {
        // The fewest of several: the runtime may compile in between.
        var fewest = long.MaxValue;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
            {
                work();
            }

            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return fewest;
    }
}

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorStepWorkTests(GpuDevices devices) : StepWorkTests
{
    private protected override GpuDevice Device => devices.Cpu;

    private protected override GpuDevice Profiled() => AcceleratorCatalog.Cpu().Open(profile: true);
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclStepWorkTests(GpuDevices devices) : StepWorkTests
{
    private protected override GpuDevice Device => devices.Pocl;

    private protected override GpuDevice Profiled() => devices.Pocl.Info.Open(profile: true);
}
