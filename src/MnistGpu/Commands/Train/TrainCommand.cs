using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Program.Output;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>Trains a network and says how good it became.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var options = new TrainOptions();
        var command = new Command("train", "Train a network; with no options, the tutorial's job: 784-10-10, 2,000 full-batch steps, 42,000 images.");
        options.AddTo(command);
        command.SetAction(parsed => Run(options.Read(parsed)));
        return command;
    }

    private static int Run(TrainRequest request)
    {
        using var interruption = new Interruption();
        var view = new TrainView(request);
        var phases = new Phases();
        var choice = EngineCatalog.Choose(request.Device);
        var startModel = request.StartFile is { } file ? ModelFile.Load(file) : null;
        var shape = request.Shape(startModel?.State.Shape);
        shape.RequireFits(DigitSet.Pixels, DigitSet.Classes);
        var save = SavePath(request, view);

        var data = phases.Time("load", () => DataSource.Load(request.Data, new DownloadView(request.Quiet || request.Json).Watch(request.DataRequest), interruption.Token));
        using var engine = phases.Time("compile", () => EngineCatalog.Create(choice, shape, request.Threads));
        var runs = new List<TrainRun>();
        // Only the best run's parameters and images are kept: there may be thousands of runs.
        (TrainRun Run, NetworkState State, DevelopmentSplit Split)? kept = null;
        var diverged = false;
        for (var i = 0; i < request.Repeat && !interruption.Token.IsCancellationRequested; i++)
        {
            var seed = unchecked(request.Seed + (ulong)i);
            var images = phases.Time("load", () => request.Split(data, seed));
            var plan = request.Plan(images.Training.Count, seed);
            var start = startModel?.State ?? Initialization.Draw(shape, request.Init, seed);
            phases.Time("upload", () =>
            {
                engine.Regularization = request.Regularization(seed);
                engine.Load(start);
                engine.Attach(images.Training.X, images.Training.Labels);
            });
            view.Start(data, images, engine, choice, plan, seed, i);
            var result = phases.Time("train", () => view.Train(report => Trainer.Run(engine, plan, report, interruption.Token)));
            var state = engine.Save();
            var trained = state.Answering;
            trained.Step = state.Step;
            if (result.End == TrainingEnd.Cancelled && kept is null && trained.IsFinite)
            {
                // Evaluating may take long on a slow engine: what was learnt is safe first.
                Save(save, trained, engine, TrainMetadata.Of(request, engine, data, seed));
            }

            var run = phases.Time("evaluate", () => TrainRun.Of(engine, seed, result, images, data.Test));
            if (result.End == TrainingEnd.Diverged || !trained.IsFinite || !double.IsFinite(run.Training.Loss))
            {
                // The last step's own loss is known only now.
                view.Diverged(result.End == TrainingEnd.Diverged ? result : result with { LastGoodStep = result.Steps - 1 }, seed, runs.Count);
                diverged = true;
                break;
            }

            runs.Add(run);
            view.RunDone(run);
            if (kept is null || (run.IsComplete && Score(run) > Score(kept.Value.Run)))
            {
                kept = (run, trained, images);
            }
        }

        if (kept is not var (best, parameters, split))
        {
            return diverged ? ExitCode.Failed : throw new OperationCanceledException();
        }

        engine.Load(parameters);
        var (shownSet, shownName) = Shown(data, split);
        var shown = phases.Time("evaluate", () => Evaluation.Of(engine, shownSet, CancellationToken.None));
        var (saved, failure) = Save(save, parameters, engine, TrainMetadata.Of(request, engine, data, best));
        var outcome = new TrainOutcome(request, data, engine, choice, runs, best, shown, shownSet, shownName, phases, saved, diverged);
        view.Done(outcome);
        return failure is not null ? throw failure : diverged ? ExitCode.Failed : outcome.IsInterrupted ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static double Score(TrainRun run) => (run.Development ?? run.Training).Accuracy;

    private static (DigitSet Set, string Name) Shown(DigitData data, DevelopmentSplit split) =>
        split.Development is { } dev ? (dev, "Development set") : data.Test is { } test ? (test, "Test set") : (split.Training, "Training set");

    /// <summary>Finds out now whether the model can be saved later. A default place that cannot be written is only a notice.</summary>
    private static string? SavePath(TrainRequest request, TrainView view)
    {
        try
        {
            var path = request.SaveFile ?? TrainOptions.DefaultSave;
            AtomicFile.RequireWritable(path);
            return path;
        }
        catch (UserErrorException) when (request.SaveFile is null)
        {
            view.Notice("The model will not be saved: this folder cannot be written to. --save FILE names another place.");
            return null;
        }
    }

    /// <summary>Saves a model. A disk that filled up meanwhile must not keep the results from being shown, so that error comes back.</summary>
    private static (string? Path, UserErrorException? Failure) Save(string? path, NetworkState state, INetworkEngine engine, Dictionary<string, string> metadata)
    {
        try
        {
            if (path is not null)
            {
                ModelFile.Save(path, state, engine.IsDouble, metadata);
            }

            return (path, null);
        }
        catch (UserErrorException e)
        {
            return (null, e);
        }
    }
}
