using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
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

    private protected abstract GpuDevice Device { get; }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(49, false)]
    [InlineData(49, true)]
    public void ChunksAddUpToTheWhole(int chunk, bool fuse) => DeviceCases.ChunksAddUpToTheWhole(Device, chunk, fuse);

    [Fact]
    public void StepsSentAheadOfTheDeviceTrainAsStepsWaitedFor() =>
        DeviceCases.StepsSentAheadTrainAsStepsWaitedFor(Device);

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

    /// <summary>
    /// The shapes of OtherShapesTests: what <c>verify</c> checks, with kernels that are compiled once.
    /// </summary>
    [Theory]
    [InlineData("64-10-10")]
    [InlineData("400-10-10")]
    [InlineData("784-10-26")]
    [InlineData("198-10-3")]
    [InlineData("3072-3-2")]
    public void ImagesOfAnyShapeAreProven(string network)
    {
        var shape = NetworkShape.Parse(network);
        var images = new RandomImages(shape, 12);
        using var engine = new GpuEngine(Device, shape);
        Assert.All(Verification.Run(engine, Initialization.Draw(shape, Start.Normal, 5), images.X, images.Labels, 0.1),
            result => Assert.True(result.Passed, $"{result}"));
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
    private protected override GpuDevice Device => devices.Cpu;
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclEngineTests(GpuDevices devices) : GpuEngineTests
{
    private protected override GpuDevice Device => devices.Pocl;
}
