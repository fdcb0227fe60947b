using System.Globalization;
using MnistGpu.Model;

namespace MnistGpu.Program.Jobs;

/// <summary>Whether a result is worth anything.</summary>
internal static class Verdict
{
    private const double NearlyAll = 0.9;

    /// <summary>
    /// What is wrong with a result that is worse than even odds for every class, whose loss is ln K, or that answers
    /// the same to nearly all images; null for nothing.
    /// </summary>
    public static string? Judge(TrainOutcome outcome)
    {
        var (loss, classes) = (outcome.Best.Run.Training.MeanLoss, outcome.Setup.Engine.Shape.Outputs);
        return loss > Math.Log(classes)
            ? string.Create(CultureInfo.InvariantCulture,
                $"worse than guessing: the loss is {loss:0.0000}, that of even odds {Math.Log(classes):0.0000}; ")
                + Advice(outcome.Request)
            : OneAnswer(outcome.Best.Evaluation.Confusion) is { } answer
            ? $"one answer for nearly all: {Readable.Percent(answer.Share)} of the images of the "
                + $"{outcome.Best.SetName.ToLowerInvariant()} are called "
                + $"{outcome.Best.Set.Shape.ClassNames[answer.Class]}; {Advice(outcome.Request)}"
            : null;
    }

    /// <summary>Whether the rate is above the optimizer's usual one.</summary>
    public static bool IsRateHigh(TrainRequest request) =>
        request.Rule.Alpha > request.Rule.Optimizer.DefaultRate();

    /// <summary>
    /// The class that nearly all images are called and most are not, with its share; null where there is none.
    /// </summary>
    /// <param name="confusion">How many images of class [row] were called [column].</param>
    internal static (int Class, double Share)? OneAnswer(int[,] confusion)
    {
        var classes = Enumerable.Range(0, confusion.GetLength(0)).ToArray();
        var total = classes.Sum(one => classes.Sum(called => confusion[one, called]));
        var most = classes.MaxBy(called => classes.Sum(one => confusion[one, called]));
        var share = classes.Sum(one => confusion[one, most]) / (double)total;
        return share >= NearlyAll && 2 * confusion[most, most] < total ? (most, share) : null;
    }

    private static string Advice(TrainRequest request) => IsRateHigh(request)
        ? string.Create(CultureInfo.InvariantCulture,
            $"the rate may be too high, try --rate {request.Rule.Optimizer.DefaultRate()}")
        : "train longer, or start with --init he";
}
