namespace MnistGpu.Program.Jobs;

/// <summary>Whether a recipe's pass mark was reached: by the mean over the complete runs.</summary>
/// <param name="Mark">The least accuracy, 0 to 1.</param>
/// <param name="Reached">The accuracy; NaN where there is nothing to judge by.</param>
internal sealed record PassMark(double Mark, double Reached)
{
    /// <summary>What it was judged on.</summary>
    public const string Set = "test";

    public bool IsReached => Reached >= Mark;

    public static PassMark Judge(double mark, IReadOnlyList<TrainRun> runs)
    {
        var values = runs.Where(run => run.IsComplete)
            .Select(run => run.Test?.Accuracy ?? double.NaN).ToArray();
        return new PassMark(mark, values.Length == 0 ? double.NaN : values.Average());
    }
}
