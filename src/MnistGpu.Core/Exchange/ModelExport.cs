using MnistGpu.Exchange.Code;
using MnistGpu.Exchange.Numpy;
using MnistGpu.Exchange.Onnx;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Exchange;

/// <summary>Writes a model for other programs; the name's ending says for which.</summary>
internal static class ModelExport
{
    /// <summary>What a file in another format says of the model besides its weights, if the model does.</summary>
    internal static readonly string[] Told =
    [
        "network", "activation", "step", "seed", "data", "train_accuracy", "dev_accuracy", "test_accuracy",
        .. ModelImages.Keys,
    ];

    /// <summary>The endings of names that are written.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".onnx", ".npz", ".safetensors", ".cs"];

    /// <summary>Writes a model; the parameters are those used for evaluation.</summary>
    /// <param name="path">Where to; it must not be there yet.</param>
    /// <param name="model">The model, as <see cref="ModelImport.Load"/> reads it.</param>
    /// <param name="onnx">How ONNX is written; null for bytes in and probabilities out.</param>
    /// <param name="names">What safetensors calls the weights.</param>
    /// <param name="replace">Whether a file that is there may be replaced.</param>
    /// <exception cref="UserErrorException">The ending is none of <see cref="Endings"/>, a file is there, or it cannot
    /// be written.</exception>
    public static void Save(string path, ModelFile model, OnnxOptions? onnx = null,
        ExportNames names = ExportNames.PyTorch, bool replace = false)
    {
        var write = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".onnx" => Onnx,
            ".npz" => () => NpzFile.Write(path, model.Networks.SelectMany((one, i) =>
                NpzFile.Entries(one, Prefix(i)))),
            ".safetensors" => Safetensor,
            ".cs" => () => CSharpFile.Write(path, model.RequireOne(path).State, Summary(model)),
            var other => (Action?)null ?? throw new UserErrorException("A model cannot be written as this",
                where: path, expected: $"a name that ends in {string.Join(", ", Endings)}",
                found: other.Length == 0 ? "no ending" : other, todo: "name the file after one of these formats"),
        };
        RequireNew(path, replace);
        write();

        void Onnx() => OnnxWriter.Write(path, model.Networks, Summary(model), onnx ?? new OnnxOptions());

        // A committee's names say whose they are.
        string Prefix(int network) => model.IsCommittee ? CommitteeFile.Prefix(network) : "";

        void Safetensor()
        {
            var tensors = new List<Tensor>();
            for (var i = 0; i < model.Networks.Count; i++)
            {
                var (state, prefix) = (model.Networks[i], Prefix(i));
                var shape = state.Shape;
                for (var l = 0; l < shape.Layers; l++)
                {
                    var (W, b) = names == ExportNames.Own ? ($"W{l + 1}", $"b{l + 1}")
                        : ($"fc{l + 1}.weight", $"fc{l + 1}.bias");
                    tensors.Add(new Tensor(prefix + W, [shape.Out(l), shape.In(l)], state.W[l]));
                    tensors.Add(new Tensor(prefix + b, [shape.Out(l)], state.b[l]));
                }
            }

            Safetensors.Write(path, tensors, Summary(model), asDouble: !model.Networks.All(one => one.IsSingle));
        }
    }

    /// <summary>Refuses to write over a file.</summary>
    /// <param name="path">Where to write.</param>
    /// <param name="replace">Whether that was asked for.</param>
    /// <exception cref="UserErrorException">There is something of this name, or it cannot be written there.</exception>
    public static void RequireNew(string path, bool replace)
    {
        AtomicFile.RequireWritable(path);
        if (!replace && File.Exists(path))
        {
            throw new UserErrorException("There is a file of this name already", where: path,
                expected: "a name that is free", found: "a file",
                todo: "choose another name, or allow it to be replaced");
        }
    }

    private static Dictionary<string, string> Summary(ModelFile model)
    {
        if (model.IsCommittee)
        {
            return model.Metadata.Where(pair => Told.Contains(pair.Key[(pair.Key.IndexOf('.') + 1)..]))
                .ToDictionary(StringComparer.Ordinal);
        }

        var shape = model.State.Shape;
        var summary = Told.Where(model.Metadata.ContainsKey).ToDictionary(key => key, key => model.Metadata[key]);
        summary["network"] = shape.ToString();
        summary["activation"] = shape.Activation.Name();
        return summary;
    }
}
