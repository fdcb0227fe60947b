using System.CommandLine;
using MnistGpu.Data.Sources;
using MnistGpu.Files;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>Says what pictures show.</summary>
internal static class PredictCommand
{
    /// <summary>Of so many pictures each is drawn as the network saw it.</summary>
    private const int MostDrawn = 4;

    public static Command Create()
    {
        var model = CommonOptions.Model();
        var images = new Argument<string[]>("image")
        {
            Description = "PNG, JPEG or BMP pictures, any size, digits dark on light or light on dark; folders of "
                + "them, or patterns such as *.png; or one file of many images (CSV, IDX, .npz, …)",
            Arity = ArgumentArity.OneOrMore
        };
        var device = CommonOptions.Device();
        var csv = CommonOptions.FileOrNone("--csv", "write a table of the answers, too", FileKind.Table);
        var probabilities = CommonOptions.Switch("--probabilities", "with --csv, a column for each class, too");
        var kaggle = CommonOptions.FileOrNone("--kaggle",
            "write the answers to a file of many images as Kaggle wants them: ImageId,Label", FileKind.Table);
        var read = CommonOptions.Read();
        var json = CommonOptions.Json();
        var command = new Command("predict",
            "Say what pictures show: digits, or the classes that the model was trained on.") { model, images, device,
            csv, probabilities, kaggle, read, json };
        command.SetAction(parsed =>
        {
            var (path, names) = (parsed.GetValue(model)!, parsed.GetValue(images)!);
            var asked = new PredictRequest(path, names, parsed.GetValue(device)!, parsed.GetValue(csv),
                parsed.GetValue(probabilities), parsed.GetValue(kaggle), parsed.GetValue(json))
            {
                ReadAs = ReadText.Parse(parsed.GetValue(read)!),
            };
            return names is [var one] && ImageRows.Is(one) ? PredictRowsJob.Run(asked) : Run(asked);
        });
        return command;
    }

    private static int Run(PredictRequest asked)
    {
        var (model, names, device, csv, probabilities, kaggle, json) = asked;
        if (kaggle is not null)
        {
            throw new UserErrorException("Kaggle's table numbers the rows of one file", where: "--kaggle",
                expected: "one file of many images, such as test.csv", found: "pictures",
                todo: "use --csv, which names each picture");
        }

        var choice = Engines.Choose(device);
        using var network = Network.Open(model, choice, new AllEngines(), threads: 1, opensLater: true);
        var shape = network.Images;
        var files = PictureNames.Expand(names);
        if (csv is not null)
        {
            AtomicFile.RequireOwn("--csv", csv,
                [("the model", model), .. files.Select(one => ("a picture", (string?)one))]);
            AtomicFile.RequireWritable(csv);
        }

        network.StartEngine();
        var alone = files.Count == 1 && !PictureNames.IsMany(names[0]);
        var answers = new List<PictureAnswer>();
        foreach (var answer in Find(files, network).Select(found => Answer(network, found)))
        {
            if (alone && answer.Error is { } error)
            {
                throw error;
            }

            answers.Add(answer);
            if (!json)
            {
                PredictView.Write(answer, shape, draw: files.Count <= MostDrawn);
            }
        }

        if (json)
        {
            PredictView.WriteJson(model, answers, shape);
        }

        if (csv is not null)
        {
            PredictView.WriteCsv(csv, answers, shape, probabilities);
        }

        var failed = answers.Count(answer => answer.Error is not null);
        return failed == 0 ? ExitCode.Done : throw new UserErrorException(
            $"{failed} of {answers.Count} pictures {(failed == 1 ? "has" : "have")} no answer",
            todo: json ? "see \"error\" beside each" : "see the lines above, which say why");
    }

    /// <summary>
    /// The images in each file, in the files' order, decoded by all cores ahead of the answers: the digits, or the
    /// whole picture.
    /// </summary>
    private static IEnumerable<Found> Find(List<string> files, Network network) =>
        files.AsParallel().AsOrdered()
        .WithDegreeOfParallelism(Math.Min(4, Environment.ProcessorCount))
        .WithMergeOptions(ParallelMergeOptions.NotBuffered)
        .Select(file =>
        {
            try
            {
                return new Found(file, network.Find(file), null);
            }
            catch (UserErrorException e)
            {
                return new Found(file, [], e);
            }
        }).AsSequential();

    private static PictureAnswer Answer(Network network, Found found)
    {
        var classes = network.ClassNames.Count;
        var AL = new double[found.Images.Count * classes];
        network.Predict(found.Images.SelectMany(pixels => pixels).ToArray(), AL);
        return new PictureAnswer(found.File, [.. found.Images.Select((pixels, j) =>
            new DigitAnswer(pixels, AL[(j * classes)..((j + 1) * classes)]))], found.Error);
    }

    /// <summary>What is in a file.</summary>
    private sealed record Found(string File, IReadOnlyList<byte[]> Images, UserErrorException? Error);
}
