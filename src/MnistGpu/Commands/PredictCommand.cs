using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Gpu;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Training;
using Spectre.Console;

namespace MnistGpu.Program.Commands;

/// <summary>Reads digits in pictures.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Path("model", "a model file that train saved");
        var images = new Argument<string[]>("image")
        {
            Description = "PNG, JPEG or BMP pictures of one digit each, "
            + "any size, dark on light or light on dark",
            Arity = ArgumentArity.OneOrMore
        };
        var device = CommonOptions.Device();
        var json = CommonOptions.Json();
        var command = new Command("predict", "Read the digit in each picture.") { model, images, device, json };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(images)!, parsed.GetValue(device)!,
            parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, string[] paths, string device, bool json)
    {
        var choice = Engines.Choose(device);
        var state = ModelFile.Load(model).State;
        state.Shape.RequireFits(DigitSet.Pixels, DigitSet.Classes);
        var images = paths.Select(HandwrittenImage.Read).ToArray();
        using var engine = Engines.Create(choice, state.Shape, threads: 1);
        engine.Load(state);
        var AL = new double[images.Length * DigitSet.Classes];
        engine.Predict(images.SelectMany(image => image).ToArray(), AL);
        if (Array.Exists(AL, a => !double.IsFinite(a)))
        {
            throw CommonErrors.NoNumbers(model);
        }

        var answers = paths.Select((path, j) =>
            (Path: path, Probabilities: AL.AsMemory(j * DigitSet.Classes, DigitSet.Classes))).ToArray();
        if (json)
        {
            JsonOutput.Write(new
            {
                Model = model,
                Predictions = answers.Select(a => new
                {
                    Image = a.Path,
                    Digit = Evaluation.Best(a.Probabilities.Span),
                    Probabilities = a.Probabilities.ToArray()
                }),
            });
            return ExitCode.Done;
        }

        for (var j = 0; j < answers.Length; j++)
        {
            var p = answers[j].Probabilities.ToArray();
            var ranked = Enumerable.Range(0, p.Length).OrderByDescending(d => p[d]).ToArray();
            foreach (var line in DigitArt.Draw([(images[j], "")], AnsiConsole.Profile.Width))
            {
                Console.WriteLine(line);
            }

            Console.WriteLine($"{answers[j].Path}: {ranked[0]} ({Readable.Percent(p[ranked[0]])}), then {ranked[1]} "
                + $"({Readable.Percent(p[ranked[1]])}), {ranked[2]} ({Readable.Percent(p[ranked[2]])})");
        }

        return ExitCode.Done;
    }
}
