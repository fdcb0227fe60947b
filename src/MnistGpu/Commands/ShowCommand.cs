using System.CommandLine;
using System.Globalization;
using MnistGpu.Exchange;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Says what is in a model: layers, costs, and how it was trained.</summary>
internal static class ShowCommand
{
    // A file's words, in a line that is never broken.
    private const int LongestCommand = 2000;

    private static readonly (string Key, string Name)[] Accuracies =
        [("test_accuracy", "test"), ("dev_accuracy", "development"), ("train_accuracy", "training")];

    public static Command Create()
    {
        var model = CommonOptions.Model();
        var json = CommonOptions.Json();
        var command = new Command("show",
            "Show a model's layers, parameters, operations and memory, and how it was trained.") { model, json };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(model)!;
            var file = ModelImport.Load(path);
            var recipe = Recipe(path, file);
            var rows = Rows(file);
            if (parsed.GetValue(json))
            {
                WriteJson(path, file, recipe, rows);
            }
            else
            {
                Write(path, file, recipe, rows);
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>How it was trained; null where it does not say, or says it as another version does.</summary>
    private static ModelRecipe? Recipe(string path, ModelFile file)
    {
        try
        {
            return ModelRecipe.Find(path, file);
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    private static void Write(string path, ModelFile file, ModelRecipe? recipe, List<EpochRow> rows)
    {
        var (shape, metadata) = (file.State.Shape, file.Metadata);
        Row("model", $"{path}, {Readable.Count(new FileInfo(path).Length)} bytes");
        Row("network", $"{shape}, {shape.Activation.Title()}, {Readable.Count(shape.ParameterCount)} parameters");
        for (var l = 0; l < shape.Layers; l++)
        {
            var parameters = ((long)shape.In(l) + 1) * shape.Out(l);
            Row($"layer {l + 1}", $"{shape.In(l)} to {shape.Out(l)}, {Readable.Count(parameters)} parameters, "
                + (l < shape.Layers - 1 ? shape.Activation.Title() : "softmax"));
        }

        Row("per image", NetworkCost.Describe(shape));
        if (metadata.TryGetValue(ModelImport.FormatKey, out var format))
        {
            Row("imported", Plain.Text(format));
        }

        if (metadata.TryGetValue("data", out var data))
        {
            Row("data", Plain.Text(data)
                + (metadata.TryGetValue("images", out var images) ? $", {Plain.Text(images)} images to train on" : ""));
        }

        if (recipe is not null)
        {
            Row("training", $"{file.State.Step} steps, seed {recipe.Seed}, on "
                + Plain.Text(metadata.GetValueOrDefault("device", "an unknown device")));
        }

        var accuracies = Accuracies.Where(measure => Accuracy(metadata, measure.Key) is not null)
            .Select(measure => $"{Readable.Percent(Accuracy(metadata, measure.Key)!.Value)} {measure.Name}").ToArray();
        if (accuracies.Length > 0)
        {
            Row("accuracy", string.Join(", ", accuracies));
        }

        if (rows.Count > 0)
        {
            Row("history",
                $"{Readable.Count(rows.Count, "row")}, loss {rows[0].Loss:0.0000} to {rows[^1].Loss:0.0000}");
        }

        Row("sha-256", Hash(path));
        if (recipe?.Command is { } command)
        {
            Console.WriteLine($"\nTo train it again, with --data if the images are elsewhere:\n"
                + Readable.Command(Plain.Text(command, LongestCommand)));
        }
    }

    private static void WriteJson(string path, ModelFile file, ModelRecipe? recipe, List<EpochRow> rows)
    {
        var (shape, metadata) = (file.State.Shape, file.Metadata);
        JsonOutput.Write(new
        {
            Model = path,
            Bytes = new FileInfo(path).Length,
            Sha256 = Hash(path),
            Network = shape.ToString(),
            Activation = shape.Activation.Name(),
            Parameters = shape.ParameterCount,
            Layers = Enumerable.Range(0, shape.Layers).Select(l => new
            {
                In = shape.In(l),
                Out = shape.Out(l),
                Parameters = ((long)shape.In(l) + 1) * shape.Out(l),
            }),
            OperationsPerImage = NetworkCost.Operations(shape),
            OperationsPerImageOfAStep = shape.FlopsPerImage,
            BytesPerImage = NetworkCost.Bytes(shape),
            Imported = metadata.GetValueOrDefault(ModelImport.FormatKey),
            Data = metadata.GetValueOrDefault("data"),
            file.State.Step,
            recipe?.Seed,
            recipe?.Command,
            TestAccuracy = Accuracy(metadata, "test_accuracy"),
            DevAccuracy = Accuracy(metadata, "dev_accuracy"),
            TrainAccuracy = Accuracy(metadata, "train_accuracy"),
            History = rows.Select(row => new
            {
                row.Epoch,
                row.Step,
                row.Loss,
                TrainAccuracy = row.Accuracy,
                DevAccuracy = row.Development
            }),
        });
    }

    private static void Row(string label, string value) => Console.WriteLine(Readable.Row(label, value));

    private static double? Accuracy(IReadOnlyDictionary<string, string> metadata, string key) =>
        double.TryParse(metadata.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture,
            out var share) && share is >= 0 and <= 1 ? share : null;

    private static List<EpochRow> Rows(ModelFile file)
    {
        try
        {
            return TrainingHistory.Parse(file.Metadata.GetValueOrDefault("history", ""));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            // A model of another program has none, and a damaged one is no reason to show nothing.
            return [];
        }
    }

    private static string Hash(string path)
    {
        using var hash = Sha256.Start();
        using var file = RegularFile.Open(path, 1 << 16);
        var block = new byte[1 << 16];
        for (var read = file.Read(block); read > 0; read = file.Read(block))
        {
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
