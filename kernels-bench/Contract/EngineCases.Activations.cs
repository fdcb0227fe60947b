using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Bench.Contract;

/// <summary>Every activation: within its bounds, and alive where it is 0.</summary>
internal sealed partial class EngineCases
{
    /// <summary>Every case with every activation.</summary>
    public static IEnumerable<object[]> ActivationCases => Enum.GetValues<Activation>()
        .SelectMany(activation => Cases.Select(row => (object[])[.. row, activation]));

    [CasesOf(nameof(ActivationCases))]
    public void GradientsAndPredictionsOfEveryActivationAreWithinTheirBounds(
        string network, int m, Activation activation)
    {
        using var run = new Run(this, network, m, activation);
        var bounds = RoundingBounds.Create(run.Engine.Save(), run.X, run.Labels);
        AssertGradients(run, bounds, run.Engine.ComputeGradients(run.All));
        Agreement.Within("AL", bounds.AL, run.Answers(), bounds.ALBounds);
        AssertTotals(bounds, m, run.Engine.Evaluate(run.X, run.Labels));
        run.Engine.Step(Rule);
        AssertTotals(bounds, m, run.Engine.ReadTotals());
    }

    public static IEnumerable<object[]> SteepAtZero =>
        Enum.GetValues<Activation>().Where(activation => !activation.ZeroHasNoSlope()).Select(a => new object[] { a });

    /// <summary>
    /// Where Z is 0 the activation is too, and yet it has a slope: A = 0 must not be taken for a dropped unit.
    /// </summary>
    [CasesOf(nameof(SteepAtZero))]
    public void AKeptUnitAtZeroStillLearns(Activation activation)
    {
        using var run = new Run(this, "1-64-2", 1, activation);
        using var reference = run.Reference();
        var state = new NetworkState(run.Engine.Shape);
        Array.Fill(state.W[1], 1, 0, 64);
        foreach (var engine in (INetworkEngine[])[run.Engine, reference])
        {
            engine.Load(state);
            engine.Regularization = new() { Dropout = new(0.5), Seed = 2 };
        }

        var expected = reference.ComputeGradients([0]);
        AssertGradients(expected, run.Engine.ComputeGradients([0]), Tolerance(run.Engine));
        Expect.InRange(expected.db[0].Count(d => d != 0), 1, 63);
    }
}
