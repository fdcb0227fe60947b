using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Reference;

namespace MnistGpu.Bench.Contract;

/// <summary>
/// What every engine owes the trainer, case by case: the tests run them on each engine, and `gpu` on the device that it
/// measures. Bounds are those of <see cref="RoundingBounds"/>, at the engine's own parameters.
/// </summary>
/// <param name="create">Makes an engine for a network.</param>
internal sealed partial class EngineCases(Func<NetworkShape, INetworkEngine> create)
{
    private static readonly UpdateRule Rule = new(0.1);

    /// <summary>
    /// Networks and image counts: 1 of everything, more inputs than images, around vector and tile widths.
    /// </summary>
    public static IEnumerable<object[]> Cases =>
    [
        ["1-1", 1], ["1-1-1", 1], ["7-3-5", 1], ["3-7-5", 5], ["15-16-17-3", 15], ["16-8-2", 16], ["17-33-10", 17],
        ["31-10-10", 33], ["64-64-10", 63], ["65-31-9-10", 64], ["5-1-1-4", 65], ["784-10-10", 40],
        ["784-32-16-10", 35],
    ];

    private INetworkEngine Create(NetworkShape shape) => create(shape);

    [CasesOf(nameof(Cases))]
    public void GradientsAreWithinTheirBounds(string network, int m)
    {
        using var run = new Run(this, network, m);
        AssertGradients(run, RoundingBounds.Create(run.Engine.Save(), run.X, run.Labels),
            run.Engine.ComputeGradients(run.All));
    }

    [Case]
    public void GradientsOfABatchCountRepeatsAndFollowTheIndices()
    {
        using var run = new Run(this, "20-6-10", 50);
        int[] batch = [49, 0, 7, 7, 7, 31];
        var (X, labels) = run.Pick(batch);
        AssertGradients(run, RoundingBounds.Create(run.Engine.Save(), X, labels), run.Engine.ComputeGradients(batch));
    }

    [CasesOf(nameof(Cases))]
    public void TenStepsAreEachWithinTheirBounds(string network, int m)
    {
        using var run = new Run(this, network, m);
        for (var step = 1; step <= 10; step++)
        {
            var before = run.Engine.Save();
            var bounds = RoundingBounds.Create(before, run.X, run.Labels);
            run.Engine.Step(Rule);
            AssertStep(before, bounds, run.Engine.Save());
            AssertTotals(bounds, m, run.Engine.ReadTotals());
        }

        Expect.Equal(10, run.Engine.Save().Step);
    }

    [Case("20-6-10", 50, 16)]
    [Case("784-10-10", 70, 33)]
    public void MinibatchesWithAShortLastOneAreEachWithinTheirBounds(string network, int m, int batchSize)
    {
        using var run = new Run(this, network, m);
        for (var first = 0; first < m; first += batchSize)
        {
            var batch = run.All[first..Math.Min(m, first + batchSize)];
            var (X, labels) = run.Pick(batch);
            var before = run.Engine.Save();
            var bounds = RoundingBounds.Create(before, X, labels);
            run.Engine.Step(batch, Rule);
            AssertStep(before, bounds, run.Engine.Save());
            AssertTotals(bounds, batch.Length, run.Engine.ReadTotals());
        }
    }

    [CasesOf(nameof(Cases))]
    public void PredictionsAreWithinTheirBounds(string network, int m)
    {
        using var run = new Run(this, network, m);
        var bounds = RoundingBounds.Create(run.Engine.Save(), run.X, run.Labels);
        var AL = new double[m * run.Engine.Shape.Outputs];
        run.Engine.Predict(run.X, AL);
        Agreement.Within("AL", bounds.AL, AL, bounds.ALBounds);
        AssertTotals(bounds, m, run.Engine.Evaluate(run.X, run.Labels));
    }

    [Case]
    public void TotalsAddUpOverStepsAndStartAgainWhenRead()
    {
        using var run = new Run(this, "20-6-10", 50);
        var expected = default(Totals);
        for (var step = 0; step < 3; step++)
        {
            var now = run.Engine.Evaluate(run.X, run.Labels);
            expected = new Totals(expected.Images + now.Images, expected.Loss + now.Loss, expected.Hits + now.Hits);
            run.Engine.Step(Rule);
            run.Engine.ComputeGradients(run.All);
        }

        var totals = run.Engine.ReadTotals();
        Expect.Equal((150, expected.Hits), (totals.Images, totals.Hits));
        Expect.Equal(expected.Loss, totals.Loss, Math.Abs(expected.Loss) * RoundingBounds.Gamma(150));
        Expect.Equal(default, run.Engine.ReadTotals());
    }

    [Case]
    public void TheSameRunGivesTheSameBits()
    {
        static NetworkState Train(Run run)
        {
            for (var step = 0; step < 3; step++)
            {
                run.Engine.Step(Rule);
                run.Engine.Step(run.All.AsSpan(5, 25), Rule);
            }

            return run.Engine.Save();
        }

        using var first = new Run(this, "65-31-9-10", 77);
        using var second = new Run(this, "65-31-9-10", 77);
        Agreement.SameBits(Train(first), Train(second));
        Expect.Equal(first.Engine.ReadTotals(), second.Engine.ReadTotals());
    }

    [Case]
    public void AStateLoadedIsTheStateSaved()
    {
        using var run = new Run(this, "20-6-10", 5);
        var state = run.Engine.Save();
        state.Step = 42;
        run.Engine.Load(state);
        var saved = run.Engine.Save();
        Agreement.SameBits(state, saved);
        Expect.Equal(42, saved.Step);
        saved.W[0][0] += 1;
        Expect.Equal(state.W[0][0], run.Engine.Save().W[0][0]);
    }

    [Case]
    public void AnotherTrainingSetReplacesTheFirst()
    {
        using var run = new Run(this, "20-6-10", 50);
        run.Engine.Step(Rule);
        var larger = new RandomImages(run.Engine.Shape, 90, seed: 8);
        run.Engine.Attach(larger.X, larger.Labels);
        run.Engine.ReadTotals();
        var before = run.Engine.Save();
        var bounds = RoundingBounds.Create(before, larger.X, larger.Labels);
        run.Engine.Step(Rule);
        AssertStep(before, bounds, run.Engine.Save());
        AssertTotals(bounds, 90, run.Engine.ReadTotals());
    }

    [Case]
    public void AProbabilityTooSmallForANumberStillHasItsLoss()
    {
        using var run = new Run(this, "1-2", 1);
        run.Engine.Load(new NetworkState(run.Engine.Shape) { b = { [0] = { [0] = 0, [1] = -500 } } });
        byte[] X = [0], labels = [1];
        Expect.Equal(500, run.Engine.Evaluate(X, labels).Loss, 1e-3);
    }

    [Case(double.NaN)]
    [Case(double.PositiveInfinity)]
    public void AParameterThatIsNoNumberShowsInTheLoss(double broken)
    {
        using var run = new Run(this, "20-6-10", 50);
        var state = run.Engine.Save();
        state.b[0][3] = broken;
        state.b[0][4] = -broken;
        run.Engine.Load(state);
        run.Engine.Step(Rule);
        Expect.False(double.IsFinite(run.Engine.ReadTotals().Loss));
    }

    [Case]
    public void WhatDoesNotFitIsRefused()
    {
        using var engine = Create(NetworkShape.Parse("4-3-2"));
        var X = new byte[8];
        byte[] labels = [0, 1];
        Expect.Throws<InvalidOperationException>(() => engine.Step(Rule));
        Expect.Throws<InvalidOperationException>(() => engine.Step([0], Rule));
        Expect.Throws<ArgumentException>(() => engine.Attach(Array.Empty<byte>(), Array.Empty<byte>()));
        Expect.Throws<ArgumentException>(() => engine.Attach(X, new byte[3]));
        Expect.Throws<ArgumentException>(() => engine.Attach(X.AsMemory(0, 7), labels));
        Expect.Throws<ArgumentException>(() => engine.Attach(X, new byte[] { 0, 2 }));
        engine.Attach(X, labels);
        Expect.Throws<ArgumentException>(() => engine.Step([], Rule));
        Expect.Throws<ArgumentException>(() => engine.Step([2], Rule));
        Expect.Throws<ArgumentException>(() => engine.ComputeGradients([-1]));
        Expect.Throws<ArgumentException>(() => engine.Predict(X, new double[3]));
        Expect.Throws<ArgumentException>(() => engine.Evaluate(X, [0]));
        Expect.Throws<ArgumentException>(() => engine.Load(new NetworkState(NetworkShape.Parse("4-2"))));
        engine.Step(Rule);
    }

    private static double Tolerance(INetworkEngine engine) => engine.IsDouble ? 1e-9 : 1e-4;

    private static void AssertGradients(Run run, RoundingBounds bounds, Gradients gradients)
    {
        for (var l = 0; l < run.Engine.Shape.Layers; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }
    }

    private static void AssertGradients(Gradients expected, Gradients actual, double tolerance)
    {
        for (var l = 0; l < expected.Shape.Layers; l++)
        {
            Agreement.Relative($"dW{l + 1}", expected.dW[l], actual.dW[l], tolerance);
            Agreement.Relative($"db{l + 1}", expected.db[l], actual.db[l], tolerance);
        }
    }

    private static void AssertStep(NetworkState before, RoundingBounds bounds, NetworkState after)
    {
        for (var l = 0; l < before.Shape.Layers; l++)
        {
            Check($"W{l + 1}", before.W[l], bounds.Gradients.dW[l], bounds.Bounds.dW[l], after.W[l]);
            Check($"b{l + 1}", before.b[l], bounds.Gradients.db[l], bounds.Bounds.db[l], after.b[l]);
        }

        static void Check(string name, double[] before, double[] gradient, double[] bound, double[] after)
        {
            var expected = before.ToArray();
            Equations.Update(expected, gradient, Rule.Alpha);
            var bounds = expected.Select((value, i) =>
                RoundingBounds.UpdateBound(value, gradient[i], bound[i], Rule.Alpha)).ToArray();
            Agreement.Within(name, expected, after, bounds);
        }
    }

    private static void AssertTotals(RoundingBounds bounds, int m, Totals totals)
    {
        Expect.Equal(m, totals.Images);
        Expect.Equal(bounds.MeanLoss, totals.MeanLoss, bounds.MeanLossBound);
        Expect.InRange(totals.Hits, bounds.Hits - bounds.HitsBound, bounds.Hits + bounds.HitsBound);
    }

    /// <summary>An engine with a start loaded and random images attached.</summary>
    private sealed class Run : IDisposable
    {
        private readonly RandomImages images;

        public Run(EngineCases contract, string network, int m, Activation activation = Activation.ReLU)
        {
            var shape = NetworkShape.Parse(network).With(activation);
            images = new RandomImages(shape, m);
            Engine = contract.Create(shape);
            Engine.Load(Initialization.Draw(shape, Start.Uniform, seed: 3));
            Engine.Attach(images.X, images.Labels);
            All = [.. Enumerable.Range(0, m)];
        }

        public INetworkEngine Engine { get; }

        public byte[] X => images.X;

        public byte[] Labels => images.Labels;

        public int[] All { get; }

        public (byte[] X, byte[] Labels) Pick(int[] batch) =>
            ([.. batch.SelectMany(j => X.AsSpan(j * Engine.Shape.Inputs, Engine.Shape.Inputs).ToArray())],
                [.. batch.Select(j => Labels[j])]);

        /// <summary>The reference with the engine's state and images.</summary>
        public ReferenceEngine Reference()
        {
            var reference = new ReferenceEngine(Engine.Shape);
            reference.Load(Engine.Save());
            reference.Attach(X, Labels);
            return reference;
        }

        public double[] Answers()
        {
            var AL = new double[Labels.Length * Engine.Shape.Outputs];
            Engine.Predict(X, AL);
            return AL;
        }

        public void Dispose() => Engine.Dispose();
    }
}
