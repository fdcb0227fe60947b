using System.Globalization;
using MnistGpu.Exchange.Keras;
using MnistGpu.Exchange.Layers;
using MnistGpu.Exchange.Numpy;
using MnistGpu.Exchange.Onnx;
using MnistGpu.Exchange.Torch;
using MnistGpu.Files;
using MnistGpu.Files.Hdf;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Exchange;

/// <summary>
/// Reads models, those of other programs too: the first bytes say of which. Nothing in a file is executed.
/// </summary>
internal static class ModelImport
{
    /// <summary>The metadata key of the format of a model that another program wrote.</summary>
    public const string FormatKey = "imported";

    private const int Start = 16;

    /// <summary>The formats that are read, as help and errors name them.</summary>
    public static string Formats => "safetensors, ONNX, .npz, PyTorch's .pt, Keras's .h5 and .keras";

    /// <summary>Reads a model of this program, or of another.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What a file of another program leaves unsaid; null for p/255 and ReLU.</param>
    /// <exception cref="UserErrorException">The file cannot be read, is damaged, or holds no network that can be taken
    /// over; then it says what in it cannot.</exception>
    public static ModelFile Load(string path, ImportOptions? options = null)
    {
        var asked = options ?? new ImportOptions();
        try
        {
            using var file = RegularFile.Open(path, 1 << 16);
            var start = new byte[Start];
            var length = file.ReadAtLeast(start, Start, throwOnEndOfStream: false);
            file.Position = 0;
            var isSafetensors = length > 8 && start[8] == '{';
            if (!isSafetensors && file.Length > Foreign.MostBytes)
            {
                throw Foreign.Damaged(path, $"at most {Foreign.MostBytes:N0} bytes", $"{file.Length:N0}");
            }

            return isSafetensors ? FromSafetensors(path, asked)
                : start.AsSpan().StartsWith("PK\x03\x04"u8) ? FromZip(path, file, asked)
                : HdfFile.IsHdf(start) ? FromHdf(path, asked)
                : start[0] == 0x08 || Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase)
                    ? FromOnnx(path, asked)
                : ModelFile.Load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("The model file cannot be read", where: path,
                found: e is FileNotFoundException ? "no such file" : e.Message,
                todo: "check the name; Network.Save writes one", inner: e);
        }
    }

    private static ModelFile FromSafetensors(string path, ImportOptions asked)
    {
        var file = Safetensors.Read(path);
        if (ModelFile.IsOwn(file))
        {
            return ModelFile.Load(path, file);
        }

        var arrays = file.Tensors.Values.Select(tensor => new NamedArray(tensor.Name, tensor.Shape, tensor.Values));
        var model = Named("safetensors", path, [.. arrays], isInOrder: false, asked with
        {
            Activation = file.Metadata.GetValueOrDefault(ModelFile.ActivationKey) switch
            {
                "tanh" => ForeignActivation.ScaledTanh,
                "leaky-relu" => ForeignActivation.LeakyReLU,
                _ => asked.Activation,
            },
        });
        // Exports say the network; other programs may mean something else by the same words.
        return file.Metadata.ContainsKey(ModelFile.NetworkKey)
            ? model with { Metadata = WithImages(model.Metadata, file.Metadata) } : model;
    }

    private static ModelFile FromZip(string path, FileStream file, ImportOptions asked)
    {
        using var archive = ZipContent.Open(path, file);
        if (TorchFile.FindRoot(archive) is { } root)
        {
            return Named("PyTorch", path, TorchFile.Read(path, archive, root), isInOrder: true, asked);
        }

        if (archive.Names.Contains(KerasModel.ConfigEntry))
        {
            return Model("Keras, .keras", KerasModel.ReadZip(path, archive, asked.Input));
        }

        return archive.Names.Any(name => name.EndsWith(".npy", StringComparison.Ordinal))
            ? Named("NumPy", path, NpzFile.Read(path, archive), isInOrder: false, asked)
            : throw Foreign.NoNetwork(path, $"one of {Formats}", "a zip file of something else");
    }

    private static ModelFile FromHdf(string path, ImportOptions asked) => Model("Keras, HDF5",
        KerasModel.ReadHdf(path, RegularFile.ReadAllBytes(path), asked.Activation, asked.Input));

    private static ModelFile FromOnnx(string path, ImportOptions asked)
    {
        var (state, description, metadata) = OnnxReader.Read(path, asked.Input);
        var model = Model(description, state);
        return model with { Metadata = WithImages(model.Metadata, metadata) };
    }

    /// <summary>With what an export says of the images.</summary>
    private static Dictionary<string, string> WithImages(IReadOnlyDictionary<string, string> known,
        IReadOnlyDictionary<string, string> told)
    {
        var both = new Dictionary<string, string>(known);
        foreach (var key in ModelImages.Keys)
        {
            if (told.TryGetValue(key, out var value) && !ModelImages.IsForeign(key, value))
            {
                both[key] = value;
            }
        }

        return both;
    }

    private static ModelFile Named(string format, string path, IReadOnlyList<NamedArray> arrays, bool isInOrder,
        ImportOptions asked)
    {
        var chain = new LayerChain(path, asked.Input, takesBytes: false);
        new NamedWeights(path, WeightModule.Group(path, arrays)).AddTo(chain, asked.Activation, isInOrder);
        return Model(format, chain.End());
    }

    private static ModelFile Model(string format, NetworkState state) => new(state,
        new Dictionary<string, string>
        {
            ["network"] = state.Shape.ToString(),
            ["activation"] = state.Shape.Activation.Name(),
            ["step"] = state.Step.ToString(CultureInfo.InvariantCulture),
            [FormatKey] = format,
        });
}
