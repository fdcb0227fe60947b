using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Program.Output;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

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
        var shape = ShapeOf(request, startModel);
        shape.RequireFits(DigitSet.Pixels, DigitSet.Classes);
        var save = SavePath(request, view);

        var data = phases.Time("load", () => DataSource.Load(request.Data, LoadRequest(request, view), interruption.Token));
        var runs = new List<TrainRun>();
        using var engine = phases.Time("compile", () => EngineCatalog.Create(choice, shape, request.Threads));
        for (var i = 0; i < request.Repeat && !interruption.Token.IsCancellationRequested; i++)
        {
            var seed = unchecked(request.Seed + (ulong)i);
            var split = phases.Time("load", () => Split(request, data, seed));
            var start = startModel?.State ?? Initialization.Draw(shape, request.Init, seed);
            phases.Time("upload", () =>
            {
                engine.Load(start);
                engine.Attach(split.Training.X, split.Training.Labels);
            });
            view.Start(data, split, engine, choice, seed, i);
            var result = phases.Time("train", () => view.Train(report => Trainer.Run(engine, request.Iterations, request.Rule, report, interruption.Token)));
            if (result.End == TrainingEnd.Diverged)
            {
                view.Diverged(result, seed);
                return ExitCode.Failed;
            }

            var run = phases.Time("evaluate", () => TrainRun.Of(engine, seed, result, split, data.Test));
            runs.Add(run);
            view.RunDone(run);
        }

        if (runs.Count == 0)
        {
            throw new OperationCanceledException();
        }

        var best = runs.MaxBy(run => (run.Development ?? run.Training).Totals.Accuracy)!;
        var saved = save is null ? null : phases.Time("save", () => Save(save, request, engine, data, best));
        view.Done(new TrainOutcome(request, data, engine, choice, runs, best, phases, saved));
        return runs[^1].Result.End == TrainingEnd.Cancelled ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static NetworkShape ShapeOf(TrainRequest request, ModelFile? start)
    {
        if (start is not null && request.Network is { } network && !network.Equals(start.State.Shape))
        {
            throw new UserErrorException("The start is a model of another network", where: request.StartFile, expected: $"{network}, as --network says",
                found: $"{start.State.Shape}", todo: "leave out --network, or start from another file");
        }

        return request.Network ?? start!.State.Shape;
    }

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

    private static DataRequest LoadRequest(TrainRequest request, TrainView view) => new()
    {
        // Synthetic digits are drawn to order; files are cut by the split, which knows what was asked for.
        Limit = request.Data == "synthetic" ? request.Limit ?? TrainOptions.TutorialImages : null,
        Seed = request.Seed,
        Say = view.Notice,
        OnDownload = view.Download,
    };

    private static DevelopmentSplit Split(TrainRequest request, DigitData data, ulong seed)
    {
        var limit = request.Limit ?? Math.Min(TrainOptions.TutorialImages, data.Train.Count);
        return DevelopmentSplit.Make(data.Train, limit, request.Development, request.Shuffled ? seed : null);
    }

    private static string Save(string path, TrainRequest request, INetworkEngine engine, DigitData data, TrainRun best)
    {
        ModelFile.Save(path, best.State, engine.IsDouble, new Dictionary<string, string>
        {
            ["program"] = "mnistgpu",
            ["data"] = data.Source,
            ["images"] = $"{best.Images}",
            ["seed"] = $"{best.Seed}",
            ["init"] = request.StartFile ?? $"{request.Init}".ToLowerInvariant(),
            ["rate"] = $"{request.Rule.Alpha}",
            ["device"] = engine.Name,
            ["loss"] = $"{best.Training.Totals.MeanLoss}",
            ["train_accuracy"] = $"{best.Training.Totals.Accuracy}",
            ["dev_accuracy"] = $"{best.Development?.Totals.Accuracy}",
            ["test_accuracy"] = $"{best.Test?.Totals.Accuracy}",
        });
        return path;
    }
}
