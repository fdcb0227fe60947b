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

    private static readonly (string Key, string Name)[] Measures =
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
        var (shape, metadata) = (file.Networks[0].Shape, file.Metadata);
        Row("model", $"{path}, {Readable.Count(new FileInfo(path).Length)} bytes");
        var activations = file.Networks.Select(one => one.Shape.Activation.Title()).Distinct();
        Row("network",
            $"{file.Title}, {string.Join(" and ", activations)}, {Readable.Count(file.ParameterCount)} parameters");
        for (var i = 0; i < file.Networks.Count && file.IsCommittee; i++)
        {
            Row($"network {i + 1}", Member(file, i));
        }

        // Those of a committee stand in its widths.
        for (var l = 0; l < shape.Layers && !file.IsCommittee; l++)
        {
            var parameters = ((long)shape.In(l) + 1) * shape.Out(l);
            Row($"layer {l + 1}", $"{shape.In(l)} to {shape.Out(l)}, {Readable.Count(parameters)} parameters, "
                + (l < shape.Layers - 1 ? shape.Activation.Title() : "softmax"));
        }

        Row("per image", NetworkCost.Describe(file.Networks.Select(one => one.Shape)));
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
            var seeds = file.IsCommittee ? $"seeds from {recipe.Seed} on" : $"seed {recipe.Seed}";
            Row("training", $"{file.Networks[0].Step} steps, {seeds}, on "
                + Plain.Text(metadata.GetValueOrDefault("device", "an unknown device")));
        }

        if (Accuracies(metadata, "") is { Length: > 0 } accuracies)
        {
            Row("accuracy", accuracies);
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

    /// <summary>A network of a committee: its widths, where it came from and how good it is alone.</summary>
    private static string Member(ModelFile file, int index)
    {
        var (state, metadata) = (file.Networks[index], CommitteeFile.MetadataOf(file.Metadata, index));
        var seed = metadata.TryGetValue("seed", out var text) ? $", seed {Plain.Text(text)}" : "";
        return $"{state.Shape}, {state.Shape.Activation.Title()}, {state.Step} steps{seed}{Accuracies(metadata, ", ")}";
    }

    private static void WriteJson(string path, ModelFile file, ModelRecipe? recipe, List<EpochRow> rows)
    {
        var (shape, metadata) = (file.Networks[0].Shape, file.Metadata);
        JsonOutput.Write(new
        {
            Model = path,
            Bytes = new FileInfo(path).Length,
            Sha256 = Hash(path),
            Network = shape.ToString(),
            Activation = shape.Activation.Name(),
            Members = file.Networks.Count,
            Networks = file.IsCommittee ? file.Networks.Select((one, i) => Member(one,
                CommitteeFile.MetadataOf(file.Metadata, i))) : null,
            Parameters = file.ParameterCount,
            Layers = Enumerable.Range(0, shape.Layers).Select(l => new
            {
                In = shape.In(l),
                Out = shape.Out(l),
                Parameters = ((long)shape.In(l) + 1) * shape.Out(l),
            }),
            OperationsPerImage = file.Networks.Sum(one => NetworkCost.Operations(one.Shape)),
            OperationsPerImageOfAStep = file.Networks.Sum(one => one.Shape.FlopsPerImage),
            BytesPerImage = file.Networks.Sum(one => NetworkCost.Bytes(one.Shape)),
            Imported = metadata.GetValueOrDefault(ModelImport.FormatKey),
            Data = metadata.GetValueOrDefault("data"),
            file.Networks[0].Step,
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

    private static object Member(NetworkState state, IReadOnlyDictionary<string, string> metadata) => new
    {
        Network = state.Shape.ToString(),
        Activation = state.Shape.Activation.Name(),
        state.Step,
        Seed = metadata.GetValueOrDefault("seed"),
        TestAccuracy = Accuracy(metadata, "test_accuracy"),
        DevAccuracy = Accuracy(metadata, "dev_accuracy"),
        TrainAccuracy = Accuracy(metadata, "train_accuracy"),
    };

    private static void Row(string label, string value) => Console.WriteLine(Readable.Row(label, value));

    /// <summary>What the metadata tell of accuracies, behind <paramref name="lead"/>; nothing where they tell
    /// none.</summary>
    private static string Accuracies(IReadOnlyDictionary<string, string> metadata, string lead)
    {
        var told = Measures.Select(measure => (measure.Name, Share: Accuracy(metadata, measure.Key)))
            .Where(measure => measure.Share is not null)
            .Select(measure => $"{Readable.Percent(measure.Share!.Value)} {measure.Name}").ToArray();
        return told.Length == 0 ? "" : lead + string.Join(", ", told);
    }

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
