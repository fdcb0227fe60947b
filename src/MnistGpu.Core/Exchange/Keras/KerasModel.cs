using System.Text.Json;
using MnistGpu.Exchange.Layers;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Keras;

/// <summary>
/// Keras's files: .keras, a zip with the layers in config.json and the weights in HDF5; .h5 of a whole model, with the
/// layers in an attribute; and .h5 of weights alone, where names and shapes must do.
/// </summary>
internal static class KerasModel
{
    /// <summary>The description of the layers in a .keras file.</summary>
    public const string ConfigEntry = "config.json";

    private const string WeightsEntry = "model.weights.h5";
    private const double Epsilon = 1e-3;

    /// <summary>Reads a .keras file.</summary>
    /// <exception cref="UserErrorException">It is damaged, or no such network.</exception>
    public static NetworkState ReadZip(string path, ZipContent archive, InputScale scale)
    {
        var hdf = HdfWeights.Read($"{path}, {WeightsEntry}", archive.Read(WeightsEntry));
        return Build(path, archive.Read(ConfigEntry), hdf, scale);
    }

    /// <summary>Reads an .h5 file.</summary>
    /// <exception cref="UserErrorException">It is damaged, or no such network.</exception>
    public static NetworkState ReadHdf(string path, byte[] file, ForeignActivation activation, InputScale scale)
    {
        var hdf = HdfWeights.Read(path, file);
        if (hdf.Config is { } config)
        {
            return Build(path, System.Text.Encoding.UTF8.GetBytes(config), hdf, scale);
        }

        var chain = new LayerChain(path, scale, takesBytes: false);
        new NamedWeights(path, Modules(path, hdf)).AddTo(chain, activation, isInOrder: false, Epsilon);
        return chain.End();
    }

    private static List<WeightModule> Modules(string path, HdfWeights hdf) => WeightModule.Group(path, hdf.Arrays
        .Where(array => !array.Name.StartsWith("optimizer", StringComparison.Ordinal)
            && !array.Name.Contains("seed_generator", StringComparison.Ordinal)));

    private static NetworkState Build(string path, byte[] config, HdfWeights hdf, InputScale scale)
    {
        try
        {
            using var json = JsonDocument.Parse(config);
            var model = json.RootElement.GetProperty("config");
            var layers = model.GetProperty("layers").EnumerateArray()
                .Select(layer => new KerasLayer(path, layer)).ToList();
            if (json.RootElement.GetProperty("class_name").GetString() != "Sequential")
            {
                RequireChain(path, model, layers);
            }

            var isRescaled = layers.Find(layer => !layer.ChangesNothing) is { Kind: "Rescaling" };
            var chain = new LayerChain(path, scale, takesBytes: isRescaled);
            var modules = Modules(path, hdf);
            var linear = InOrder(modules.Where(module => !module.IsNormalization),
                layers.Where(layer => layer.Kind == "Dense"));
            var normalizations = InOrder(modules.Where(module => module.IsNormalization),
                layers.Where(layer => layer.Kind == "BatchNormalization"));
            var last = layers.FindLastIndex(layer => !layer.IsPassive);
            for (var l = 0; l < layers.Count; l++)
            {
                layers[l].AddTo(chain, linear, normalizations, isLast: l >= last);
            }

            return chain.End();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            throw Foreign.Damaged(path, "a description of the layers as Keras writes it", e.Message, e);
        }
    }

    /// <summary>A functional model may be any graph: here each layer takes what the one before it gives, once.
    /// </summary>
    private static void RequireChain(string path, JsonElement model, List<KerasLayer> layers)
    {
        for (var l = 0; l < layers.Count; l++)
        {
            var (layer, uses) = (layers[l], layers[l].Uses);
            if (uses.Count != Math.Min(l, 1))
            {
                throw layer.Refuse(l == 0 ? "the image" : "one use", $"{uses.Count} uses");
            }

            if (l > 0 && (uses[0].Count != 1 || uses[0][0] != layers[l - 1].Name))
            {
                throw layer.Refuse($"what '{layers[l - 1].Name}' gives, the layer before it", Quoted(uses[0]));
            }
        }

        var outputs = KerasLayer.LayersIn(model.GetProperty("output_layers"));
        if (layers.Count > 0 && (outputs.Count != 1 || outputs[0] != layers[^1].Name))
        {
            throw Foreign.NoNetwork(path, $"one output, the last layer '{layers[^1].Name}'", Quoted(outputs));
        }

        static string Quoted(IReadOnlyList<string> names) =>
            names.Count == 0 ? "nothing" : string.Join(", ", names.Select(name => $"'{name}'"));
    }

    /// <summary>
    /// Weights in their layers' order: by the layers' names, as Keras 2 has them, or counted by class, as Keras 3 does
    /// whatever the layers are called.
    /// </summary>
    private static Queue<WeightModule> InOrder(IEnumerable<WeightModule> modules, IEnumerable<KerasLayer> layers)
    {
        var sorted = modules.OrderBy(module => module.Name, NaturalOrder.Instance).ToList();
        var named = layers.Select(layer => sorted.Find(module => module.Name.Split('/').Contains(layer.Name)))
            .ToList();
        return new Queue<WeightModule>(named.Contains(null) ? sorted : named!);
    }
}
