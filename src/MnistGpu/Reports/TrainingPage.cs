using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Reports;

/// <summary>The report of <c>train</c>.</summary>
internal static class TrainingPage
{
    /// <param name="outcome">How the training went.</param>
    /// <param name="state">The parameters that it ended in.</param>
    /// <param name="shown">What the network makes of <paramref name="set"/>.</param>
    /// <param name="set">The images to judge it by in detail.</param>
    /// <param name="setName">What to call them.</param>
    /// <param name="when">When.</param>
    public static string Render(
        TrainOutcome outcome, NetworkState state, Evaluation shown, DigitSet set, string setName,
        DateTimeOffset when)
    {
        var (request, best) = (outcome.Request, outcome.Best.Run);
        var isRepeated = request.Runs > 1;
        var of = !isRepeated ? "" : request.IsCommittee ? $" Of seed {best.Seed}, the first of the committee."
            : $" Of seed {best.Seed}, the best on the development set.";
        var judge = best.Development is null ? "training images" : "development set";
        return ReportPage.Render("Training report", Result(outcome), Lead(outcome), when, Markup.Join(
        [
            Notices(outcome),
            isRepeated
                ? Markup.From($"<p class=\"note\">{Whose(outcome, judge)}:</p>\n")
                : Markup.Empty,
            ReportPage.Facts("figures", Figures(outcome)),
            isRepeated ? SeedsPart.Render([.. outcome.Runs.Where(run => run.IsComplete)]) : Markup.Empty,
            CurvesPart.Render(outcome.Best.Position.History, request.Batch is null, of),
            ConfusionPart.Render(shown.Confusion, set.Shape, setName),
            MistakesPart.Render(shown, set, setName),
            WeightsPart.Render(state, set.Shape, of),
            PhasesPart.Render(outcome.Phases),
            RunPart.Render(Command(outcome), Run(outcome), Options(request), outcome.Setup.Choice.HasKernels),
        ]), request.RunName);
    }

    private static string Whose(TrainOutcome outcome, string judge) =>
        outcome.Request.IsCommittee && outcome.CompleteRuns > 1
            ? $"The committee of {outcome.CompleteRuns} networks"
            : $"Seed {outcome.Best.Run.Seed}{(outcome.Request.IsCommittee ? "" : $", the best on the {judge}")}";

    /// <summary>The command that does the same again: the seed and the device as they came to be.</summary>
    public static string Command(TrainOutcome outcome)
    {
        HashSet<string> without = [.. TrainSettings.All.Where(setting => !setting.IsRepeated)
            .Select(setting => setting.Name)];
        var seed = outcome.Request.Seed.ToString(CultureInfo.InvariantCulture);
        return StartedAs.Command(["train", .. CommandText.Words(outcome.Request.Given, without),
            TrainSettings.Seed.Name, seed, TrainSettings.Device.Name, outcome.Setup.Engine.Name]);
    }

    private static IEnumerable<(string Name, string Value)> Options(TrainRequest request) =>
        TrainSettings.Texts(request.Parsed).Where(kept => kept.Setting.IsInReport)
            .Select(kept => (kept.Setting.Name, kept.Text));

    private static string Result(TrainOutcome outcome)
    {
        var complete = outcome.Runs.Where(run => run.IsComplete).ToArray();
        var (name, of) = outcome.Best.Run.Test is not null
            ? ("test", (Func<TrainRun, Totals?>)(run => run.Test)) : outcome.Best.Run.Development is not null
            ? ("development", run => run.Development) : ("training", run => run.Training);
        var isSpread = outcome.Request.Runs > 1 && !outcome.Request.IsCommittee && complete.Length > 1;
        return isSpread && Spread.From(complete.Select(of)) is { } spread
            ? $"{Readable.Percent(spread.Mean)} ± {Readable.Percent(spread.Deviation)} of the {name} images read "
                + $"right, over {complete.Length} seeds"
            : $"{Readable.Percent(of(outcome.Best.Run)!.Value.Accuracy)} of the {name} images read right"
                + (outcome.Best.Run.IsComplete && outcome.Request.IsCommittee
                    ? $", by a committee of {complete.Length} networks" : "");
    }

    private static string Lead(TrainOutcome outcome)
    {
        var (request, steps) = (outcome.Request, outcome.Best.Run.Result.Steps);
        var batches = request.Batch is { } size
            ? $"{Readable.Count(steps, "step")} in batches of {Readable.Count(size)}"
            : Readable.Count(steps, "full-batch step");
        return $"{outcome.Setup.Engine.Shape}, {OptionNames.Of(OptionNames.Optimizers, request.Rule.Optimizer)}, "
            + $"{batches} on {outcome.Setup.Engine.Name}";
    }

    private static IEnumerable<(string Name, string Value)> Figures(TrainOutcome outcome)
    {
        var best = outcome.Best.Run;
        if (best.Test is { } test)
        {
            yield return ("test accuracy", Readable.Percent(test.Accuracy));
        }

        if (best.Development is { } development)
        {
            yield return ("development accuracy", Readable.Percent(development.Accuracy));
        }

        yield return ("training accuracy", Readable.Percent(best.Training.Accuracy));
        yield return ("training loss", best.Training.MeanLoss.ToString("0.0000", CultureInfo.InvariantCulture));
        if (best.Result.Taken > 0)
        {
            yield return ("time in training", Readable.Duration(best.Result.Elapsed));
            yield return ("images a second", Readable.Count((long)best.ImagesPerSecond));
        }
    }

    private static Markup Notices(TrainOutcome outcome)
    {
        var notices = new List<Markup>();
        if (outcome.IsInterrupted)
        {
            var (text, command) = GoOn.After(outcome);
            notices.Add(command is null ? Markup.From($"Interrupted {text}.")
                : Markup.From($"Interrupted {text}:<br /><code>{command}</code>"));
        }

        if (outcome.Diverged)
        {
            Add("The run of the seed after these diverged: its loss was no number any more. "
                + $"{(outcome.CompleteRuns == 1 ? "The run" : $"The {outcome.CompleteRuns} runs")} before it "
                + $"{(outcome.CompleteRuns == 1 ? "is" : "are")} reported.");
        }

        if (outcome.Request.Resumed is { } from)
        {
            Add($"Resumed from {from.Path}, after step {Readable.Count(from.Position.Step)}. The curves are "
                + "those of the whole run; the times and the speed are those since then.");
        }

        if (outcome.Best.Run.Result.End == TrainingEnd.RanOut && !outcome.Request.IsCommittee)
        {
            Add($"Ended early, after {Readable.Count(outcome.Request.Patience, "epoch")} without a better one.");
        }

        if (outcome.Setup.Data.Notice is { } data)
        {
            Add($"{char.ToUpperInvariant(data[0])}{data[1..]}.");
        }

        foreach (var line in outcome.Setup.Data.Guesses.Concat(outcome.Setup.Data.LeftOut))
        {
            Add($"{char.ToUpperInvariant(line[0])}{line[1..]}.");
        }

        if (Verdict.Judge(outcome) is { } verdict)
        {
            Add($"{char.ToUpperInvariant(verdict[0])}{verdict[1..]}.");
        }

        if (outcome.Mark is { } mark)
        {
            Add($"Pass mark: {TrainSummary.Describe(mark, outcome.Request.Preset)}.");
        }

        var items = notices.Select(notice => Markup.From($"<li>{notice}</li>"));
        return notices.Count == 0 ? Markup.Empty : Markup.From($"<ul class=\"notices card\">{items}</ul>\n");

        void Add(string text) => notices.Add(Markup.From($"{text}"));
    }

    private static IEnumerable<(string Name, string Value)> Run(TrainOutcome outcome)
    {
        var (request, engine, best) = (outcome.Request, outcome.Setup.Engine, outcome.Best.Run);
        var (shape, first, test) = (engine.Shape, outcome.Runs[0], outcome.Setup.Data.Test?.Count ?? 0);
        var heldOut = $"{Readable.Count(first.Development?.Images ?? 0)} held out"
            + (request.IsCommittee ? " by each" : "");
        yield return ("data", $"{TrainMetadata.Source(request, outcome.Setup.Data)}: {Readable.Count(first.Images)} "
            + $"images to train on, {heldOut}, {(test == 0 ? "none" : Readable.Count(test))} to test on");
        yield return ("network",
            $"{shape}, {OptionNames.Of(OptionNames.Activations, shape.Activation)}, "
                + $"{Readable.Count(shape.ParameterCount)} parameters{(request.IsCommittee ? " each" : "")}");
        yield return ("seed", request.Runs > 1
            ? $"{request.Seed} to {request.Seed + (ulong)request.Runs - 1}" : $"{best.Seed}");
        yield return ("device", $"{engine.Name}: {engine.Description}");
        yield return ("model", outcome.Files.Model ?? "not saved");
    }
}
