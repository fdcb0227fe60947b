using MnistGpu.Bench;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

/// <summary>
/// What the engine adds to the contract: chunks of images, batches sent ahead of the device, launches counted.
/// </summary>
public abstract partial class GpuEngineTests
{
    private static readonly UpdateRule Rule = new(0.1);

    protected abstract GpuDevice Device { get; }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(49, false)]
    [InlineData(49, true)]
    public void ChunksAddUpToTheWhole(int chunk, bool fuse)
    {
        // Two hidden layers, so that it takes chunks: a small network has none.
        var shape = NetworkShape.Parse("20-7-9-10");
        var images = new RandomImages(shape, 50);
        using var engine = new GpuEngine(Device, shape, new WorkPlan(shape, chunk), ownsDevice: false, fuse: fuse);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        var bounds = RoundingBounds.Create(engine.Save(), images.X, images.Labels);

        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, 50)]);
        for (var l = 0; l < shape.Layers; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }

        var AL = new double[500];
        engine.Predict(images.X, AL);
        Agreement.Within("AL", bounds.AL, AL, bounds.ALBounds);
        var evaluated = engine.Evaluate(images.X, images.Labels);
        engine.Step(Rule);
        var trained = engine.ReadTotals();
        Assert.Equal((50, bounds.Hits), (trained.Images, trained.Hits));
        Assert.Equal(bounds.MeanLoss, trained.MeanLoss, bounds.MeanLossBound);
        Assert.Equal(evaluated, trained);
    }

    [Fact]
    public void StepsSentAheadOfTheDeviceTrainAsStepsWaitedFor()
    {
        var shape = NetworkShape.Parse("20-7-10");
        var images = new RandomImages(shape, 200);

        NetworkState Train(bool wait)
        {
            using var engine = new GpuEngine(Device, shape);
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            var random = new Random(5);
            for (var step = 0; step < 300; step++)
            {
                var batch = new int[1 + random.Next(step < 150 ? 16 : 40)];
                foreach (ref var image in batch.AsSpan())
                {
                    image = random.Next(200);
                }

                engine.Step(batch, Rule);
                if (wait)
                {
                    engine.ReadTotals();
                }
            }

            return engine.Save();
        }

        Agreement.SameBits(Train(wait: true), Train(wait: false));
    }

    [Fact]
    public void AStepIsOneLaunchPerEquationAndLayer()
    {
        var shape = NetworkShape.Parse("20-7-10");
        var images = new RandomImages(shape, 50);
        using var engine = new GpuEngine(Device, shape, fuse: false);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        // Forward 4, tally 4, backward 2 + 2 + 4, sum, update.
        Assert.Equal(18, Launches(() => engine.Step(Rule)));
        Assert.Equal(18, Launches(() => engine.Step([3, 4], Rule)));
    }

    [Fact]
    public void TheEngineSaysWhatItRunsOn()
    {
        using var engine = new GpuEngine(Device, NetworkShape.Parse("4-2"));
        Assert.Equal(Device.Info.Name, engine.Name);
        Assert.Contains(Device.Info.Model, engine.Description, StringComparison.Ordinal);
        Assert.False(engine.IsDouble);
    }

    private long Launches(Action step)
    {
        var before = Device.Launcher.Launches;
        step();
        return Device.Launcher.Launches - before;
    }
}

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorEngineTests(GpuDevices devices) : GpuEngineTests
{
    protected override GpuDevice Device => devices.Cpu;
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclEngineTests(GpuDevices devices) : GpuEngineTests
{
    protected override GpuDevice Device => devices.Pocl;
}
