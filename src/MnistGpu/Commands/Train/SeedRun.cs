using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Web.Live;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>
/// Trains with one seed as the library does, by a <see cref="TrainingRun"/>; shows it, keeps it, evaluates it.
/// </summary>
internal sealed class SeedRun(
    TrainRequest request, TrainSetup setup, TrainFiles files, TrainView view, Phases phases, LiveTraining? live,
    RankJob job)
{
    private static readonly AllEngines Engines = new();
    private readonly INetworkEngine engine = setup.Engine;

    /// <summary>The images that say most about a network, and what to call them.</summary>
    public static (DigitSet Set, string Name) Shown(DigitData data, DevelopmentSplit split) =>
        split.Development is { } dev ? (dev, "Development set")
        : data.Test is { } test ? (test, "Test set")
        : (split.Training, "Training set");

    /// <summary>Trains.</summary>
    /// <param name="index">Runs before it.</param>
    /// <param name="start">The parameters to start from; null to draw them.</param>
    /// <param name="isOnly">Whether no run before it will be kept, so that what an interrupted one learnt is
    /// saved.</param>
    /// <param name="complete">Runs that are reported whatever becomes of this one.</param>
    /// <param name="cancel">Stops it after the step under way.</param>
    /// <returns>What it came to; null where it diverged, which is said.</returns>
    public KeptRun? Train(int index, NetworkState? start, bool isOnly, int complete, CancellationToken cancel)
    {
        var seed = unchecked(request.Seed + (ulong)index);
        var run = job.Agree(() => phases.Time("load", () => request.Run(setup.Data, seed, setup.Ranks, phases)));
        var settings = job.Agree(() => Settings(run.Split));
        job.Agree(() =>
        {
            files.BeginEvents(seed);
            run.Begin(Engines, engine, start);
            return true;
        });
        view.Start(setup, run.Split, run.Plan, seed, index);
        live?.Begin(Live(run, seed, index));
        var before = (engine as IKernelEngine)?.Work;
        var sent = setup.Ranks.SentBytes;
        var result = view.Train(run.Plan, run.Position,
            shown => run.Take(Watch(shown, run.Position, settings), cancel));
        sent = setup.Ranks.SentBytes - sent;
        var work = before is { } earlier ? ((IKernelEngine)engine).Work.Since(earlier) : (StepWork?)null;
        live?.Evaluating();
        phases.Add("train", result.Elapsed);
        if (run.Learnt() is { } learnt)
        {
            if (result.End == TrainingEnd.Cancelled && isOnly)
            {
                // Evaluating may take long on a slow engine: what was learnt is safe first.
                files.SaveModel(
                    new(learnt, TrainMetadata.Create(request, engine, setup.Data, run.Position, seed)), engine, result);
            }

            engine.Load(learnt);
            var trained = phases.Time("evaluate", () => TrainRun.Create(
                engine, seed, result, work, run.Split, setup.Data.Test, setup.Ranks) with
            {
                SentBytesPerStep = sent / (double)Math.Max(1, result.Taken),
            });
            // The last step's own loss is known only when it is evaluated.
            if (double.IsFinite(trained.Training.Loss))
            {
                return new KeptRun(trained, learnt, run.Position, run.Split);
            }
        }

        if (request.Runs == 1)
        {
            files.SaveHistory(run.Position, isLast: true);
        }

        var isSeen = result.End == TrainingEnd.Diverged;
        view.Diverged(isSeen ? result : result with { LastGoodStep = result.Steps - 1 }, seed, Left(complete));
        return null;
    }

    /// <summary>
    /// What the checkpoints keep beside the state; null where none are written. Refuses other images than the resumed
    /// run's.
    /// </summary>
    private Dictionary<string, string>? Settings(DevelopmentSplit split)
    {
        if (request.CheckpointFile is null)
        {
            return null;
        }

        var hash = phases.Time("load", () => Checkpoint.HashOf(split));
        if (request.Resumed is { } from)
        {
            CheckpointSettings.RequireSameImages(from, setup.Data, hash);
        }

        return CheckpointSettings.Create(request, engine, setup.Data, hash);
    }

    /// <summary>What the view, the page and the files are told; checkpoints have a phase of their own.</summary>
    private TrainingWatch Watch(TrainingWatch shown, TrainingPosition position, Dictionary<string, string>? settings)
    {
        var watch = shown with
        {
            Row = (row, isBest) =>
            {
                shown.Row?.Invoke(row, isBest);
                files.SaveEvent(row);
                if (request.Runs == 1)
                {
                    files.SaveHistory(position, isLast: false);
                }
            },
            Checkpoint = settings is null
                ? null
                : at => phases.Time("checkpoint", () => files.SaveCheckpoint(engine, at, settings)),
        };
        return live is null ? watch : live.Beside(watch, look => phases.Time("evaluate", look));
    }

    private LiveRun Live(TrainingRun run, ulong seed, int index)
    {
        var (judged, name) = Shown(setup.Data, run.Split);
        var count = run.Split.Training.Count;
        var of = request.Runs > 1 ? $", run {index + 1} of {request.Runs}" : "";
        var lead = $"{engine.Shape}, seed {seed}{of}, on {engine.Name}, {Readable.Count(count)} images of "
            + $"{setup.Data.Source}";
        return new LiveRun(lead, engine, run.Plan, count, judged, name, [.. run.Position.History])
        {
            IsDevelopment = run.Split.Development is not null,
        };
    }

    /// <summary>What there is of the work before a run that diverged.</summary>
    private string Left(int complete) =>
        complete > 0 ? $"the {complete} run{(complete == 1 ? "" : "s")} before it are reported"
        : (files.CheckpointStep ?? request.Resumed?.Position.Step) is { } step
            ? $"the checkpoint of step {step} is in {request.CheckpointFile}"
            : "nothing was saved";
}
