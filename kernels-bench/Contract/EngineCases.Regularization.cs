using MnistGpu.Model;

namespace MnistGpu.Bench.Contract;

/// <summary>
/// Label smoothing and dropout: in steps and gradients, the reference's to the last unit, and never in an answer.
/// </summary>
internal sealed partial class EngineCases
{
    [Case]
    public void SmoothedLabelsCountTowardsStepsButNotTowardsAnEvaluation()
    {
        using var run = new Run(this, "20-6-10", 50);
        var plain = run.Engine.Evaluate(run.X, run.Labels);
        run.Engine.Regularization = new() { LabelSmoothing = 0.3 };
        Expect.Equal(plain, run.Engine.Evaluate(run.X, run.Labels));
        run.Engine.Step(Rule);
        Expect.NotEqual(plain.Loss, run.Engine.ReadTotals().Loss, 1e-3);
        Expect.Throws<ArgumentOutOfRangeException>(() => run.Engine.Regularization = new() { LabelSmoothing = 1 });
        Expect.Throws<ArgumentOutOfRangeException>(() => run.Engine.Regularization = new() { LabelSmoothing = -0.1 });
    }

    public static IEnumerable<object[]> DroppedCases =>
    [
        ["20-6-10", Activation.ReLU, 0.5], ["31-10", Activation.ReLU, 0.5],
        .. Enum.GetValues<Activation>().Select(activation => (object[])["65-31-9-10", activation, 0.5]),
        .. Enum.GetValues<Activation>().Select(activation => (object[])["784-110-130-97-10", activation, 0.2]),
    ];

    /// <summary>
    /// Minibatches with repeats, more units than vectors hold, another epoch and every activation: a mask that differed
    /// in one unit would show at once.
    /// </summary>
    [CasesOf(nameof(DroppedCases))]
    public void DroppedUnitsAreThoseOfTheReference(string network, Activation activation, double share)
    {
        using var run = new Run(this, network, 150, activation);
        using var reference = run.Reference();
        int[] batch = [149, 3, 3, .. run.All.AsSpan(40, 70)];
        foreach (var engine in (INetworkEngine[])[run.Engine, reference])
        {
            engine.Regularization = new() { Dropout = new(share), Seed = 0xFEDCBA9876543210 };
        }

        foreach (var epoch in (uint[])[0, 7])
        {
            AssertGradients(reference.ComputeGradients(run.All, epoch), run.Engine.ComputeGradients(run.All, epoch),
                Tolerance(run.Engine));
            AssertGradients(reference.ComputeGradients(batch, epoch), run.Engine.ComputeGradients(batch, epoch),
                Tolerance(run.Engine));
            run.Engine.Step(Rule, epoch);
            run.Engine.Step(batch, Rule, epoch);
            reference.Step(Rule, epoch);
            reference.Step(batch, Rule, epoch);
        }

        Agreement.Relative(reference.Save(), run.Engine.Save(), Tolerance(run.Engine));
        var (expected, actual) = (reference.ReadTotals(), run.Engine.ReadTotals());
        Expect.Equal(expected.Loss, actual.Loss, Math.Abs(expected.Loss) * Tolerance(run.Engine));
    }

    /// <summary>
    /// With no weights into the last layer and one image, db of the last layer knows no mask and dW of it is zero
    /// exactly where a unit was dropped.
    /// </summary>
    [Case(0.1)]
    [Case(0.5)]
    public void TheShareOfUnitsKeptIsOneLessTheDropout(double share)
    {
        const int units = 200, m = 60;
        using var run = new Run(this, $"1-{units}-2", m);
        var state = new NetworkState(run.Engine.Shape);
        Array.Fill(state.b[0], 1);
        run.Engine.Load(state);
        run.Engine.Regularization = new() { Dropout = new(share), Seed = 5 };
        var kept = 0;
        foreach (var j in run.All)
        {
            var dW = run.Engine.ComputeGradients([j]).dW[1];
            for (var i = 0; i < units; i++)
            {
                Expect.Contains(Math.Abs(dW[i]), (double[])[0, dW.Max(Math.Abs)]);
                Expect.Equal(run.Engine.Regularization.Dropout.Keeps(5, 0, j, 0, i), dW[i] != 0);
                kept += dW[i] != 0 ? 1 : 0;
            }

            Expect.Equal(0.5 / (1 - share), dW.Max(Math.Abs), 1e-4);
        }

        // Five deviations of a binomial share.
        Expect.Equal(1 - share, (double)kept / (units * m), 5 * Math.Sqrt(share * (1 - share) / (units * m)));
    }

    [Case]
    public void DropoutFollowsSeedAndEpochAndIsNotForAnswers()
    {
        using var run = new Run(this, "20-16-10", 50);
        var plain = run.Engine.ComputeGradients(run.All).dW[1];
        var answers = run.Answers();
        run.Engine.Regularization = new() { Dropout = new(0.5), Seed = 1 };
        var first = run.Engine.ComputeGradients(run.All, 3).dW[1];
        Expect.NotEqual(plain, first);
        Expect.Equal(first, run.Engine.ComputeGradients(run.All, 3).dW[1]);
        Expect.NotEqual(first, run.Engine.ComputeGradients(run.All, 4).dW[1]);
        Expect.Equal(answers, run.Answers());
        run.Engine.Regularization = new() { Dropout = new(0.5), Seed = 1UL << 40 };
        Expect.NotEqual(first, run.Engine.ComputeGradients(run.All, 3).dW[1]);
        run.Engine.Regularization = Regularization.None;
        Expect.Equal(plain, run.Engine.ComputeGradients(run.All, 3).dW[1]);
    }
}
