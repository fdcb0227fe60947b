using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Tests.Gpu;

public abstract partial class GpuEngineTests
{
    private static readonly Regularization Everything = new()
    {
        Dropout = new Dropout(0.5),
        LabelSmoothing = 0.1,
        Seed = 1UL << 33 | 9
    };

    private static readonly UpdateRule EveryRule = new(0.01, Optimizer.AdamW)
    {
        WeightDecay = 0.01,
        ClipNorm = 0.2,
        Averaging = 0.99
    };

    public static TheoryData<Activation> EveryActivation => [.. Enum.GetValues<Activation>()];

    [Theory]
    [InlineData(1e-3, 0)]
    [InlineData(0.05, 0.01)]
    [InlineData(100, 0)]
    public void AStepClipsTheGradientsBeforeTheyDecay(double c, double lambda)
    {
        var shape = NetworkShape.Parse("20-17-10");
        var images = new RandomImages(shape, 50);
        using var engine = Engine(shape, images, Regularization.None);
        var before = engine.Save();
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, 50)]);
        var norm = Math.Sqrt(gradients.dW.Concat(gradients.db).Sum(tensor => tensor.Sum(g => g * g)));
        var factor = Math.Min(1, c / norm);
        engine.Step(new UpdateRule(0.1) { ClipNorm = c, WeightDecay = lambda });
        var after = engine.Save();
        for (var l = 0; l < shape.Layers; l++)
        {
            foreach (var (theta, g, next) in (ReadOnlySpan<(double[], double[], double[])>)[(before.W[l],
                gradients.dW[l], after.W[l]), (before.b[l], gradients.db[l], after.b[l])])
            {
                // √P terms in each part of the norm and √P parts, halved by the root; then a few roundings of each
                // factor.
                var bound = RoundingBounds.Gamma(23 + 8);
                double[] change = [.. theta.Select((t, p) => 0.1 * (factor * g[p] + lambda * t))];
                Agreement.Within("θ", [.. theta.Select((t, p) => t - change[p])], next,
                    [.. theta.Select((t, p) => RoundingBounds.u * Math.Abs(t) * 1.01
                        + bound * 0.1 * (factor * Math.Abs(g[p]) + lambda * Math.Abs(t)) + 1e-30)]);
            }
        }
    }

    [Fact]
    public void TheAverageBeginsAsTheParametersMovesAndAnswers()
    {
        var shape = NetworkShape.Parse("20-17-10");
        var images = new RandomImages(shape, 50);
        using var engine = Engine(shape, images, Regularization.None);
        engine.Step(Rule);
        Assert.Null(engine.Save().Average);
        var rule = Rule with { Averaging = 0.3 };
        engine.Step(rule);
        var last = engine.Save();
        Agreement.SameBits(ParametersOf(last), last.Average!);
        for (long t = 2; t < 8; t++)
        {
            engine.Step(rule);
            var state = engine.Save();
            var d = rule.AveragingAt(t);
            Assert.Equal(Math.Min(0.3, (1.0 + t) / (10 + t)), d);
            for (var l = 0; l < shape.Layers; l++)
            {
                Agreement.Within("θ̄", [.. last.Average!.W[l].Select((a, p) => d * a + (1 - d) * state.W[l][p])],
                    state.Average!.W[l],
                    [.. state.W[l].Select((w, p) => RoundingBounds.Gamma(5) * (Math.Abs(w)
                        + Math.Abs(last.Average.W[l][p])))]);
                Agreement.Within("θ̄", [.. last.Average.b[l].Select((a, p) => d * a + (1 - d) * state.b[l][p])],
                    state.Average.b[l],
                    [.. state.b[l].Select((b, p) => RoundingBounds.Gamma(5) * (Math.Abs(b)
                        + Math.Abs(last.Average.b[l][p])))]);
            }

            last = state;
        }

        using var average = new GpuEngine(Device, shape);
        average.Load(last.Average!);
        AssertSameAnswers(average, engine, images);

        // The next average begins anew.
        engine.Step(Rule);
        Assert.Null(engine.Save().Average);
        using var plain = new GpuEngine(Device, shape);
        plain.Load(engine.Save());
        AssertSameAnswers(plain, engine, images);
        engine.Step(rule);
        Agreement.SameBits(ParametersOf(engine.Save()), engine.Save().Average!);
    }

    [Theory]
    [MemberData(nameof(EveryActivation))]
    public void ALoadedStateGoesOnToTheSameBits(Activation activation)
    {
        var shape = NetworkShape.Parse("20-17-9-10").With(activation);
        var images = new RandomImages(shape, 50);
        void Train(GpuEngine engine, int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                engine.Step([step % 50, (7 * step + 3) % 50, (3 * step + 1) % 50], EveryRule.Scaled(1.0 / (1 + step)),
                    (uint)step / 5);
            }
        }

        using var one = Engine(shape, images, Everything);
        Train(one, 0, 20);
        using var first = Engine(shape, images, Everything);
        Train(first, 0, 8);
        using var second = Engine(shape, images, Everything);
        second.Load(first.Save());
        Train(second, 8, 20);
        var (expected, actual) = (one.Save(), second.Save());
        Agreement.SameBits(expected, actual);
        Agreement.SameBits(expected.Average!, actual.Average!);
        Assert.Equal(20, actual.Step);
        AssertSameAnswers(one, second, images);

        // A state without an average takes none over.
        second.Load(Initialization.Draw(shape, Start.Uniform, 3));
        Assert.Null(second.Save().Average);
    }

    [Theory]
    [InlineData(false, 18 + 5)]
    [InlineData(true, 10 + 6)]
    public void EverythingTogetherIsAFewMoreLaunches(bool fuse, int launches)
    {
        // The output layer is one launch in groups, and so are the row sums.
        launches -= fuse && !Device.Info.IsHostSimulation ? 4 : 0;
        var shape = NetworkShape.Parse("20-17-10");
        var images = new RandomImages(shape, 50);
        using var engine = Engine(shape, images, Everything, fuse);
        engine.Step([3, 4], EveryRule);
        // One for dropout, which ReLU's derivative sees in A; three for clipping, which keeps fused sums from the
        // update; one for the average.
        Assert.Equal(launches, Launches(() => engine.Step([3, 4], EveryRule)));
        using var tanh = Engine(shape.With(Activation.ScaledTanh), images, Everything, fuse);
        tanh.Step([3, 4], EveryRule);
        Assert.Equal(launches + 1, Launches(() => tanh.Step([3, 4], EveryRule)));
    }

    private GpuEngine Engine(NetworkShape shape, RandomImages images, Regularization regularization, bool fuse = true)
    {
        var engine = new GpuEngine(Device, shape, fuse: fuse) { Regularization = regularization };
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        return engine;
    }

    private static void AssertSameAnswers(GpuEngine expected, GpuEngine actual, RandomImages images)
    {
        double[] one = new double[images.Labels.Length * 10], other = new double[one.Length];
        expected.Predict(images.X, one);
        actual.Predict(images.X, other);
        Assert.Equal(one, other);
        Assert.Equal(expected.Evaluate(images.X, images.Labels), actual.Evaluate(images.X, images.Labels));
    }

    private static NetworkState ParametersOf(NetworkState state)
    {
        var copy = state.Clone();
        copy.Moments = null;
        copy.Average = null;
        return copy;
    }
}
