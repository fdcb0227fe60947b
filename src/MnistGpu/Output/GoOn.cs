using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Output;

/// <summary>How to go on with an interrupted run.</summary>
internal static class GoOn
{
    /// <summary>What there is of the run, and the command that goes on; null where nothing does.</summary>
    public static (string Text, string? Command) After(TrainOutcome outcome)
    {
        var (request, last) = (outcome.Request, outcome.Runs[^1].Result.Steps);
        if (request.Runs > 1)
        {
            var done = outcome.CompleteRuns;
            var seed = (TrainSettings.Seed.Name, $"{request.Seed + (ulong)done}");
            if (request.IsCommittee)
            {
                return Committee(outcome, done, seed);
            }

            return ($"after {done} of {request.Runs} seeds; a run under way is not in the mean. Go on with",
                Command(request, [], seed, (TrainSettings.Repeat.Name, $"{request.Runs - done}")));
        }

        if (request.CheckpointFile is { } checkpoint
            && (outcome.Files.CheckpointStep ?? request.Resumed?.Position.Step) is { } step)
        {
            // The checkpoint has the options that make the result; those of this sitting are given again.
            var kept = TrainSettings.All.Where(setting => setting.Role == SettingRole.Result)
                .Select(setting => setting.Name).Append(TrainSettings.Checkpoint.Name);
            return ($"after step {last}; go on{(step == last ? "" : $" from step {step}")} with",
                Command(request, kept, (TrainSettings.Resume.Name, checkpoint)));
        }

        if (outcome.Files.Model is not { } model)
        {
            return ($"after step {last}; no model was saved", null);
        }

        var start = (TrainSettings.From.Name, model);
        return HasMoreThanParameters(request)
            ? ($"after step {last}. The model is not all of the run: with --checkpoint FILE, the next one can go on to "
                + "the same bits. A new run from the model begins with",
                Command(request, [TrainSettings.Init.Name], start))
            : ($"after step {last}; go on with",
                Command(request, [TrainSettings.Init.Name, TrainSettings.Epochs.Name], start,
                    (TrainSettings.Iterations.Name, $"{(request.Iterations ?? request.Epochs) - last}"),
                    (TrainSettings.Seed.Name, $"{request.Seed}")));
    }

    /// <summary>Trains the networks that are left, and joins them with those that are there.</summary>
    private static (string Text, string? Command) Committee(TrainOutcome outcome, int done, (string, string) seed)
    {
        var request = outcome.Request;
        var text = $"after {done} of {Readable.Count(request.Runs, "network")}";
        if (done == 0 || outcome.Files.Model is not { } model)
        {
            return ($"{text}; the one under way is not a network of the committee. Begin again with",
                Command(request, []));
        }

        var whole = request.SaveFile ?? TrainSettings.DefaultSave;
        var others = Path.ChangeExtension(whole, $".from-{request.Seed + (ulong)done}{Path.GetExtension(whole)}");
        // What else was asked for would be of the others alone, and take the place of what is there.
        string[] without = [TrainSettings.Report.Name, TrainSettings.History.Name, TrainSettings.TensorBoard.Name];
        var train = Command(request, without, seed,
            (TrainSettings.Committee.Name, $"{request.Runs - done}"), (TrainSettings.Save.Name, others));
        return ($"{text}; the one under way is not saved. Train the others, and join them all, with",
            $"{train} && {StartedAs.Command("join", model, others, "--save", whole)}");
    }

    /// <summary>The command of a run with all options that were given, but for some, and others instead.</summary>
    /// <param name="request">The run.</param>
    /// <param name="without">Options to leave out.</param>
    /// <param name="instead">Options and their values, in place of those given.</param>
    public static string Command(TrainRequest request, IEnumerable<string> without,
        params (string Name, string Value)[] instead)
    {
        var typed = CommandText.Words(request.Typed, [.. without, .. instead.Select(option => option.Name)]);
        return StartedAs.Command(["train", .. instead.SelectMany(option => (string[])[option.Name, option.Value]),
            .. typed]);
    }

    /// <summary>
    /// Whether a run depends on more than the parameters that a model file holds, so that it cannot go on from one.
    /// </summary>
    private static bool HasMoreThanParameters(TrainRequest request) =>
        request.Batch is not null || request.Options.Schedule != Schedule.Constant || request.Rule.Moments > 0
            || request.Rule.Averaging > 0 || request.Dropout > 0 || (request.KeepBest ?? request.Patience > 0)
            || request.Deformation is not null;
}
