using System.Globalization;
using MnistGpu.Data;
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
                + $"{outcome.Best.SetName.ToLowerInvariant()} are called {answer.Digit}; {Advice(outcome.Request)}"
            : null;
    }

    /// <summary>Whether the rate is above the optimizer's usual one.</summary>
    public static bool IsRateHigh(TrainRequest request) =>
        request.Rule.Alpha > request.Rule.Optimizer.DefaultRate();

    /// <summary>
    /// The digit that nearly all images are called and most are not, with its share; null where there is none.
    /// </summary>
    /// <param name="confusion">How many images of digit [row] were called [column].</param>
    internal static (int Digit, double Share)? OneAnswer(int[,] confusion)
    {
        var digits = Enumerable.Range(0, DigitSet.Classes).ToArray();
        var total = digits.Sum(digit => digits.Sum(called => confusion[digit, called]));
        var most = digits.MaxBy(called => digits.Sum(digit => confusion[digit, called]));
        var share = digits.Sum(digit => confusion[digit, most]) / (double)total;
        return share >= NearlyAll && 2 * confusion[most, most] < total ? (most, share) : null;
    }

    private static string Advice(TrainRequest request) => IsRateHigh(request)
        ? string.Create(CultureInfo.InvariantCulture,
            $"the rate may be too high, try --rate {request.Rule.Optimizer.DefaultRate()}")
        : "train longer, or start with --init he";
}
