using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Web.Live;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>Does what <c>train</c> is asked: a run for each seed, the best of them saved and shown.</summary>
internal sealed class TrainJob(TrainRequest request)
{
    private readonly TrainView view = new(request);
    private readonly Phases phases = new();
    private LiveTraining? live;

    /// <summary>A run with what it came to: only the best one's is kept, there may be thousands.</summary>
    private sealed record Kept(TrainRun Run, NetworkState State, TrainingPosition Position, DevelopmentSplit Split);

    /// <returns>The exit code.</returns>
    public int Run()
    {
        using var interruption = new Interruption();
        var cancel = interruption.Token;
        var choice = EngineCatalog.Choose(request.Device);
        if (request.Kernels.Profile)
        {
            TrainProfile.RequireKernels(choice);
        }

        EngineCatalog.Require(choice, request.Kernels);

        var start = request.Resumed?.State ?? (request.StartFile is { } file ? ModelFile.Load(file).State : null);
        var shape = request.Shape(start?.Shape);
        shape.RequireFits(DigitSet.Pixels, DigitSet.Classes);
        var files = new TrainFiles(request, view);
        using var page = live = request.LivePort is { } port ? new LiveTraining(port, interruption.Request, cancel) : null;
        if (live is not null)
        {
            view.Listening(live.Url);
        }

        var data = phases.Time("load", () => DataSource.Load(request.Data, new DownloadView(request.Quiet || request.Json).Watch(request.DataRequest), cancel));
        using var engine = phases.Time("compile", () => EngineCatalog.Create(choice, shape, request.Threads, request.Kernels));
        var runs = new List<TrainRun>();
        Kept? kept = null;
        var diverged = false;
        for (var i = 0; i < request.Repeat && !cancel.IsCancellationRequested; i++)
        {
            var seed = unchecked(request.Seed + (ulong)i);
            var images = phases.Time("load", () => request.Split(data, seed));
            var plan = request.Plan(images.Training.Count, seed);
            var position = request.Resumed?.Position ?? new TrainingPosition();
            var settings = Settings(engine, data, images);
            phases.Time("upload", () =>
            {
                engine.Regularization = request.Regularization(seed);
                engine.Load(start ?? Initialization.Draw(shape, request.Init, seed));
                engine.Attach(images.Training.X, images.Training.Labels);
            });
            phases.Time("compile", () => (engine as IKernelEngine)?.Prepare(request.Batch is { } batch and > 0 ? batch : images.Training.Count));
            view.Start(data, images, engine, choice, plan, seed, i);
            live?.Begin(Live(engine, plan, data, images, position, seed, i));
            var before = (engine as IKernelEngine)?.Work;
            var result = view.Train(plan, shown => Trainer.Run(engine, plan, Watch(shown, engine, images, position, settings, files), cancel, position));
            var work = before is { } earlier ? ((IKernelEngine)engine).Work.Since(earlier) : (StepWork?)null;
            live?.Evaluating();
            phases.Add("train", result.Elapsed);
            var trained = position.Best ?? engine.SaveAnswering();
            if (result.End == TrainingEnd.Cancelled && kept is null && trained.IsFinite)
            {
                // Evaluating may take long on a slow engine: what was learnt is safe first.
                files.SaveModel(trained, engine, TrainMetadata.Of(request, engine, data, position, seed));
            }

            engine.Load(trained);
            // The last step's own loss is known only when it is evaluated.
            var run = result.End == TrainingEnd.Diverged || !trained.IsFinite ? null : phases.Time("evaluate", () => TrainRun.Of(engine, seed, result, work, images, data.Test));
            if (run is null || !double.IsFinite(run.Training.Loss))
            {
                if (request.Repeat == 1)
                {
                    files.SaveHistory(position, isLast: true);
                }

                view.Diverged(result.End == TrainingEnd.Diverged ? result : result with { LastGoodStep = result.Steps - 1 }, seed, Left(runs.Count, files));
                diverged = true;
                break;
            }

            runs.Add(run);
            view.RunDone(run);
            if (request.Repeat > 1)
            {
                live?.SeedDone($"seed {seed}: {TrainSummary.Accuracies(run)}");
            }

            if (kept is null || (run.IsComplete && Score(run) > Score(kept.Run)))
            {
                kept = new Kept(run, trained, position, images);
            }
        }

        if (diverged && kept is null)
        {
            live?.End("The training diverged: the loss is no longer a number");
        }

        return kept is not null ? Finish(kept, runs, data, engine, choice, files, diverged)
            : diverged ? ExitCode.Failed : throw new OperationCanceledException();
    }

    private int Finish(Kept kept, List<TrainRun> runs, DigitData data, INetworkEngine engine, EngineChoice choice, TrainFiles files, bool diverged)
    {
        engine.Load(kept.State);
        var (shownSet, shownName) = Shown(data, kept.Split);
        var shown = phases.Time("evaluate", () => Evaluation.Of(engine, shownSet, CancellationToken.None));
        var (saved, failure) = files.SaveModel(kept.State, engine, TrainMetadata.Of(request, engine, data, kept.Position, kept.Run));
        files.SaveHistory(kept.Position, isLast: true);
        var profile = request.Kernels.Profile ? TrainProfile.Read((IKernelEngine)engine) : null;
        var mark = request.MustReach ? PassMark.Of(request.Preset, runs) : null;
        var outcome = new TrainOutcome(request, data, engine, choice, runs, kept.Run, kept.Position, shown, shownSet, shownName, phases, saved, null, files.CheckpointStep, mark, profile, diverged);
        var (report, reportFailure) = files.SaveReport(() => Report(outcome, kept.State));
        live?.Result(kept.State, shown.Confusion, shownName);
        live?.End($"{(diverged ? "Diverged" : outcome.IsInterrupted ? "Stopped" : "Done")}: {TrainSummary.Accuracies(kept.Run)}{(saved is null ? "; the model is not saved" : $"; saved to {Path.GetFileName(saved)}")}", isDone: !diverged && !outcome.IsInterrupted);
        view.Done(outcome with { Report = report });
        return (failure ?? reportFailure) is { } thrown ? throw thrown
            : diverged ? ExitCode.Failed
            : outcome.IsInterrupted ? ExitCode.Interrupted
            : mark is { IsReached: false } ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>The report's page. It judges by the test images where there are any: there are more of them than held out.</summary>
    private static string Report(TrainOutcome outcome, NetworkState state)
    {
        var (set, name, shown) = (outcome.ShownSet, outcome.ShownName, outcome.Shown);
        if (outcome.Data.Test is { } test)
        {
            (set, name, shown) = (test, "Test set", outcome.Phases.Time("evaluate", () => Evaluation.Of(outcome.Engine, test, CancellationToken.None)));
        }

        return TrainingPage.Of(outcome, state, shown, set, name, DateTimeOffset.Now);
    }

    /// <summary>What the checkpoints keep beside the state; null where none are written. Refuses other images than the resumed run's.</summary>
    private Dictionary<string, string>? Settings(INetworkEngine engine, DigitData data, DevelopmentSplit images)
    {
        if (request.CheckpointFile is null)
        {
            return null;
        }

        var hash = phases.Time("load", () => Checkpoint.HashOf(images));
        if (request.Resumed is { } from)
        {
            CheckpointSettings.RequireSameImages(from, data, hash);
        }

        return CheckpointSettings.Of(request, engine, data, hash);
    }

    /// <summary>What the view is told, and with it evaluation, history and checkpoints, each in its own phase.</summary>
    private TrainingWatch Watch(TrainingWatch shown, INetworkEngine engine, DevelopmentSplit images, TrainingPosition position, Dictionary<string, string>? settings, TrainFiles files)
    {
        var watch = Told(shown, engine, images, position, settings, files);
        return live is null ? watch : live.Beside(watch, look => phases.Time("evaluate", look));
    }

    private TrainingWatch Told(TrainingWatch shown, INetworkEngine engine, DevelopmentSplit images, TrainingPosition position, Dictionary<string, string>? settings, TrainFiles files) => shown with
    {
        Development = images.Development is { } dev ? () => phases.Time("evaluate", () => Evaluation.Totals(engine, dev, CancellationToken.None)) : null,
        Row = (row, isBest) =>
        {
            shown.Row?.Invoke(row, isBest);
            if (request.Repeat == 1)
            {
                files.SaveHistory(position, isLast: false);
            }
        },
        Checkpoint = settings is null ? null : at => phases.Time("checkpoint", () => files.SaveCheckpoint(engine, at, settings)),
    };

    private LiveRun Live(INetworkEngine engine, TrainingPlan plan, DigitData data, DevelopmentSplit images, TrainingPosition position, ulong seed, int i)
    {
        var (judged, name) = Shown(data, images);
        var of = request.Repeat > 1 ? $", run {i + 1} of {request.Repeat}" : "";
        return new LiveRun($"{engine.Shape}, seed {seed}{of}, on {engine.Name}, {Readable.Count(images.Training.Count)} images of {data.Source}", engine, plan, images.Training.Count, judged, name, [.. position.History]);
    }

    /// <summary>What there is of the work before a run that diverged.</summary>
    private string Left(int complete, TrainFiles files) =>
        complete > 0 ? $"the {complete} run{(complete == 1 ? "" : "s")} before it are reported"
        : (files.CheckpointStep ?? request.Resumed?.Position.Step) is { } step ? $"the checkpoint of step {step} is in {request.CheckpointFile}"
        : "nothing was saved";

    private static double Score(TrainRun run) => (run.Development ?? run.Training).Accuracy;

    private static (DigitSet Set, string Name) Shown(DigitData data, DevelopmentSplit split) =>
        split.Development is { } dev ? (dev, "Development set") : data.Test is { } test ? (test, "Test set") : (split.Training, "Training set");
}
