using MnistGpu.Data;
using MnistGpu.Exchange;
using MnistGpu.Gpu;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Web.Live;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>Does what <c>train</c> is asked: a run for each seed, the best of them saved and shown, or all as a
/// committee.</summary>
internal sealed class TrainJob(TrainRequest request, RankJob job)
{
    private readonly TrainView view = new(request, isPlain: job.IsLaunched);
    private readonly Phases phases = new();

    /// <returns>The exit code.</returns>
    public int Run()
    {
        using var interruption = new Interruption();
        var cancel = interruption.Token;
        var choice = job.Agree(Choose);
        var begin = job.Agree(Begin);
        using var files = job.Agree(() => new TrainFiles(request, view, isWriter: job.IsFirst));
        using var live = job.Agree(() => Live(interruption));
        if (live is not null)
        {
            view.Listening(live.Url);
        }

        var data = job.Agree(() => phases.Time("load", () => Load(cancel)), inTurn: true);
        // All ranks ask, also those that are told: it is an exchange.
        var shared = job.Threads();
        var threads = request.Threads > 0 ? request.Threads : shared;
        if (job.IsLaunched && Cores.IsBoundToOne())
        {
            view.Notice("notice: the launcher binds each rank to one core: mpirun -bind-to none, or -map-by slot:PE=n "
                + "for n of them, gives it more");
        }

        var setup = job.Agree(() => SetUp(choice, begin, data, threads));
        using var engine = setup.Engine;
        RankFacts.RequireSame(job, request, setup, begin);
        var seedRun = new SeedRun(request, setup, files, view, phases, live, job);
        var runs = new List<TrainRun>();
        var keptRuns = new List<KeptRun>();
        var diverged = false;
        for (var i = 0; i < request.Runs && !diverged && !job.AnyWants(cancel.IsCancellationRequested); i++)
        {
            var kept = seedRun.Train(i, begin?.State, isOnly: keptRuns.Count == 0, runs.Count, cancel);
            diverged = kept is null;
            if (kept is not null)
            {
                Add(runs, kept.Run, live);
                Keep(keptRuns, kept, setup, files);
            }
        }

        if (keptRuns.Count > 0)
        {
            return job.FromRankZero(() => Finish(keptRuns, runs, setup, files, live, diverged));
        }

        if (diverged)
        {
            live?.End("The training diverged: the loss is no longer a number");
            return ExitCode.Failed;
        }

        throw job.Shared(new OperationCanceledException());
    }

    private LiveTraining? Live(Interruption interruption) => request.LivePort is { } port && job.IsFirst
        ? new LiveTraining(port, interruption.Request, interruption.Token) : null;

    /// <summary>The images as the network takes them, and an engine for it.</summary>
    private TrainSetup SetUp(EngineChoice choice, ModelOnData? begin, DigitData data, int threads)
    {
        var shape = request.Shape(begin?.State.Shape, data.Shape);
        data = begin?.Fit(data) ?? data.WithClasses(shape.Outputs);
        shape.RequireFits(data.Shape.Pixels, data.Shape.Classes);
        var engine = phases.Time("compile", () => Engines.Create(choice, shape, threads, request.Kernels));
        return new TrainSetup(data, engine, choice) { Ranks = job.Ranks };
    }

    private DigitData Load(CancellationToken cancel) =>
        Loading.Load(request.Data, request.DataRequest, request.Quiet || request.Json, cancel);

    private void RequireParts()
    {
        var ranks = job.Ranks.Count;
        if (request.Parts < ranks)
        {
            throw new UserErrorException("There are not enough parts to share", where: "--parts",
                expected: $"at least {ranks}, one for each rank; multiples of {ranks} are shared evenly",
                found: $"{request.Parts}", todo: $"add --parts {ranks}, or start fewer ranks; parts belong to the "
                    + "recipe, and other parts give other last bits");
        }
    }

    /// <summary>What the run begins from or goes on with; null for parameters that are drawn.</summary>
    private ModelOnData? Begin() =>
        request.Resumed is { } from ? new(from.Path, new ModelFile(from.State, from.Metadata))
        : request.StartFile is { } file ? new(file, ModelImport.Load(file).RequireOne(file)) : null;

    private EngineChoice Choose()
    {
        RequireParts();
        var choice = Engines.Choose(request.Device);
        if (request.Kernels.Profile && job.Ranks.Count == 1)
        {
            TrainProfile.RequireKernels(choice);
        }

        Engines.Require(choice, request.Kernels);
        return choice;
    }

    private void Add(List<TrainRun> runs, TrainRun run, LiveTraining? live)
    {
        runs.Add(run);
        view.RunDone(run);
        if (request.Runs > 1)
        {
            live?.SeedDone($"seed {run.Seed}: {TrainSummary.Accuracies(run)}");
        }
    }

    /// <summary>Keeps the best run, or all complete ones for a committee; the interrupted one where there is no
    /// other.</summary>
    private void Keep(List<KeptRun> kept, KeptRun run, TrainSetup setup, TrainFiles files)
    {
        if (kept is [var best, ..] && !request.IsCommittee)
        {
            kept[0] = run.IsBetterThan(best) ? run : best;
        }
        else if (kept is [])
        {
            kept.Add(run);
        }
        else if (run.Run.IsComplete)
        {
            // Each split is a copy of the images; what they have in common is all that a committee needs.
            kept.Add(run with { Split = kept[0].Split });
        }

        if (request.IsCommittee && run.Run.IsComplete && kept.Count < request.Runs)
        {
            files.SavePart(() => TrainedModel.FileOf(kept, request, setup), setup.Engine);
        }
    }

    private int Finish(IReadOnlyList<KeptRun> kept, List<TrainRun> runs, TrainSetup setup, TrainFiles files,
        LiveTraining? live, bool diverged)
    {
        var engine = setup.Engine;
        var (best, file, state) = phases.Time("evaluate", () => TrainedModel.Of(kept, request, setup));
        var (saved, failure) = files.SaveModel(file, engine, best.Run.Result);
        files.SaveHistory(best.Position, isLast: true);
        var written = new WrittenFiles(saved, null, files.CheckpointStep)
        {
            Replaced = saved is null ? null : files.Replaced,
        };
        var outcome = new TrainOutcome(request, setup, runs, best, written, phases)
        {
            Mark = request.MustReach && request.Preset.Mark is { } mark
                ? PassMark.Judge(mark, request.IsCommittee ? [best.Run] : runs) : null,
            Profile = request.Kernels.Profile && engine is IKernelEngine kernels ? TrainProfile.Read(kernels) : null,
            Diverged = diverged,
        };
        var (report, reportFailure) = files.SaveReport(() => Report(outcome, state));
        live?.Result(best.Run, state, best.Evaluation.Confusion, best.SetName);
        live?.End(Line(outcome), isDone: !diverged && !outcome.IsInterrupted);
        view.Done(outcome with { Files = written with { Report = report } });
        return (failure ?? reportFailure) is { } thrown ? throw thrown
            : diverged ? ExitCode.Failed
            : outcome.IsInterrupted ? ExitCode.Interrupted
            : outcome.Mark is { IsReached: false } ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>How it went, for the live page.</summary>
    private static string Line(TrainOutcome outcome)
    {
        var end = outcome.Diverged ? "Diverged" : outcome.IsInterrupted ? "Stopped" : "Done";
        var model = outcome.Files.Model is { } path ? $"saved to {Path.GetFileName(path)}" : "the model is not saved";
        return $"{end}: {TrainSummary.Accuracies(outcome.Best.Run)}; {model}";
    }

    /// <summary>
    /// The report's page. It judges by the test images where there are any: there are more of them than held out.
    /// </summary>
    private static string Report(TrainOutcome outcome, NetworkState state)
    {
        var (set, name, shown) = (outcome.Best.Set, outcome.Best.SetName, outcome.Best.Evaluation);
        if (outcome.Setup.Data.Test is { } test && set != test)
        {
            var engine = outcome.Setup.Engine;
            shown = outcome.Phases.Time("evaluate", () => Evaluation.Create(engine, test, CancellationToken.None));
            (set, name) = (test, "Test set");
        }

        return TrainingPage.Render(outcome, state, shown, set, name, DateTimeOffset.Now);
    }
}
