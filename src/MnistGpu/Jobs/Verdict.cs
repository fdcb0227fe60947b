using System.Globalization;

namespace MnistGpu.Program.Jobs;

/// <summary>Whether a result is worth anything.</summary>
internal static class Verdict
{
    /// <summary>
    /// What is wrong with a result that is worse than even odds for every class, whose loss is ln K; null for nothing.
    /// </summary>
    public static string? WorseThanGuessing(TrainOutcome outcome)
    {
        var (loss, classes) = (outcome.Best.Run.Training.MeanLoss, outcome.Setup.Engine.Shape.Outputs);
        return loss <= Math.Log(classes) ? null : string.Create(CultureInfo.InvariantCulture,
            $"worse than guessing: the loss is {loss:0.0000}, that of even odds {Math.Log(classes):0.0000}; ")
            + Advice(outcome.Request);
    }

    private static string Advice(TrainRequest request)
    {
        var usual = Model.Optimizers.DefaultRate(request.Rule.Optimizer);
        return request.Rule.Alpha > usual
            ? string.Create(CultureInfo.InvariantCulture, $"the rate may be too high, try --rate {usual}")
            : "train longer, or start with --init he";
    }
}
