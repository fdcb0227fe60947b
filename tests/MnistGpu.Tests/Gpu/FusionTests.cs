using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Tests.Gpu;

public abstract partial class GpuEngineTests
{
    public static TheoryData<string, int, Optimizer> FusedSteps
    {
        get
        {
            var data = new TheoryData<string, int, Optimizer>();
            foreach (var optimizer in Enum.GetValues<Optimizer>())
            {
                data.Add("20-7-10", 50, optimizer);
                data.Add("5-33-9-10", 1, optimizer);
            }

            data.Add("1-1-2", 3, Optimizer.GradientDescent);
            data.Add("33-11-10", 33, Optimizer.GradientDescent);
            data.Add("33-11", 31, Optimizer.Momentum);
            return data;
        }
    }

    /// <summary>One step from the same parameters, fused and not, of every optimizer, with weight decay.</summary>
    [Theory]
    [MemberData(nameof(FusedSteps))]
    public void AFusedStepIsTheUnfusedStep(string network, int m, Optimizer optimizer)
    {
        const double Alpha = 0.01;
        var shape = NetworkShape.Parse(network);
        var images = new RandomImages(shape, m);
        var rule = new UpdateRule(Alpha, optimizer) { WeightDecay = 0.01 };
        (NetworkState After, Totals Totals) Step(bool fuse)
        {
            using var engine = new GpuEngine(Device, shape, fuse: fuse);
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            engine.Step(rule);
            return (engine.Save(), engine.ReadTotals());
        }

        using var start = new GpuEngine(Device, shape);
        start.Load(Initialization.Draw(shape, Start.Uniform, 3));
        var before = start.Save();
        var bounds = RoundingBounds.Create(before, images.X, images.Labels);
        var (fused, unfused) = (Step(true), Step(false));
        Assert.Equal(unfused.Totals.MeanLoss, fused.Totals.MeanLoss, 2 * bounds.MeanLossBound);
        Assert.InRange(fused.Totals.Hits, unfused.Totals.Hits - 2 * bounds.HitsBound, unfused.Totals.Hits
            + 2 * bounds.HitsBound);
        Agreement.SameBits(fused.After, Step(true).After);
        for (var l = 0; l < shape.Layers; l++)
        {
            foreach (var (theta, g, bound, one,
                other) in (ReadOnlySpan<(double[], double[], double[], double[], double[])>)[
                (before.W[l], bounds.Gradients.dW[l], bounds.Bounds.dW[l], fused.After.W[l], unfused.After.W[l]),
                (before.b[l], bounds.Gradients.db[l], bounds.Bounds.db[l], fused.After.b[l], unfused.After.b[l])])
            {
                Agreement.Within($"layer {l + 1}", other, one,
                    [.. theta.Select((t, p) => Apart(rule, t, g[p], bound[p]))]);
            }
        }
    }

    [Fact]
    public void FusedStepsTakeFewerLaunches()
    {
        var isGroups = !Device.Info.IsHostSimulation;
        // Two products, the output layer, the tally; two sums and two products for dW and db, one for dZ1; the sums and
        // the update.
        Assert.Equal(isGroups ? 2 : 10, LaunchesOfAStep("784-10-10", new UpdateRule(0.1)));
        Assert.Equal(isGroups ? 2 : 10, LaunchesOfAStep("784-10-10",
            new UpdateRule(0.1, Optimizer.AdamW) { WeightDecay = 0.1 }));
        // The norm takes three launches and separates the sums from the update; the average takes another.
        Assert.Equal(isGroups ? 7 : 15, LaunchesOfAStep("784-10-10",
            new UpdateRule(0.1) { ClipNorm = 1, Averaging = 0.9 }));
        // In groups: two products, the output layer with them and its dZ2; three products for dW, one for dZ1, all row
        // sums in two; the update.
        Assert.Equal(isGroups ? 10 : 14, LaunchesOfAStep("20-7-9-10", new UpdateRule(0.1)));
        Assert.Equal(18, LaunchesOfAStep("784-10-10", new UpdateRule(0.1), fuse: false));
    }

    [Theory]
    [InlineData("784-10-10", true)]
    [InlineData("784-20-10", true)]
    [InlineData("1-1-1", true)]
    [InlineData("785-10-10", false)]
    [InlineData("784-21-10", false)]
    [InlineData("784-10-11", false)]
    [InlineData("784-10", false)]
    [InlineData("784-10-10-10", false)]
    public void OnlySmallNetworksTakeOneLaunchForBothPasses(string network, bool isSmall)
    {
        var fusion = MnistGpu.Gpu.Fusion.Choose(Device, NetworkShape.Parse(network), isWanted: true)!;
        Assert.Equal(isSmall && !Device.Info.IsHostSimulation, fusion.FusedPasses is not null);
        Assert.Null(MnistGpu.Gpu.Fusion.Choose(Device, NetworkShape.Parse(network), isWanted: false));
    }

    /// <summary>
    /// What is simple enough is done in the fused kernels, the rest beside them; the result is the same.
    /// </summary>
    [Fact]
    public void RegularizedFusedGradientsAreTheUnfusedOnes()
    {
        foreach (var activation in Enum.GetValues<Activation>())
        {
            var shape = NetworkShape.Parse("25-17-10").With(activation);
            var images = new RandomImages(shape, 40);
            foreach (var regularization in (Regularization[])[
                new() { LabelSmoothing = 0.1 }, new() { Dropout = new Dropout(0.4), Seed = 3 },
                    new() { Deformation = Bent.Affine, Seed = 3 }])
            {
                Gradients Of(bool fuse)
                {
                    using var engine = new GpuEngine(Device, shape, fuse: fuse) { Regularization = regularization };
                    engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
                    engine.Attach(images.X, images.Labels);
                    return engine.ComputeGradients([.. Enumerable.Range(5, 30)], epoch: 2);
                }

                var (fused, unfused) = (Of(true), Of(false));
                for (var l = 0; l < 2; l++)
                {
                    // No sum has more than 30 terms: γ is 2·10⁻⁶.
                    Agreement.Relative($"dW{l + 1}", unfused.dW[l], fused.dW[l], 1e-5);
                    Agreement.Relative($"db{l + 1}", unfused.db[l], fused.db[l], 1e-5);
                }
            }
        }
    }

    // How far two steps may be apart whose gradients are each within the bound of g.
    private static double Apart(UpdateRule rule, double theta, double g, double bound)
    {
        double alpha = rule.Alpha, rounding = 8 * RoundingBounds.u * (Math.Abs(theta) + alpha * (1 + Math.Abs(g)));
        if (rule.Optimizer is Optimizer.GradientDescent or Optimizer.Momentum)
        {
            return alpha * 2 * bound + rounding;
        }

        if (rule.Optimizer == Optimizer.Nesterov)
        {
            // The first step is α·(1 + β₁)·g.
            return (1 + rule.Beta1) * (alpha * 2 * bound + rounding);
        }

        if (rule.Optimizer == Optimizer.RMSprop)
        {
            // α·g/(√(1−β₂)·|g| + ε): Adam's first step, 1/√(1−β₂) times as long.
            alpha /= Math.Sqrt(1 - rule.Beta2);
        }

        // Adam's first step is α·g/(|g| + ε): its sign alone where g is far from 0, anything up to α where it is
        // near.
        var decayed = Math.Abs(rule.Optimizer == Optimizer.AdamW ? g : g + rule.WeightDecay * theta);
        return decayed <= 4 * bound + 1e-7
            ? 2.01 * alpha + rounding : alpha * 4 * (2 * bound + RoundingBounds.u) / (decayed - 2 * bound) + rounding
            + 16 * RoundingBounds.u * alpha;
    }

    private long LaunchesOfAStep(string network, UpdateRule rule, bool fuse = true)
    {
        var shape = NetworkShape.Parse(network);
        var images = new RandomImages(shape, 2);
        using var engine = new GpuEngine(Device, shape, fuse: fuse);
        engine.Attach(images.X, images.Labels);
        engine.Step(rule);
        return Launches(() => engine.Step(rule));
    }
}
