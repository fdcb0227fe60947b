using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Training;
using Spectre.Console;

namespace MnistGpu.Program.Output;

/// <summary>What <c>train</c> tells at its end.</summary>
internal static class TrainSummary
{
    /// <summary>The result first, then what it looks like, and last what to do next.</summary>
    public static void Write(TrainOutcome outcome)
    {
        var request = outcome.Request;
        if (!request.Quiet)
        {
            Console.WriteLine();
        }

        WriteResult(outcome);
        if (!request.Quiet)
        {
            Console.WriteLine();
            DrawSamples(outcome.Best);
            Console.WriteLine();
            ConfusionTable.Write(outcome.Best.Evaluation.Confusion, outcome.Best.Set.Shape, outcome.Best.SetName);
        }

        if (outcome.Profile is { } profile)
        {
            ProfileTable.Write(profile);
        }

        if (request.Kernels.Profile && outcome.Setup.Ranks.Count > 1)
        {
            WriteTraffic(outcome);
        }

        if (outcome.IsInterrupted)
        {
            var (text, command) = GoOn.After(outcome);
            Console.WriteLine();
            Row("interrupted", text + (command is null ? "" : ":"));
            WriteCommands(command);
        }
        else if (!request.Quiet && NextStep.After(outcome) is { } next)
        {
            Console.WriteLine();
            Row("next", next.Text + ":");
            WriteCommands(next.Command);
        }
    }

    private static void WriteResult(TrainOutcome outcome)
    {
        var (request, best) = (outcome.Request, outcome.Best.Run);
        if (Verdict.Judge(outcome) is { } warning)
        {
            Row("warning", warning);
        }

        if (request.Runs > 1)
        {
            WriteSpread(outcome);
        }

        Row("accuracy", Accuracies(best) + Whose(outcome));
        if (Saved(outcome) is { } saved)
        {
            Row("saved", saved);
        }

        Row("loss", Losses(best));
        if (best.Result.Taken > 0)
        {
            Row("speed", $"{best.MillisecondsPerStep:0.00} ms a step, "
                + $"{Readable.Count((long)best.ImagesPerSecond)} images/s on {outcome.Setup.Engine.Name}");
        }

        if (best.Work is { Steps: > 0 } work)
        {
            Row("launches", $"{work.Launches / (double)work.Steps:0.#} a step, {work.Bytes / work.Steps / 1e6:N1} MB "
                + $"to move, {work.UploadedBytes / (double)work.Steps:N0} bytes sent");
        }

        if (!request.Quiet)
        {
            var phases = outcome.Phases.All.Select(p => $"{p.Name} {Readable.Duration(p.Time)}");
            Row("time", $"{Readable.Duration(outcome.Phases.Total)}: {string.Join(", ", phases)}");
        }

        Row("model", outcome.Files.Model is { } path ? $"{path}{Replaced(outcome)}" : "not saved");
        if (!request.Quiet && outcome.Files.Model is { } model)
        {
            WriteCommands(StartedAs.Command(["evaluate", model, .. Data(request)]));
        }

        if (outcome.Files.Report is { } report)
        {
            Row("report", report);
        }

        if (outcome.Mark is { } mark)
        {
            Row("pass mark", Describe(mark, request.Preset));
        }
    }

    /// <summary>Whose accuracy it is, where there are several runs.</summary>
    private static string Whose(TrainOutcome outcome) => outcome.Request.Runs == 1 ? ""
        : outcome.Request.IsCommittee && outcome.CompleteRuns > 1
            ? $" (the committee of {outcome.CompleteRuns} networks)"
        : $" (seed {outcome.Best.Run.Seed}{(outcome.Request.IsCommittee ? "" : ", the best")})";

    /// <summary>Which row's parameters are the model; null where there are no two to choose from.</summary>
    internal static string? Saved(TrainOutcome outcome)
    {
        var (request, position, run) = (outcome.Request, outcome.Best.Position, outcome.Best.Run);
        if (request.IsCommittee || position.BestRow is not { } row || position.History.Count < 2)
        {
            return null;
        }

        var unit = request.Batch is not null ? "epoch" : "step";
        if (request.KeepBest ?? request.Patience > 0)
        {
            var early = run.Result.End == TrainingEnd.RanOut
                ? $"; stopped after {Readable.Count(request.Patience, unit)} without a better one" : "";
            return $"{unit} {row.Epoch}, the best, with {Readable.Percent(row.Development!.Value)} development{early}";
        }

        var better = 100 * (row.Development!.Value - run.Development?.Accuracy ?? 0);
        return "the parameters after the last step"
            + (better < 0.005 ? ", which no earlier ones beat" : string.Create(CultureInfo.InvariantCulture,
                $"; {unit} {row.Epoch} was {better:0.00} points better on the development set (--keep best saves it)"));
    }

    /// <summary>What a step exchanged, beside what a ring of all ranks would.</summary>
    private static void WriteTraffic(TrainOutcome outcome)
    {
        var (ranks, parts) = (outcome.Setup.Ranks.Count, outcome.Setup.Engine.Parts);
        var ring = 2.0 * parts.Length * parts.ElementBytes * (ranks - 1) / ranks;
        Row("exchange", string.Create(CultureInfo.InvariantCulture,
            $"{outcome.Best.Run.SentBytesPerStep / 1e6:0.000} MB a step sent by rank 0 to the others, checkpoints and "
            + $"judging included; a ring of {ranks} ranks would send {ring / 1e6:0.000} MB"));
    }

    /// <summary>The mean of −ln of the right class's probability, by the parameters that are saved.</summary>
    private static string Losses(TrainRun run)
    {
        (string Name, Totals? Totals)[] sets =
            [("development", run.Development), ("test", run.Test), ("training", run.Training)];
        return string.Join(", ", sets.Where(set => set.Totals is not null).Select(set => string.Create(
            CultureInfo.InvariantCulture, $"{set.Totals!.Value.MeanLoss:0.0000} {set.Name}")));
    }

    // As typed; else the recipe's or the checkpoint's.
    private static string[] Data(TrainRequest request) =>
        request.Typed.GetValueOrDefault(TrainSettings.Data.Name) is { } data ? [TrainSettings.Data.Name, data]
            : request.Data == Preset.Tutorial.Data ? [] : [TrainSettings.Data.Name, request.Data];

    private static void Row(string label, string value) => Console.WriteLine(Readable.Row(label, value));

    private static void WriteCommands(string? command)
    {
        if (command is not null)
        {
            Console.WriteLine(Readable.Command(command));
        }
    }

    /// <summary>What the model took the place of, and how good both are.</summary>
    private static string Replaced(TrainOutcome outcome)
    {
        if (outcome.Files.Replaced is not { } replaced)
        {
            return "";
        }

        var best = outcome.Best.Run;
        var (now, set) = best.Test is { } test ? (test, "test")
            : best.Development is { } dev ? (dev, "development") : (best.Training, "training");
        var before = replaced.Accuracy is { } accuracy ? $"a model of {accuracy}" : "the file before";
        return $"; {Readable.Percent(now.Accuracy)} {set} replaced {before}, which is now {replaced.Path}";
    }

    public static string Describe(PassMark mark, Preset preset) =>
        double.IsNaN(mark.Reached)
            ? $"{Readable.Percent(mark.Mark)} {PassMark.Set} of {preset.Name} cannot be judged: no complete run, or no "
                + $"{PassMark.Set} images"
        : mark.IsReached ? $"{Readable.Percent(mark.Mark)} {PassMark.Set} of {preset.Name}, reached with "
            + $"{Readable.Percent(mark.Reached)}"
        : $"{Readable.Percent(mark.Mark)} {PassMark.Set} of {preset.Name}, missed by "
            + $"{100 * (mark.Mark - mark.Reached):0.00} points with {Readable.Percent(mark.Reached)}";

    public static string Accuracies(TrainRun run)
    {
        var parts = new List<string>();
        if (run.Development is { } dev)
        {
            parts.Add($"{Readable.Percent(dev.Accuracy)} development");
        }

        if (run.Test is { } test)
        {
            parts.Add($"{Readable.Percent(test.Accuracy)} test");
        }

        parts.Add($"{Readable.Percent(run.Training.Accuracy)} training");
        return string.Join(", ", parts);
    }

    /// <summary>
    /// The first images, as the tutorial shows them, then the mistakes that the network was surest of.
    /// </summary>
    private static void DrawSamples(BestRun best)
    {
        var (evaluation, set) = (best.Evaluation, best.Set);
        Console.WriteLine($"  {best.SetName}: the first images, then the surest mistakes");
        var mistakes = Enumerable.Range(0, set.Count).Where(j => evaluation.Predicted[j] != set.Labels.Span[j])
            .OrderByDescending(j => evaluation.Confidence[j]);
        var chosen = Enumerable.Range(0, Math.Min(2, set.Count)).Concat(mistakes).Distinct().Take(6);
        var images = chosen.Select(j => (set.Slice(j, 1).X, Caption(evaluation, set, j))).ToArray();
        foreach (var line in DigitArt.Draw(images, set.Shape, Math.Min(AnsiConsole.Profile.Width, 120)))
        {
            Console.WriteLine(line);
        }
    }

    private static string Caption(Evaluation evaluation, DigitSet set, int j) =>
        $"{(evaluation.Predicted[j] == set.Labels.Span[j] ? "" : "✗ ")}predicted "
            + $"{set.Shape.ClassNames[evaluation.Predicted[j]]}, is {set.ClassOf(j)}";

    private static void WriteSpread(TrainOutcome outcome)
    {
        var complete = outcome.Runs.Where(run => run.IsComplete).ToArray();
        Spread("development", complete.Select(run => run.Development));
        Spread("test", complete.Select(run => run.Test));
        Spread("training", complete.Select(run => (Totals?)run.Training));
        Console.WriteLine();

        void Spread(string name, IEnumerable<Totals?> totals)
        {
            if (Jobs.Spread.From(totals) is { } spread)
            {
                Console.WriteLine(Readable.Row(name,
                    $"{Readable.Percent(spread.Mean)} ± {Readable.Percent(spread.Deviation)} over "
                        + $"{spread.Values.Count} seeds, {Readable.Percent(spread.Values.Min())} to "
                        + $"{Readable.Percent(spread.Values.Max())}"));
            }
        }
    }
}
