using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Reference;

namespace MnistGpu.Bench.Contract;

/// <summary>What steps owe the trainer: optimizers, clipping, averages, and going on after a stop.</summary>
internal sealed partial class EngineCases
{
    public static IEnumerable<object[]> Rules => ((UpdateRule[])
    [
        .. Enum.GetValues<Optimizer>().Select(optimizer => new UpdateRule(RateOf(optimizer), optimizer)),
        new UpdateRule(0.1) { WeightDecay = 0.01 },
        new UpdateRule(0.05, Optimizer.Momentum) { WeightDecay = 0.01, Beta1 = 0.5 },
        new UpdateRule(0.05, Optimizer.Nesterov) { WeightDecay = 0.01, Beta1 = 0.5 },
        new UpdateRule(1e-3, Optimizer.RMSprop) { WeightDecay = 0.01, Beta2 = 0.9, Epsilon = 1e-4 },
        new UpdateRule(1e-2, Optimizer.Adam) { WeightDecay = 0.01 },
        new UpdateRule(1e-2, Optimizer.AdamW) { WeightDecay = 0.05, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-4 },
    ]).Select(rule => new object[] { rule });

    /// <summary>Each optimizer after each: it goes on with moments of its kind and begins others at zero.</summary>
    [Case]
    public void MomentsOfAnotherKindBeginAtZero()
    {
        foreach (var first in Enum.GetValues<Optimizer>())
        {
            foreach (var second in Enum.GetValues<Optimizer>())
            {
                using var run = new Run(this, "9-5-4", 7);
                using var reference = run.Reference();
                run.Engine.Step(new UpdateRule(RateOf(first), first));
                var loaded = run.Engine.Save();
                loaded.Moments = first.Moments() == second.Moments() ? loaded.Moments : null;
                reference.Load(loaded);
                run.Engine.Step(new UpdateRule(RateOf(second), second));
                reference.Step(new UpdateRule(RateOf(second), second));
                var (expected, actual) = (reference.Save(), run.Engine.Save());
                Agreement.Relative(expected, actual, Tolerance(run.Engine));
                Expect.Equal(second.Moments(), actual.Moments?.Kind ?? MomentKind.None);
                Expect.Equal(expected.Moments?.Steps, actual.Moments?.Steps);
            }
        }
    }

    [Case]
    public void AnUnknownOptimizerIsRefusedBeforeTheParametersChange()
    {
        using var run = new Run(this, "20-6-10", 5);
        var before = run.Engine.Save();
        Expect.ThrowsAny<ArgumentException>(() => run.Engine.Step(new UpdateRule(0.1, (Optimizer)99)));
        Agreement.SameBits(before, run.Engine.Save());
    }

    [Case]
    public void AnUnknownActivationIsRefused() => Expect.ThrowsAny<ArgumentException>(() =>
    {
        using var run = new Run(this, "20-6-10", 5, (Activation)99);
        run.Engine.Step(Rule);
    });

    /// <summary>A decay so small that 1 − α·λ is 1 as a float must still act.</summary>
    [Case]
    public void ATinyDecayAddsUp()
    {
        using var run = new Run(this, "1-1", 1);
        run.Engine.Load(new NetworkState(run.Engine.Shape) { W = { [0] = { [0] = 1e-3 } } });
        // One output: its softmax is 1, its gradient 0, so decay is all that happens.
        var rule = new UpdateRule(1e-4, Optimizer.AdamW) { WeightDecay = 1e-4 };
        for (var step = 0; step < 50; step++)
        {
            run.Engine.Step(rule);
        }

        var expected = 1e-3 * Math.Pow(1 - 1e-8, 50);
        var steps = run.Engine.IsDouble ? 0 : 50 * RoundingBounds.u * 1e-3;
        Expect.Equal(expected, run.Engine.Save().W[0][0], steps + 1e-12);
    }

    /// <summary>
    /// Five steps with every optimizer, in float32 as the float64 reference takes them from the same start.
    /// </summary>
    [CasesOf(nameof(Rules))]
    public void EveryOptimizerFollowsTheReference(UpdateRule rule)
    {
        using var run = new Run(this, "65-31-9-10", 77);
        using var reference = new ReferenceEngine(run.Engine.Shape) { Regularization = new() { LabelSmoothing = 0.1 } };
        run.Engine.Regularization = new() { LabelSmoothing = 0.1 };
        reference.Load(run.Engine.Save());
        reference.Attach(run.X, run.Labels);
        for (var step = 0; step < 5; step++)
        {
            run.Engine.Step(rule);
            run.Engine.Step(run.All.AsSpan(5, 30), rule);
            reference.Step(rule);
            reference.Step(run.All.AsSpan(5, 30), rule);
        }

        Agreement.Relative(reference.Save(), run.Engine.Save(), Tolerance(run.Engine));
        var (expected, actual) = (reference.ReadTotals(), run.Engine.ReadTotals());
        Expect.Equal(expected.Loss, actual.Loss, Math.Abs(expected.Loss) * Tolerance(run.Engine));
    }

    [CasesOf(nameof(Rules))]
    public void AStateLoadedElsewhereGoesOnToTheSameBits(UpdateRule rule)
    {
        using var whole = new Run(this, "20-6-10", 50);
        using var rest = new Run(this, "20-6-10", 50);
        for (var step = 0; step < 3; step++)
        {
            whole.Engine.Step(rule);
        }

        rest.Engine.Load(whole.Engine.Save());
        for (var step = 0; step < 2; step++)
        {
            whole.Engine.Step(rule);
            rest.Engine.Step(rule);
        }

        Agreement.SameBits(whole.Engine.Save(), rest.Engine.Save());
    }

    /// <summary>
    /// The average is that of the reference, begins as the parameters after the first step that asks for it, and ends
    /// with the first that does not.
    /// </summary>
    [Case]
    public void TheAverageFollowsTheReference()
    {
        using var run = new Run(this, "65-31-9-10", 77);
        using var reference = run.Reference();
        var rule = new UpdateRule(0.1) { Averaging = 0.9 };
        foreach (var engine in (INetworkEngine[])[run.Engine, reference])
        {
            engine.Step(Rule);
            Expect.Null(engine.Save().Average);
            engine.Step(rule);
            var first = engine.Save();
            for (var l = 0; l < first.Shape.Layers; l++)
            {
                Expect.Equal(first.W[l], first.Average!.W[l]);
                Expect.Equal(first.b[l], first.Average.b[l]);
            }

            for (var step = 0; step < 12; step++)
            {
                engine.Step(run.All.AsSpan(step, 30), rule);
            }
        }

        var actual = run.Engine.Save();
        Agreement.Relative(reference.Save().Average!, actual.Average!, Tolerance(run.Engine));
        Expect.NotEqual(actual.W[0], actual.Average!.W[0]);
        run.Engine.Step(Rule);
        Expect.Null(run.Engine.Save().Average);
        run.Engine.Step(rule);
        Expect.Equal(run.Engine.Save().W[0], run.Engine.Save().Average!.W[0]);
    }

    [Case]
    public void AnAverageOfAnotherNetworkIsRefused()
    {
        using var run = new Run(this, "4-2", 1);
        var state = new NetworkState(run.Engine.Shape) { Average = new NetworkState(NetworkShape.Parse("4-3-2")) };
        Expect.Throws<ArgumentException>(() => run.Engine.Load(state));
    }

    /// <summary>
    /// A constant stays its own average however many steps are averaged: the shares must add up to 1.
    /// </summary>
    [Case]
    public void TheAverageOfWhatDoesNotChangeIsThat()
    {
        using var run = new Run(this, "1-1", 1);
        // One output: its softmax is 1 and its gradient 0.
        run.Engine.Load(new NetworkState(run.Engine.Shape) { Step = 100_000, W = { [0] = { [0] = 0.7f } } });
        for (var step = 0; step < 500; step++)
        {
            run.Engine.Step(Rule with { Averaging = 0.999 });
        }

        Expect.Equal(0.7f, run.Engine.Save().Average!.W[0][0], RoundingBounds.u);
    }

    [Case]
    public void TheAverageAnswers()
    {
        using var run = new Run(this, "20-6-10", 50);
        for (var step = 0; step < 5; step++)
        {
            run.Engine.Step(Rule with { Averaging = 0.9 });
        }

        using var average = new Run(this, "20-6-10", 50);
        average.Engine.Load(run.Engine.Save().Average!);
        Expect.Equal(average.Engine.Evaluate(run.X, run.Labels), run.Engine.Evaluate(run.X, run.Labels));
        Expect.Equal(average.Answers(), run.Answers());
        var averaged = run.Answers();
        run.Engine.Step(Rule);
        Expect.NotEqual(averaged, run.Answers());
    }

    [Case(1e-3)]
    [Case(0.5)]
    [Case(1e6)]
    public void ClippedGradientsFollowTheReference(double c)
    {
        using var run = new Run(this, "65-31-9-10", 77);
        using var reference = run.Reference();
        UpdateRule[] rules = [new(0.1) { ClipNorm = c },
            new(1e-2, Optimizer.Momentum) { ClipNorm = c, WeightDecay = 0.01 },
            new(1e-2, Optimizer.AdamW) { ClipNorm = c, WeightDecay = 0.05, Averaging = 0.5 }];
        foreach (var rule in rules)
        {
            foreach (var engine in (INetworkEngine[])[run.Engine, reference])
            {
                engine.Step(rule);
                engine.Step(run.All.AsSpan(5, 30), rule);
            }
        }

        Agreement.Relative(reference.Save(), run.Engine.Save(), Tolerance(run.Engine));
        Agreement.Relative(reference.Save().Average!, run.Engine.Save().Average!, Tolerance(run.Engine));
        Expect.Equal(reference.ReadTotals().Loss, run.Engine.ReadTotals().Loss, 1e-2 * Tolerance(run.Engine) * 107 * 6);
    }

    /// <summary>The step of clipped gradient descent is as long as the rule says.</summary>
    [Case]
    public void AClippedStepHasTheGivenNorm()
    {
        using var run = new Run(this, "784-32-16-10", 35);
        var before = run.Engine.Save();
        run.Engine.Step(new UpdateRule(1) { ClipNorm = 0.25 });
        var after = run.Engine.Save();
        var squares = 0.0;
        for (var l = 0; l < before.Shape.Layers; l++)
        {
            squares += before.W[l].Zip(after.W[l], (x, y) => (x - y) * (x - y)).Sum() + before.b[l]
                .Zip(after.b[l], (x, y) => (x - y) * (x - y)).Sum();
        }

        Expect.Equal(0.25, Math.Sqrt(squares), run.Engine.IsDouble ? 1e-12 : 1e-5);
    }

    public static IEnumerable<object[]> EveryActivation =>
        Enum.GetValues<Activation>().Select(activation => new object[] { activation });

    /// <summary>
    /// Everything that a step can depend on at once: stopped, saved and loaded elsewhere, the rest is the same to the
    /// bit.
    /// </summary>
    [CasesOf(nameof(EveryActivation))]
    public void ARunResumedElsewhereGivesTheSameBits(Activation activation)
    {
        using var whole = new Run(this, "65-31-9-10", 77, activation);
        using var part = new Run(this, "65-31-9-10", 77, activation);
        using var rest = new Run(this, "65-31-9-10", 77, activation);
        foreach (var run in (Run[])[whole, part, rest])
        {
            run.Engine.Regularization = new() { LabelSmoothing = 0.1, Dropout = new(0.3), Seed = 12345678901 };
        }

        var rule = new UpdateRule(1e-2, Optimizer.Adam) { Averaging = 0.99, ClipNorm = 0.5, WeightDecay = 1e-3 };
        Steps(whole, 0, 12);
        Steps(part, 0, 5);
        rest.Engine.Load(part.Engine.Save());
        Steps(rest, 5, 12);
        Agreement.SameBits(whole.Engine.Save(), rest.Engine.Save());
        Expect.Equal(whole.Answers(), rest.Answers());

        void Steps(Run run, int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                run.Engine.Step(run.All.AsSpan(step % 3 * 25, 25), rule, (uint)step / 3);
            }
        }
    }

    // Well above what a user takes; RMSprop's first step is ten times its rate.
    private static double RateOf(Optimizer optimizer) => optimizer switch
    {
        Optimizer.GradientDescent => 0.1,
        Optimizer.Adam or Optimizer.AdamW => 0.01,
        Optimizer.RMSprop => 0.001,
        _ => 0.05,
    };
}
