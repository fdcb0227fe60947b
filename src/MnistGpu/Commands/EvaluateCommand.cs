using System.CommandLine;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Gpu;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Says how good a saved model is on a set of images.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        var data = CommonOptions.Data();
        var read = CommonOptions.Read();
        var part = CommonOptions.OneOf("--part", "which images of the source", "test", "test", "train");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var report = CommonOptions.Report("the evaluation");
        var json = CommonOptions.Json();
        var command = new Command("evaluate",
            "Measure a model on the test images of a source (its training images where it has no others).") { model,
            data, read, part, device, threads, report, json };
        command.SetAction(parsed =>
        {
            var (path, source, file) = (parsed.GetValue(model)!, parsed.GetValue(data)!, parsed.GetValue(report));
            ReportFile.Require(file, ("the model", path), ("--data", source));
            var isJson = parsed.GetValue(json);
            var outcome = Run(path, source, ReadText.Parse(parsed.GetValue(read)!),
                parsed.GetValue(part) == "test", parsed.GetValue(device)!, parsed.GetValue(threads), isJson,
                TrainArguments.Given(parsed));
            using (outcome.Network)
            {
                Write(outcome, isJson);
                if (file is not null)
                {
                    ReportFile.Write(file, EvaluationPage.Render(outcome, DateTimeOffset.Now));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static EvaluationOutcome Run(string path, string data, ReadAs readAs, bool test, string device,
        int threads, bool json, IReadOnlyDictionary<string, string?> given)
    {
        using var interruption = new Interruption();
        var phases = new Phases();
        var choice = Engines.Choose(device);
        var network = phases.Time("load",
            () => Network.Open(path, choice, new AllEngines(), threads, opensLater: true));
        try
        {
            var model = network.Model;
            var loaded = phases.Time("load", () => Loading.Load(data,
                new DataRequest
                {
                    NeedsTraining = !test,
                    TestSuffices = test,
                    ReadAs = readAs,
                    Shape = network.Images,
                    PolarityAsIs = TrainMetadata.IsAsIs(model.Metadata) || ModelImages.AreDark(model.Metadata),
                }, json, interruption.Token));
            loaded = network.Fit(loaded);
            var (set, part) = test && loaded.Test is { } held ? (held, "test") : (loaded.Train, "train");
            phases.Time("compile", network.StartEngine);
            if (!json)
            {
                KernelNotice.Say(network.Notice);
            }

            var score = phases.Time("evaluate", () => network.Measure(set, interruption.Token));
            return new EvaluationOutcome(path, model, loaded, set, part, network, score.Totals, score.Evaluation,
                phases, given);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void Write(EvaluationOutcome outcome, bool json)
    {
        var (totals, confusion) = (outcome.Totals, outcome.Evaluation.Confusion);
        if (json)
        {
            JsonOutput.Write(new
            {
                Model = outcome.Path,
                Network = outcome.Model.Networks[0].Shape.ToString(),
                Members = outcome.Model.Networks.Count,
                Device = outcome.Network.Device,
                Data = outcome.Data.Source,
                outcome.Part,
                outcome.Data.LeftOut,
                outcome.Data.Guesses,
                Images = outcome.Set.Count,
                Loss = totals.MeanLoss,
                totals.Accuracy,
                Classes = outcome.Set.Shape.ClassNames,
                Confusion = Enumerable.Range(0, outcome.Set.Shape.Classes)
                    .Select(row => Enumerable.Range(0, outcome.Set.Shape.Classes)
                        .Select(column => confusion[row, column])),
            });
            return;
        }

        Loading.SayNotice(outcome.Data);
        if (outcome.Part == "train" && outcome.Given.GetValueOrDefault("--part") != "train")
        {
            Console.Error.WriteLine("notice: there are no test images here; these are the images to train on");
        }

        Console.WriteLine(Readable.Row("model",
            $"{outcome.Path}, {outcome.Model.Title}, step {outcome.Model.Networks[0].Step}"));
        Console.WriteLine(Readable.Row("accuracy",
            $"{Readable.Percent(totals.Accuracy)}: {Readable.Count(totals.Hits)} of "
            + $"{Readable.Count(outcome.Set.Count)} {(outcome.Part == "test" ? "test" : "training")} images"));
        Console.WriteLine(Readable.Row("loss", $"{totals.MeanLoss:0.0000}"));
        Console.WriteLine();
        ConfusionTable.Write(confusion, outcome.Set.Shape, $"{outcome.Data.Source}, {outcome.Part} images");
    }
}
