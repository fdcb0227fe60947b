using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Training;
using Spectre.Console;

namespace MnistGpu.Program.Output;

/// <summary>What <c>train</c> tells at its end.</summary>
internal static class TrainSummary
{
    public static void Write(TrainOutcome outcome)
    {
        var (request, best) = (outcome.Request, outcome.Best.Run);
        if (Verdict.WorseThanGuessing(outcome) is { } warning)
        {
            Console.WriteLine(Readable.Row("warning", warning));
        }

        if (!request.Quiet)
        {
            Console.WriteLine();
            DrawSamples(outcome.Best.Evaluation, outcome.Best.Set);
            Console.WriteLine();
            ConfusionTable.Write(outcome.Best.Evaluation.Confusion, outcome.Best.SetName);
        }

        if (request.Repeat > 1)
        {
            WriteSpread(outcome);
        }

        if (outcome.Profile is { } profile)
        {
            ProfileTable.Write(profile);
        }

        Console.WriteLine(Readable.Row("accuracy", Accuracies(best)
            + (request.Repeat > 1 ? $" (seed {best.Seed}, the best)" : "")));
        if (request.Batch is > 0 && outcome.Best.Position.BestRow is { } row && outcome.Best.Position.History.Count > 1)
        {
            var accuracy = Readable.Percent(row.Development!.Value);
            var early = best.Result.End == TrainingEnd.RanOut
                ? $"; stopped after {request.Patience} epochs without a better one"
                : "";
            var model = request.Patience > 0 ? "; its parameters are the model" : "";
            Console.WriteLine(Readable.Row("best epoch", $"{row.Epoch}, {accuracy} development{early}{model}"));
        }

        Console.WriteLine(Readable.Row("loss", best.Training.MeanLoss.ToString("0.0000", CultureInfo.InvariantCulture)
            + " on the training images"));
        if (best.Result.Taken > 0)
        {
            Console.WriteLine(Readable.Row("speed",
                $"{best.MillisecondsPerStep:0.00} ms a step, {Readable.Count((long)best.ImagesPerSecond)} images/s on "
                    + $"{outcome.Setup.Engine.Name}"));
        }

        if (best.Work is { Steps: > 0 } work)
        {
            Console.WriteLine(Readable.Row("launches",
                $"{Launches(work):0.#} a step, {work.Bytes / work.Steps / 1e6:N1} MB to move, "
                    + $"{work.UploadedBytes / (double)work.Steps:N0} bytes sent"));
        }

        if (!request.Quiet)
        {
            Console.WriteLine(Readable.Row("time",
                $"{Readable.Duration(outcome.Phases.Total)}: "
                    + $"{string.Join(", ", outcome.Phases.All.Select(p => $"{p.Name} {Readable.Duration(p.Time)}"))}"));
        }

        Console.WriteLine(Readable.Row("model", outcome.Files.Model is { } path
            ? $"{path}  (mnistgpu evaluate {path}){Replaced(outcome)}" : "not saved"));
        if (outcome.Files.Report is { } report)
        {
            Console.WriteLine(Readable.Row("report", report));
        }

        if (outcome.Mark is { } mark)
        {
            Console.WriteLine(Readable.Row("pass mark", Describe(mark, request.Preset)));
        }

        if (outcome.IsInterrupted)
        {
            Console.WriteLine(Readable.Row("interrupted", Resume(outcome)));
        }
        else if (!request.Quiet && Hint.For(outcome) is { } hint)
        {
            Console.WriteLine(Readable.Row("hint", hint));
        }
    }

    public static void WriteJson(TrainOutcome outcome)
    {
        var (request, best) = (outcome.Request, outcome.Best.Run);
        JsonOutput.Write(new
        {
            Device = outcome.Setup.Engine.Name,
            Network = outcome.Setup.Engine.Shape.ToString(),
            Activation = OptionNames.Of(OptionNames.Activations, outcome.Setup.Engine.Shape.Activation),
            best.Images,
            best.Result.Steps,
        }, TrainSettings.All.Where(setting => setting.IsInJson)
            .ToDictionary(setting => setting.JsonName, setting => setting.JsonIn(request.Parsed)), new
            {
                Init = request.StartFile ?? OptionNames.Of(OptionNames.Starts, request.Init),
                SecondsSetup =
                    (outcome.Phases["load"] + outcome.Phases["compile"] + outcome.Phases["upload"]).TotalSeconds,
                SecondsTraining = best.Result.Elapsed.TotalSeconds,
                MsPerStep = best.MillisecondsPerStep,
                ImagesPerSecond = best.ImagesPerSecond,
                LaunchesPerStep = best.Work is { } work ? Launches(work) : (double?)null,
                BytesPerStep = best.Work?.Bytes / best.Work?.Steps,
                UploadedBytesPerStep = best.Work?.UploadedBytes / (double?)best.Work?.Steps,
                Products = (outcome.Setup.Engine as IKernelEngine)?.Products.Description,
                Loss = best.Training.MeanLoss,
                Warning = Verdict.WorseThanGuessing(outcome),
                TrainAccuracy = best.Training.Accuracy,
                DevAccuracy = best.Development?.Accuracy,
                TestAccuracy = best.Test?.Accuracy,
                Model = outcome.Files.Model,
                Replaced = outcome.Files.Replaced?.Path,
                outcome.Files.Report,
                Data = outcome.Setup.Data.Source,
                outcome.Setup.Data.Notice,
                outcome.Setup.Data.LeftOut,
                best.Seed,
                Interrupted = outcome.IsInterrupted,
                Preset = request.Preset.Name,
                PassMark = outcome.Mark?.Mark,
                PassMarkReached = outcome.Mark?.IsReached,
                Checkpoint = outcome.Files.CheckpointStep is null ? null : request.CheckpointFile,
                BestEpoch = outcome.Best.Position.BestRow?.Epoch,
                History = outcome.Best.Position.History.Select(row => new
                {
                    row.Epoch,
                    row.Step,
                    row.Loss,
                    TrainAccuracy = row.Accuracy,
                    DevAccuracy = row.Development,
                    row.Rate,
                    row.ImagesPerSecond,
                }),
                Profile = outcome.Profile?.Kernels.Select(kernel => new
                {
                    kernel.Kernel,
                    kernel.Launches,
                    Seconds = kernel.Time.TotalSeconds,
                    kernel.GigabytesPerSecond,
                    kernel.GigaflopsPerSecond,
                    ShareOfPeak = outcome.Profile.Peak?.Share(kernel),
                }),
                PeakGigabytesPerSecond = outcome.Profile?.Peak?.GigabytesPerSecond,
                PeakGigaflopsPerSecond = outcome.Profile?.Peak?.GigaflopsPerSecond,
                Runs = outcome.Runs.Select(run => new
                {
                    run.Seed,
                    Loss = run.Training.MeanLoss,
                    TrainAccuracy = run.Training.Accuracy,
                    DevAccuracy = run.Development?.Accuracy,
                    TestAccuracy = run.Test?.Accuracy,
                    SecondsTraining = run.Result.Elapsed.TotalSeconds,
                }),
            });
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

    private static double Launches(StepWork work) => work.Launches / (double)work.Steps;

    public static string Describe(PassMark mark, Preset preset) =>
        double.IsNaN(mark.Reached)
            ? $"{Readable.Percent(mark.Mark)} {mark.Set} of {preset.Name} cannot be judged: no complete run, or no "
                + $"{mark.Set} images"
        : mark.IsReached ? $"{Readable.Percent(mark.Mark)} {mark.Set} of {preset.Name}, reached with "
            + $"{Readable.Percent(mark.Reached)}"
        : $"{Readable.Percent(mark.Mark)} {mark.Set} of {preset.Name}, missed by "
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
    private static void DrawSamples(Evaluation evaluation, DigitSet set)
    {
        var mistakes = Enumerable.Range(0, set.Count).Where(j => evaluation.Predicted[j] != set.Labels.Span[j])
            .OrderByDescending(j => evaluation.Confidence[j]);
        var chosen = Enumerable.Range(0, Math.Min(2, set.Count)).Concat(mistakes).Distinct().Take(6);
        var images = chosen.Select(j => (set.X.Slice(j * DigitSet.Pixels, DigitSet.Pixels),
            Caption(evaluation, set, j))).ToArray();
        foreach (var line in DigitArt.Draw(images, Math.Min(AnsiConsole.Profile.Width, 120)))
        {
            Console.WriteLine(line);
        }
    }

    private static string Caption(Evaluation evaluation, DigitSet set, int j) =>
        $"{(evaluation.Predicted[j] == set.Labels.Span[j] ? "" : "✗ ")}predicted {evaluation.Predicted[j]}, is "
            + $"{set.Labels.Span[j]}";

    private static void WriteSpread(TrainOutcome outcome)
    {
        var complete = outcome.Runs.Where(run => run.IsComplete).ToArray();
        Spread("development", complete.Select(run => run.Development));
        Spread("test", complete.Select(run => run.Test));
        Spread("training", complete.Select(run => (Totals?)run.Training));
        Console.WriteLine();

        void Spread(string name, IEnumerable<Totals?> totals)
        {
            if (Jobs.Spread.Of(totals) is { } spread)
            {
                Console.WriteLine(Readable.Row(name,
                    $"{Readable.Percent(spread.Mean)} ± {Readable.Percent(spread.Deviation)} over "
                        + $"{spread.Values.Count} seeds, {Readable.Percent(spread.Values.Min())} to "
                        + $"{Readable.Percent(spread.Values.Max())}"));
            }
        }
    }

    /// <summary>
    /// Whether a run depends on more than the parameters that a model file holds, so that it cannot go on from one.
    /// </summary>
    private static bool HasMoreThanParameters(TrainRequest request) =>
        request.Batch is > 0 || request.Schedule != Schedule.Constant || request.Rule.Moments > 0
            || request.Rule.Averaging > 0 || request.Dropout > 0 || request.Deformation is not null;

    /// <summary>How to go on with an interrupted run.</summary>
    public static string Resume(TrainOutcome outcome)
    {
        var request = outcome.Request;
        var last = outcome.Runs[^1];
        if (request.Repeat > 1)
        {
            var done = outcome.CompleteRuns;
            return $"after {done} of {request.Repeat} seeds; a run under way is not in the mean. Go on with: --seed "
                + $"{request.Seed + (ulong)done} --repeat {request.Repeat - done}";
        }

        if (request.CheckpointFile is { } checkpoint
            && (outcome.Files.CheckpointStep ?? request.Resumed?.Position.Step) is { } step)
        {
            return $"after step {last.Result.Steps}; go on{(step == last.Result.Steps ? "" : $" from step {step}")} "
                + "with: mnistgpu train --resume "
                + $"{(checkpoint.Contains(' ', StringComparison.Ordinal) ? $"\"{checkpoint}\"" : checkpoint)}";
        }

        return outcome.Files.Model is null
            ? $"after step {last.Result.Steps}"
            : HasMoreThanParameters(request)
                ? $"after step {last.Result.Steps}; --start {outcome.Files.Model} begins a new run from it"
                : $"after step {last.Result.Steps}; go on with: mnistgpu train --start {outcome.Files.Model} "
                    + $"--iterations {(request.Iterations ?? request.Epochs) - last.Result.Steps} --seed "
                    + $"{request.Seed}, and the other options but --init and --epochs";
    }
}
