using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Program.Output;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Says how good a saved model is on a set of images.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Path("model", "a model file that train saved");
        var data = CommonOptions.Data();
        var part = CommonOptions.OneOf("--part", "which images of the source", "test", "test", "train");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("evaluate", "Measure a model on the test images of a source (its training images where it has no others).") { model, data, part, device, threads, json };
        command.SetAction(parsed => Run(
            parsed.GetValue(model)!, parsed.GetValue(data)!, parsed.GetValue(part) == "test", parsed.GetValue(device)!, parsed.GetValue(threads), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, string data, bool test, string device, int threads, bool json)
    {
        using var interruption = new Interruption();
        var choice = EngineCatalog.Choose(device);
        var state = ModelFile.Load(model).State;
        state.Shape.RequireFits(DigitSet.Pixels, DigitSet.Classes);
        var loaded = DataSource.Load(data, new DownloadView(json).Watch(new DataRequest()), interruption.Token);
        var (set, part) = test && loaded.Test is { } held ? (held, "test") : (loaded.Train, "train");
        using var engine = EngineCatalog.Create(choice, state.Shape, threads);
        engine.Load(state);
        var totals = Evaluation.Totals(engine, set, interruption.Token);
        var evaluation = Evaluation.Of(engine, set, interruption.Token);
        if (json)
        {
            JsonOutput.Write(new
            {
                Model = model,
                Network = state.Shape.ToString(),
                Device = engine.Name,
                Data = loaded.Source,
                Part = part,
                Images = set.Count,
                Loss = totals.MeanLoss,
                totals.Accuracy,
                Confusion = Enumerable.Range(0, DigitSet.Classes).Select(row => Enumerable.Range(0, DigitSet.Classes).Select(column => evaluation.Confusion[row, column])),
            });
            return ExitCode.Done;
        }

        if (loaded.Notice is { } notice)
        {
            Console.Error.WriteLine($"notice: {notice}");
        }

        ConfusionTable.Write(evaluation.Confusion, $"{loaded.Source}, {part} images");
        Console.WriteLine(Readable.Row("model", $"{model}, {state.Shape}, step {state.Step}"));
        Console.WriteLine(Readable.Row("accuracy", $"{Readable.Percent(totals.Accuracy)}: {Readable.Count(totals.Hits)} of {Readable.Count(set.Count)}"));
        Console.WriteLine(Readable.Row("loss", $"{totals.MeanLoss:0.0000}"));
        return ExitCode.Done;
    }
}
