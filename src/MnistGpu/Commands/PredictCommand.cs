using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Ink;
using MnistGpu.Exchange;
using MnistGpu.Files;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>Reads digits in pictures.</summary>
internal static class PredictCommand
{
    /// <summary>Of so many pictures each is drawn as the network saw it.</summary>
    private const int MostDrawn = 4;

    public static Command Create()
    {
        var model = CommonOptions.Path("model", "a model file that train saved");
        var images = new Argument<string[]>("image")
        {
            Description = "PNG, JPEG or BMP pictures of digits, any size, dark on light or light on dark; folders of "
                + "them, or patterns such as *.png",
            Arity = ArgumentArity.OneOrMore
        };
        var device = CommonOptions.Device();
        var csv = CommonOptions.FileOrNone("--csv", "write a table of the answers, too", FileKind.Table);
        var json = CommonOptions.Json();
        var command = new Command("predict", "Read the digits in pictures.") { model, images, device, csv, json };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(images)!, parsed.GetValue(device)!,
            parsed.GetValue(csv), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, string[] names, string device, string? csv, bool json)
    {
        var choice = Engines.Choose(device);
        var file = ModelImport.Load(model);
        var (state, isDark) = (file.State, TrainMetadata.IsDark(file.Metadata));
        state.Shape.RequireFits(DigitSet.Pixels, DigitSet.Classes);
        var files = PictureNames.Expand(names);
        if (csv is not null)
        {
            AtomicFile.RequireOwn("--csv", csv,
                [("the model", model), .. files.Select(one => ("a picture", (string?)one))]);
            AtomicFile.RequireWritable(csv);
        }

        using var engine = Engines.Create(choice, state.Shape, threads: 1);
        engine.Load(state);
        var alone = files.Count == 1 && !PictureNames.IsMany(names[0]);
        var answers = new List<PictureAnswer>();
        foreach (var answer in Find(files, isDark).Select(found => Answer(engine, model, found.Image, found.Digits,
            found.Error)))
        {
            if (alone && answer.Error is { } error)
            {
                throw error;
            }

            answers.Add(answer);
            if (!json)
            {
                PredictView.Write(answer, draw: files.Count <= MostDrawn);
            }
        }

        if (json)
        {
            PredictView.WriteJson(model, answers);
        }

        if (csv is not null)
        {
            PredictView.WriteCsv(csv, answers);
        }

        var failed = answers.Count(answer => answer.Error is not null);
        return failed == 0 ? ExitCode.Done : throw new UserErrorException(
            $"{failed} of {answers.Count} pictures {(failed == 1 ? "has" : "have")} no answer",
            todo: json ? "see \"error\" beside each" : "see the lines above, which say why");
    }

    /// <summary>The digits in each file, in the files' order, decoded by all cores ahead of the answers.</summary>
    private static IEnumerable<(string Image, IReadOnlyList<FoundDigit> Digits, UserErrorException? Error)> Find(
        List<string> files, bool isDark) => files.AsParallel().AsOrdered()
        .WithDegreeOfParallelism(Math.Min(4, Environment.ProcessorCount))
        .WithMergeOptions(ParallelMergeOptions.NotBuffered)
        .Select(file =>
        {
            try
            {
                return (file, HandwrittenImage.Find(file, isDark), null);
            }
            catch (UserErrorException e)
            {
                return (file, (IReadOnlyList<FoundDigit>)[], (UserErrorException?)e);
            }
        }).AsSequential();

    private static PictureAnswer Answer(INetworkEngine engine, string model, string image,
        IReadOnlyList<FoundDigit> digits, UserErrorException? error)
    {
        var AL = new double[digits.Count * DigitSet.Classes];
        if (digits.Count > 0)
        {
            engine.Predict(digits.SelectMany(digit => digit.Pixels).ToArray(), AL);
        }

        return Array.TrueForAll(AL, double.IsFinite)
            ? new PictureAnswer(image, [.. digits.Select((digit, j) =>
                new DigitAnswer(digit.Pixels, AL[(j * DigitSet.Classes)..((j + 1) * DigitSet.Classes)]))], error)
            : throw CommonErrors.NoNumbers(model);
    }
}
