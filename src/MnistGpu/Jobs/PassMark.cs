using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Jobs;

/// <summary>Whether a recipe's pass mark was reached: by the mean over the complete runs.</summary>
/// <param name="Mark">The least accuracy, 0 to 1.</param>
/// <param name="Reached">The accuracy; NaN where there is nothing to judge by.</param>
/// <param name="Set">What it was judged on.</param>
internal sealed record PassMark(double Mark, double Reached, string Set)
{
    public bool IsReached => Reached >= Mark;

    public static PassMark Judge(Preset preset, IReadOnlyList<TrainRun> runs)
    {
        var values = runs.Where(run => run.IsComplete)
            .Select(run => (preset.OnTest ? run.Test : run.Development)?.Accuracy ?? double.NaN).ToArray();
        return new PassMark(preset.Mark, values.Length == 0
            ? double.NaN : values.Average(), preset.OnTest ? "test" : "development");
    }
}
