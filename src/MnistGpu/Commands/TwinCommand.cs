using System.CommandLine;
using System.IO.Compression;
using MnistGpu.Data;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Twin;
using MnistGpu.Files;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Writes a script that replays a model's training without this program.</summary>
internal static class TwinCommand
{
    private const string IdxSource = "IDX files in ";

    public static Command Create()
    {
        var model = CommonOptions.Path("model", "a model file that train saved");
        var output = CommonOptions.Path("out", "the script to write, a .py file; an .npz goes beside it");
        var data = CommonOptions.Data();
        var replace = CommonOptions.Switch("--replace", "write over files that are there");
        var json = CommonOptions.Json();
        var command = new Command("twin",
            "Write a NumPy script that replays a model's training without this program, and compares.") {
            model, output, data, replace, json };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(output)!, parsed.GetValue(data)!,
            parsed.GetValue(replace), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string from, string to, string data, bool replace, bool json)
    {
        FileKind.Script.Require("the output", to);
        var arrays = TwinScript.ArraysFor(to);
        AtomicFile.RequireOwn("the output", to, ("the model", from), ("its .npz", arrays));
        AtomicFile.RequireOwn("the output's .npz", arrays, ("the model", from));
        ModelExport.RequireNew(to, replace);
        ModelExport.RequireNew(arrays, replace);
        using var interruption = new Interruption();
        var file = ModelImport.Load(from).RequireOne(from);
        var recipe = ModelRecipe.Find(from, file)
            ?? throw new UserErrorException("This model does not say how it was trained", where: from,
                expected: "a model that train saved", found: "none of its options",
                todo: "train one with train --save");
        var loaded = new ModelOnData(from, file).Fit(
            Loading.Load(data, recipe.Request.DataRequest, json, interruption.Token));
        TwinScript.Write(to, Recipe(from, file, recipe, loaded));
        if (json)
        {
            JsonOutput.Write(new
            {
                Script = to,
                Arrays = arrays,
                Network = file.State.Shape.ToString(),
                Steps = file.State.Step
            });
        }
        else
        {
            Console.WriteLine(Readable.Row("network", $"{file.State.Shape}, {file.State.Step} steps"));
            Console.WriteLine(Readable.Row("written", $"{to} and {arrays}"));
            Console.WriteLine(Readable.Row("to run it", $"python3 {to}"));
        }

        return ExitCode.Done;
    }

    private static TwinRecipe Recipe(string path, ModelFile model, ModelRecipe recipe, DigitData data)
    {
        var (request, seed) = (recipe.Request, recipe.Seed);
        var split = request.Split(data, seed);
        var (training, heldOut) = (split.Training.Count, split.Development?.Count ?? 0);
        if (model.Metadata.TryGetValue("images", out var images) && images != $"{training}")
        {
            throw new UserErrorException("These are not the images that the model was trained on",
                where: $"--data, {data.Source}", expected: $"{images} images to train on, as in {path}",
                found: $"{training}", todo: $"name the data that it was trained on: "
                + model.Metadata.GetValueOrDefault("data", "unknown"));
        }

        return new TwinRecipe(model.State, request.Options.Plan(training, seed), model.State.Step, data.Train)
        {
            Taken = training + heldOut,
            HeldOut = heldOut,
            IsShuffled = request.Options.Shuffle,
            Batch = request.Batch,
            Seed = seed,
            Start = request.Init,
            StartState = request.StartFile is { } start ? ModelImport.Load(start).RequireOne(start).State : null,
            Regularization = request.Options.MakeRegularization(seed, data.Train.Shape),
            IdxFolder = data.Source.StartsWith(IdxSource, StringComparison.Ordinal)
                && Path.GetFullPath(data.Source[IdxSource.Length..]) is var folder && HoldsAsTheyAre(folder, data.Train)
                    ? folder : null,
        };
    }

    /// <summary>
    /// Whether the script finds the images under MNIST's names, byte for byte: other IDX files are turned, scaled or
    /// renamed as they are read.
    /// </summary>
    private static bool HoldsAsTheyAre(string folder, DigitSet images) =>
        Begins(Path.Combine(folder, "train-images-idx3-ubyte"), 16, images.X)
        && Begins(Path.Combine(folder, "train-labels-idx1-ubyte"), 8, images.Labels);

    private static bool Begins(string path, int header, ReadOnlyMemory<byte> expected)
    {
        var isPacked = !File.Exists(path);
        if (isPacked && !File.Exists($"{path}.gz"))
        {
            return false;
        }

        using Stream file = isPacked
            ? new GZipStream(RegularFile.Open($"{path}.gz", 1 << 16), CompressionMode.Decompress)
            : RegularFile.Open(path, 1 << 16);
        var bytes = new byte[header + expected.Length];
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            && bytes.AsSpan(header).SequenceEqual(expected.Span);
    }
}
