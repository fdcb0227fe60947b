using System.CommandLine;
using System.Text;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Onnx;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Program.Web;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Writes a model for other programs.</summary>
internal static class ExportCommand
{
    private const string Bytes = "bytes";
    private const string Probabilities = "probabilities";
    private const string PyTorch = "pytorch";

    public static Command Create()
    {
        var model = CommonOptions.Model();
        var output = CommonOptions.Path("out",
            $"the file to write; its ending says the format: {string.Join(", ", ModelExport.Endings)}, "
            + ".html for a page to draw on");
        var input = CommonOptions.OneOf("--input",
            "what an .onnx file takes: bytes from 0 to 255, or floats from 0 to 1", Bytes, Bytes, "floats");
        var ends = CommonOptions.OneOf("--output", "what an .onnx file gives", Probabilities, Probabilities, "logits");
        var names = CommonOptions.OneOf("--names",
            "what a .safetensors file calls the weights: fc1.weight, fc1.bias, … or W1, b1, …", PyTorch, PyTorch,
            "own");
        var json = CommonOptions.Json();
        var replace = CommonOptions.Switch("--replace", "write over a file that is there");
        var command = new Command("export",
            "Write a model for ONNX Runtime, NumPy or PyTorch, as a C# file, or as a web page.") { model, output, input,
            ends, names, replace, json };
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetValue(model)!, parsed.GetValue(output)!);
            AtomicFile.RequireOwn("the output", to, ("the model", from));
            var file = ModelImport.Load(from);
            var onnx = new OnnxOptions
            {
                TakesBytes = parsed.GetValue(input) == Bytes,
                GivesProbabilities = parsed.GetValue(ends) == Probabilities,
                Image = ImageOf(from, file),
            };
            if (IsPage(to))
            {
                ModelExport.RequireNew(to, parsed.GetValue(replace));
                var page = StandalonePage.Render(Path.GetFileName(from), file.RequireOne(from).State, file.Images(from),
                    ModelImages.AreDark(file.Metadata));
                AtomicFile.Write(to, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
            }
            else
            {
                ModelExport.Save(to, file, onnx,
                    parsed.GetValue(names) == PyTorch ? ExportNames.PyTorch : ExportNames.Own,
                    parsed.GetValue(replace));
            }

            if (parsed.GetValue(json))
            {
                JsonOutput.Write(new
                {
                    Network = file.Networks[0].Shape.ToString(),
                    Members = file.Networks.Count,
                    Activation = file.Networks[0].Shape.Activation.Name(),
                    File = to,
                    Bytes = new FileInfo(to).Length,
                });
                return ExitCode.Done;
            }

            Console.WriteLine(Readable.Row("network", $"{file.Title}, {file.Networks[0].Shape.Activation.Title()}"));
            Console.WriteLine(Readable.Row("written", $"{to}, {Readable.Count(new FileInfo(to).Length)} bytes"));
            return ExitCode.Done;
        });
        return command;
    }

    private static bool IsPage(string path) => Path.GetExtension(path).ToLowerInvariant() is ".html" or ".htm";

    /// <summary>
    /// An image's dimensions: channels first where there is one of them, last where a pixel's bytes are together. A
    /// file that does not say has squares where they can be.
    /// </summary>
    private static int[]? ImageOf(string path, ModelFile file)
    {
        if (ModelImages.IsStated(file.Metadata))
        {
            var images = file.Images(path);
            return images.Channels == 1 ? [1, images.Height, images.Width]
                : [images.Height, images.Width, images.Channels];
        }

        var inputs = file.Networks[0].Shape.Inputs;
        var side = (int)Math.Round(Math.Sqrt(inputs));
        return side * side == inputs ? [1, side, side] : null;
    }
}
