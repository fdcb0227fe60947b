using System.Globalization;
using System.Text.Json.Nodes;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>Where the time of a step goes, as <c>train --profile</c> tells.</summary>
internal static class ProfileStage
{
    private const int MostSteps = 200;

    public static Stage Create() => new("5-profile", "Profile", 0.4,
        ["kernel", "step", "launches", "total", "share", "mean", "GB/s", "GFLOP/s", "of peak"], Pieces)
    {
        About = "`mnistgpu train --profile`: every kernel between two of the device's events, which slows the steps "
            + "down. Of peak: the greater share of copy and multiply-adds.",
    };

    private static IEnumerable<Piece> Pieces(StageContext context)
    {
        yield return new("the tutorial's job", () => Profile(context, GoalJob.All[0], ["--init", "normal"]));
        yield return new("the network of 2010", () => Profile(context, GoalJob.All[5], ["--init", "he"]));
    }

    private static PieceOutput Profile(StageContext context, GoalJob goal, string[] more)
    {
        var known = GoalsStage.Find(context, goal)
            ?? throw new NotRunException("its speed is not known: there is no figure of it among the goals");
        var steps = (int)Math.Clamp(context.PieceLeft / 8 / known.Seconds.Median, 1, MostSteps);
        var model = Path.Combine(context.WorkFolder, "model.safetensors");
        JsonObject json;
        try
        {
            (json, _) = ProgramCommand.Run(context, ["train", "--device", context.DeviceName, "--data", context.Source,
                "--network", goal.Job.Network, "--limit", Text(known.Images), "--dev", "0",
                "--batch", known.Batch == 0 ? "full" : Text(known.Batch),
                "--rate", goal.Job.Alpha.ToString(CultureInfo.InvariantCulture), "--iterations", Text(steps),
                "--profile", "--save", model, .. more, .. ProofStage.Options(context)]);
        }
        finally
        {
            File.Delete(model);
        }

        var kernels = json["profile"]!.AsArray().Select(kernel => kernel!.AsObject()).ToArray();
        var total = kernels.Sum(kernel => kernel["seconds"]!.GetValue<double>());
        return new([.. kernels.Select(kernel => Row(GoalMeasurement.Size(goal, known), kernel, total))],
            new { steps, kernels });
    }

    private static string[] Row(string step, JsonObject kernel, double total)
    {
        var (launches, seconds) = (kernel["launches"]!.GetValue<long>(), kernel["seconds"]!.GetValue<double>());
        return [kernel["kernel"]!.GetValue<string>(), step, $"{launches:N0}", Report.Time(seconds),
            Report.Percent(seconds / total), Report.Time(seconds / launches), Number("gigabytes_per_second"),
            Number("gigaflops_per_second"), kernel["share_of_peak"]?.GetValue<double>() is { } share
                ? Report.Percent(share) : ""];

        string Number(string name) => kernel[name]?.GetValue<double>() is { } value ? Report.Digits(value) : "";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
