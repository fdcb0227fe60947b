using System.Globalization;
using System.Text.RegularExpressions;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Devices;

/// <summary>
/// Jobs with less memory than they need: on ILGPU's CPU accelerator layer by layer, on PoCL by the one launch of small
/// networks too.
/// </summary>
[Collection(GpuDevices.PoclCollection)]
public sealed partial class DeviceMemoryTests
{
    private const int Images = 300;

    private static readonly NetworkShape Shape = NetworkShape.Parse("20-7-10");

    [Fact]
    public void WhatIsGivenBackIsFreeAgain()
    {
        using var device = Open(1000);
        Assert.Equal((0, 1000), (device.Memory.Allocated, device.Memory.Free));
        using (device.Allocate<float>(200))
        {
            Assert.Equal((800, 200), (device.Memory.Allocated, device.Memory.Free));
            var error = Assert.Throws<UserErrorException>(() => device.Allocate<byte>(201));
            foreach (var part in (string[])["no room", "0 kB more", "0 kB free", "cpu", "TrainingOptions.Limit"])
            {
                Assert.Contains(part, error.Message, StringComparison.Ordinal);
            }
        }

        using var all = device.Allocate<byte>(1000);
    }

    /// <summary>
    /// The batch that the message names trains and evaluates in exactly this memory, one image more does not.
    /// </summary>
    [Theory]
    [InlineData(64_000, false, Optimizer.GradientDescent)]
    [InlineData(66_800, false, Optimizer.Adam)]
    [InlineData(75_400, true, Optimizer.Adam)]
    public void TheBatchThatIsAdvisedFitsAndOneMoreDoesNot(long limit, bool bend, Optimizer optimizer)
    {
        var rule = new UpdateRule(0.01, optimizer)
        {
            Averaging = optimizer == Optimizer.Adam
            ? 0.5 : 0,
            ClipNorm = optimizer == Optimizer.Adam ? 1 : 0
        };
        var shape = bend ? NetworkShape.Parse("16-7-10") : Shape;
        var error = Assert.Throws<UserErrorException>(() => Train(shape, limit, Images, rule, bend));
        var advised = int.Parse(Advice().Match(error.Message).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(advised, 10, Images - 1);
        Train(shape, limit, advised, rule, bend);
        Assert.Throws<UserErrorException>(() => Train(shape, limit, advised + 1, rule, bend));
    }

    /// <summary>
    /// The same where the passes are one launch, whose slices of gradients are what grows with the batch.
    /// </summary>
    [Theory]
    [InlineData(63_000)]
    [InlineData(66_000)]
    public void TheBatchThatIsAdvisedToASmallNetworkFitsAndOneMoreDoesNot(long limit)
    {
        var info = GpuDevices.FindPocl();
        Assert.SkipUnless(info is not null, "needs Debian's pocl-opencl-icd");
        var rule = new UpdateRule(0.1);
        var error = Assert.Throws<UserErrorException>(() => Train(Shape, limit, Images, rule, bend: false, info));
        var advised = int.Parse(Advice().Match(error.Message).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(advised, 10, Images - 1);
        Train(Shape, limit, advised, rule, bend: false, info);
        Assert.Throws<UserErrorException>(() => Train(Shape, limit, advised + 1, rule, bend: false, info));
    }

    [Fact]
    public void ATooLargeTrainingSetIsToldHowManyImagesFit()
    {
        var error = Assert.Throws<UserErrorException>(() => Train(Shape, 56_700, 1, new UpdateRule(0.1), bend: false));
        var fits = int.Parse(Limit().Match(error.Message).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(fits, 90, 110);
    }

    [Fact]
    public void ATooLargeNetworkIsRefused()
    {
        var error = Assert.Throws<UserErrorException>(() => Train(Shape, 1000, 1, new UpdateRule(0.1), bend: false));
        Assert.Contains("to do", error.Message, StringComparison.Ordinal);
    }

    /// <summary>227 parameters, twice, and two totals of 16 bytes: each but the first is refused once.</summary>
    [Theory]
    [InlineData(1000)]
    [InlineData(1820)]
    [InlineData(1840)]
    public void AnEngineThatDoesNotFitLeavesNothingBehind(long limit)
    {
        using var device = Open(limit);
        Assert.Throws<UserErrorException>(() => new GpuEngine(device, Shape));
        Assert.Equal(0, device.Memory.Allocated);
    }

    [Fact]
    public void ARefusedTrainingSetIsNotAttached()
    {
        using var device = Open(60_000);
        using var engine = new GpuEngine(device, Shape, new WorkPlan(Shape, 64), ownsDevice: false);
        engine.Load(Initialization.Draw(Shape, Start.Uniform, 3));
        var (some, tooMany) = (new RandomImages(Shape, 10), new RandomImages(Shape, 4000));
        engine.Attach(some.X, some.Labels);
        Assert.Throws<UserErrorException>(() => engine.Attach(tooMany.X, tooMany.Labels));
        Assert.Throws<InvalidOperationException>(() => engine.Step(new UpdateRule(0.1)));
        engine.Attach(some.X, some.Labels);
        engine.Step(new UpdateRule(0.1));
    }

    private static GpuDevice Open(long bytes) => new(AcceleratorCatalog.Cpu(), profile: false, bytes);

    private static void Train(NetworkShape shape, long bytes, int batch, UpdateRule rule, bool bend,
        AcceleratorInfo? info = null)
    {
        var images = new RandomImages(shape, Images);
        using var device = info is null ? Open(bytes) : new GpuDevice(info, profile: false, bytes);
        using var engine = new GpuEngine(device, shape, new WorkPlan(shape, 64 + Images), ownsDevice: false);
        engine.Regularization = new() { Deformation = bend ? new() { Rotation = 10, ElasticAlpha = 4 } : null };
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        if (batch == Images)
        {
            engine.Step(rule);
        }
        else
        {
            engine.SetOrder([.. Enumerable.Range(0, Images)]);
            engine.Step(0, batch, rule);
            engine.Step(0, batch, rule);
        }

        // As many as an evaluation takes at once.
        var many = new RandomImages(shape, 64 + Images);
        engine.Evaluate(many.X, many.Labels);
    }

    [GeneratedRegex(@"TrainingOptions\.Batch = (\d+)")]
    private static partial Regex Advice();

    [GeneratedRegex(@"at most (\d+) \(TrainingOptions\.Limit\)")]
    private static partial Regex Limit();
}
