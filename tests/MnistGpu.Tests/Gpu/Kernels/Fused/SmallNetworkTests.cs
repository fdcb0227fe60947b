using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Fused;

/// <summary>Thirty-two threads and tiles of four images: few enough for threads of the host.</summary>
internal readonly struct TinySize : ISmallNetworkSize
{
    public static int Threads => 32;

    public static int Images => 4;

    public static int Words => 32;

    public static int Hidden => 40;

    public static int Outputs => 33;
}

/// <summary>
/// <see cref="SmallNetworkGradients{TSize}"/> and <see cref="SumAndUpdate{TSize, TUpdate}"/> as the engine launches
/// them, against float64 within derived bounds.
/// </summary>
public abstract class SmallNetworkTests
{
    private protected abstract GpuDevice Device { get; }

    /// <summary>The step with at most so many slices, so that a group takes several tiles.</summary>
    private protected abstract SmallNetworkStep Step(NetworkShape shape, int mostSlices);

    private protected abstract bool InGroups { get; }

    protected void Check(string network, Activation activation, int m, int mostSlices)
    {
        var shape = NetworkShape.Parse(network).With(activation);
        var images = new RandomImages(shape, m);
        using var engine = Engine(shape, mostSlices);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        var state = engine.Save();
        var bounds = RoundingBounds.Create(state, images.X, images.Labels);
        int[] every = [.. Enumerable.Range(0, m)];
        var launches = Device.Launcher.Launches;
        var gradients = engine.ComputeGradients(every);
        Assert.Equal(2, Device.Launcher.Launches - launches);
        var again = engine.ComputeGradients(every);
        for (var l = 0; l < 2; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
            Assert.Equal(gradients.dW[l], again.dW[l]);
            Assert.Equal(gradients.db[l], again.db[l]);
        }

        engine.Step(new UpdateRule(0.1));
        Assert.Equal(6, Device.Launcher.Launches - launches);
        var totals = engine.ReadTotals();
        Assert.Equal(m, totals.Images);
        Assert.InRange(totals.Hits, bounds.Hits - bounds.HitsBound, bounds.Hits + bounds.HitsBound);
        Assert.Equal(bounds.MeanLoss, totals.MeanLoss, bounds.MeanLossBound);
        var after = engine.Save();
        for (var l = 0; l < 2; l++)
        {
            Agreement.Within($"W{l + 1}", Descended(state.W[l], gradients.dW[l]), after.W[l],
                Roundings(state.W[l], gradients.dW[l]));
            Agreement.Within($"b{l + 1}", Descended(state.b[l], gradients.db[l]), after.b[l],
                Roundings(state.b[l], gradients.db[l]));
        }
    }

    /// <summary>
    /// A batch in any order, images twice, labels smoothed: as the unfused kernels within their common bounds.
    /// </summary>
    protected void CheckBatch(string network)
    {
        var shape = NetworkShape.Parse(network);
        var images = new RandomImages(shape, 20);
        int[] batch = [19, 0, 7, 7, 3, 11];
        using var fused = Engine(shape, 2);
        using var unfused = new GpuEngine(Device, shape, fuse: false);
        var bounds = RoundingBounds.Create(
            Rounded(Initialization.Draw(shape, Start.Uniform, 3)),
            batch.SelectMany(j => images.X.Skip(j * shape.Inputs).Take(shape.Inputs)).ToArray(),
                [.. batch.Select(j => images.Labels[j])]);
        Gradients Of(GpuEngine engine)
        {
            engine.Regularization = new Regularization { LabelSmoothing = 0.1 };
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            engine.Step(batch, new UpdateRule(1e-30));
            return engine.ComputeGradients(batch);
        }

        var (one, other) = (Of(fused), Of(unfused));
        for (var l = 0; l < 2; l++)
        {
            // Each is within the bound, which smoothing changes by a rounding of dZ2's target: thrice covers both.
            Agreement.Within($"dW{l + 1}", other.dW[l], one.dW[l], [.. bounds.Bounds.dW[l].Select(b => 3 * b)]);
            Agreement.Within($"db{l + 1}", other.db[l], one.db[l], [.. bounds.Bounds.db[l].Select(b => 3 * b)]);
        }

        var loss = unfused.ReadTotals().MeanLoss;
        Assert.Equal(loss, fused.ReadTotals().MeanLoss, 3 * bounds.MeanLossBound + 1e-6 * loss);
    }

    private protected GpuEngine Engine(NetworkShape shape, int mostSlices)
    {
        var step = Step(shape, mostSlices);
        Assert.True(step.Fits(Device.Accelerator));
        return new GpuEngine(
            Device, shape, new WorkPlan(shape), ownsDevice: false,
                fusion: new MnistGpu.Gpu.Fusion(Device.Launcher, step, InGroups));
    }

    private static double[] Descended(double[] theta, double[] g) => [.. theta.Zip(g, (t, d) => t - (double)0.1f * d)];

    private static double[] Roundings(double[] theta, double[] g) =>
        [.. theta.Zip(g, (t, d) => RoundingBounds.u * 1.01 * (Math.Abs(t) + 0.3 * Math.Abs(d)))];

    private static NetworkState Rounded(NetworkState state)
    {
        foreach (var tensor in state.W.Concat(state.b))
        {
            for (var i = 0; i < tensor.Length; i++)
            {
                tensor[i] = (float)tensor[i];
            }
        }

        return state;
    }
}

[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorSmallNetworkTests(GpuDevices devices) : SmallNetworkTests
{
    private protected override GpuDevice Device => devices.Simulator(32);

    private protected override bool InGroups => false;

    [Theory]
    [InlineData("1-1-1", Activation.ReLU, 1, 264)]
    [InlineData("4-1-10", Activation.ReLU, 3, 264)]
    [InlineData("5-9-10", Activation.ReLU, 4, 264)]
    [InlineData("9-10-11", Activation.ReLU, 5, 264)]
    [InlineData("31-11-9", Activation.ScaledTanh, 9, 1)]
    [InlineData("31-11-9", Activation.LeakyReLU, 9, 1)]
    [InlineData("8-33-33", Activation.ReLU, 7, 1)]
    [InlineData("33-20-10", Activation.ReLU, 21, 2)]
    public void GradientsTotalsAndTheStepAreWithinTheirBounds(string network, Activation activation, int m,
        int mostSlices) =>
        Check(network, activation, m, mostSlices);

    [Fact]
    public void ABatchIsThatOfTheUnfusedKernels() => CheckBatch("11-9-10");

    private protected override SmallNetworkStep Step(NetworkShape shape, int mostSlices) =>
        new SmallNetworkStep<TinySize>(Device.Launcher, shape, mostSlices);
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclSmallNetworkTests(GpuDevices devices) : SmallNetworkTests
{
    private protected override GpuDevice Device => devices.Pocl;

    private protected override bool InGroups => true;

    [Theory]
    [InlineData("784-10-10", Activation.ReLU, 1, 264)]
    [InlineData("784-10-10", Activation.ReLU, 31, 264)]
    [InlineData("784-10-10", Activation.ScaledTanh, 33, 264)]
    [InlineData("784-10-10", Activation.ReLU, 32, 264)]
    [InlineData("784-10-10", Activation.ReLU, 300, 3)]
    [InlineData("1-1-1", Activation.ReLU, 1, 264)]
    [InlineData("33-9-10", Activation.ReLU, 65, 1)]
    [InlineData("783-10-9", Activation.ReLU, 65, 2)]
    [InlineData("10-1-2", Activation.ReLU, 20, 264)]
    [InlineData("784-20-10", Activation.ReLU, 15, 264)]
    [InlineData("784-11-10", Activation.ReLU, 17, 264)]
    [InlineData("784-17-10", Activation.ScaledTanh, 100, 3)]
    [InlineData("784-10-10", Activation.LeakyReLU, 33, 264)]
    [InlineData("784-17-10", Activation.LeakyReLU, 100, 3)]
    [InlineData("33-20-10", Activation.ReLU, 16, 1)]
    public void GradientsTotalsAndTheStepAreWithinTheirBounds(string network, Activation activation, int m,
        int mostSlices) =>
        Check(network, activation, m, mostSlices);

    [Theory]
    [InlineData("784-10-10")]
    [InlineData("11-19-10")]
    public void ABatchIsThatOfTheUnfusedKernels(string network) => CheckBatch(network);

    [Fact]
    public void SlicesDependOnTheImagesAlone()
    {
        var step = Step(NetworkShape.Parse("784-10-10"), 264);
        Assert.Equal([1, 1, 2, 4, 264, 133, 257], ((int[])[1, 32, 33, 128, 264 * 32, 264 * 32 + 1, 41_000])
            .Select(step.SliceCount));
    }

    private protected override SmallNetworkStep Step(NetworkShape shape, int mostSlices) => shape.Out(0) <= 10
        ? new SmallNetworkStep<TenHidden>(Device.Launcher, shape, mostSlices)
        : new SmallNetworkStep<TwentyHidden>(Device.Launcher, shape, mostSlices);
}
