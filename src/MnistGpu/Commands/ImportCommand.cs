using System.CommandLine;
using System.Globalization;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Layers;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Makes a model of this program of one that another wrote.</summary>
internal static class ImportCommand
{
    private static readonly Dictionary<string, ForeignActivation> Activations = new(StringComparer.Ordinal)
    {
        ["relu"] = ForeignActivation.ReLU,
        ["leaky-relu"] = ForeignActivation.LeakyReLU,
        ["tanh"] = ForeignActivation.Tanh,
        ["sigmoid"] = ForeignActivation.Sigmoid,
        ["scaled-tanh"] = ForeignActivation.ScaledTanh,
    };

    public static Command Create()
    {
        var input = CommonOptions.Path("file", $"a network that another program trained: {ModelImport.Formats}");
        var output = CommonOptions.Path("out", "the model to write, a .safetensors file");
        var activation = CommonOptions.OneOf("--activation",
            "what stands between the layers, where the file has weights alone", "relu", [.. Activations.Keys]);
        var mean = Number("--input-mean", "what was taken off each pixel from 0 to 1, where the file does not say", 0);
        var deviation = Number("--input-deviation", "what the difference was divided by", 1);
        var json = CommonOptions.Json();
        var replace = CommonOptions.Switch("--replace", "write over a file that is there");
        var command = new Command("import",
            "Make a model of a network from ONNX, PyTorch, Keras or NumPy. Other commands read such files, too.") {
            input, output, activation, mean, deviation, replace, json };
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetValue(input)!, parsed.GetValue(output)!);
            FileKind.Model.Require("the output", to);
            AtomicFile.RequireOwn("the output", to, ("the file", from));
            ModelExport.RequireNew(to, parsed.GetValue(replace));
            var model = ModelImport.Load(from, new ImportOptions
            {
                Activation = Activations[parsed.GetValue(activation)!],
                Input = new InputScale(parsed.GetValue(mean), parsed.GetValue(deviation)),
            }).RequireOne(from);
            ModelFile.Save(to, model.State, asDouble: false, model.Metadata);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(new
                {
                    Network = model.State.Shape.ToString(),
                    Activation = model.State.Shape.Activation.Name(),
                    Imported = model.Metadata.GetValueOrDefault(ModelImport.FormatKey),
                    File = to,
                });
                return ExitCode.Done;
            }

            var shape = model.State.Shape;
            Console.WriteLine(Readable.Row("network", $"{shape}, {shape.Activation.Title()}"));
            Console.WriteLine(Readable.Row("from",
                $"{from}: {model.Metadata.GetValueOrDefault(ModelImport.FormatKey, "a model of this program")}"));
            Console.WriteLine(Readable.Row("written", to));
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<double> Number(string name, string description, double value) => CommonOptions.Parsed(name,
        description, "x", value, text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) && (value == 0 || number > 0) ? number
            : throw new UserErrorException("This number cannot be used", where: name,
                expected: value == 0 ? "a finite number" : "a finite number above 0", found: $"'{text}'",
                todo: $"give another {name}"));
}
