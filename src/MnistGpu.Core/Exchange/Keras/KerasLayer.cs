using System.Text.Json;
using MnistGpu.Exchange.Layers;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Keras;

/// <summary>A layer as Keras describes it.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="layer">Its class and its options.</param>
internal sealed class KerasLayer(string path, JsonElement layer)
{
    private readonly JsonElement config = layer.GetProperty("config");

    /// <summary>Its class.</summary>
    public string Kind { get; } = layer.GetProperty("class_name").GetString() ?? "";

    /// <summary>Whether it changes no number.</summary>
    public bool ChangesNothing => Kind is "InputLayer" or "Flatten" or "Dropout" or "Reshape";

    /// <summary>Whether the answer is the same without it.</summary>
    public bool IsPassive => ChangesNothing || Kind is "Softmax" || (Kind is "Activation" && Function is "softmax"
        or "linear");

    /// <summary>What the file calls it.</summary>
    public string Name => config.TryGetProperty("name", out var name) ? name.GetString() ?? Kind : Kind;

    /// <summary>A name; what is no name is its text, which no activation is called.</summary>
    private string Function => !config.TryGetProperty("activation", out var function)
        || function.ValueKind == JsonValueKind.Null ? "linear"
        : function.ValueKind == JsonValueKind.String ? function.GetString()! : function.GetRawText();

    /// <summary>The layers whose numbers each use of this one takes, in a model that says so.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Uses =>
        layer.TryGetProperty("inbound_nodes", out var nodes) && nodes.ValueKind == JsonValueKind.Array
            ? [.. nodes.EnumerateArray().Select(LayersIn)] : [];

    /// <summary>
    /// The layers that a part of a description refers to. Keras 2 refers to one as ["NAME", use, output, options], or
    /// without options; Keras 3 as {"keras_history": ["NAME", use, output]}.
    /// </summary>
    public static List<string> LayersIn(JsonElement part)
    {
        var names = new List<string>();
        Collect(part);
        return names;

        void Collect(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Array when element.GetArrayLength() >= 3
                    && element[0].ValueKind == JsonValueKind.String && element[1].ValueKind == JsonValueKind.Number:
                    names.Add(element[0].GetString()!);
                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Collect(item);
                    }

                    break;
                case JsonValueKind.Object:
                    foreach (var property in element.EnumerateObject())
                    {
                        Collect(property.Value);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Adds the layer to a network.</summary>
    /// <param name="chain">The network.</param>
    /// <param name="linear">The weights of the dense layers to come.</param>
    /// <param name="normalizations">The weights of the BatchNormalization layers to come.</param>
    /// <param name="isLast">Whether nothing that counts comes behind it.</param>
    /// <exception cref="UserErrorException">It cannot be taken over.</exception>
    public void AddTo(LayerChain chain, Queue<WeightModule> linear, Queue<WeightModule> normalizations, bool isLast)
    {
        switch (Kind)
        {
            case var _ when ChangesNothing:
                break;
            case "Dense":
                var dense = Next(linear);
                var kernel = dense.Matrix!;
                if (config.TryGetProperty("units", out var units) && units.GetInt32() != kernel.Shape[1])
                {
                    throw Refuse($"weights [in, {units.GetInt32()}]", kernel.Dimensions);
                }

                var uses = config.TryGetProperty("use_bias", out var bias) && bias.ValueKind == JsonValueKind.True;
                if (dense.Bias is { } b ? b.Values.Length != kernel.Shape[1] : uses)
                {
                    throw Refuse($"a bias of {kernel.Shape[1]} numbers", dense.Bias?.Dimensions ?? "none");
                }

                chain.Linear(Name, kernel.Shape[1], kernel.Shape[0], NamedWeights.Transposed(kernel),
                    dense.Bias?.Values ?? []);
                Activate(chain, Function, isLast);
                break;
            case "BatchNormalization":
                NamedWeights.Normalize(chain, Next(normalizations), Number("epsilon", 1e-3));
                break;
            case "Rescaling":
                chain.Affine(Name, [Number("scale", 1)], [Number("offset", 0)]);
                break;
            case "Activation":
                Activate(chain, Function, isLast);
                break;
            case "ReLU":
                RequireNumber("max_value", double.PositiveInfinity, "no max_value");
                RequireNumber("threshold", 0, "threshold 0");
                RequireNumber("negative_slope", 0, "negative_slope 0");
                Activate(chain, "relu", isLast);
                break;
            case "LeakyReLU":
                var slope = Number("negative_slope", Number("alpha", 0.3));
                if ((float)slope != (float)LeakyReLU.Slope)
                {
                    throw Refuse("the slope 0.01", $"{slope}");
                }

                chain.Activate(Name, ForeignActivation.LeakyReLU);
                break;
            case "Softmax":
                Activate(chain, "softmax", isLast);
                break;
            default:
                throw Refuse("a layer that is taken", Kind);
        }
    }

    /// <summary>Refuses the layer.</summary>
    public UserErrorException Refuse(string expected, string found) =>
        Foreign.NoNetwork($"{path}, {Kind} '{Name}'", expected, found);

    private void Activate(LayerChain chain, string function, bool isLast)
    {
        switch (function)
        {
            case "linear":
                break;
            case "softmax" when isLast:
                break;
            case "relu":
                chain.Activate(Name, ForeignActivation.ReLU);
                break;
            case "tanh":
                chain.Activate(Name, ForeignActivation.Tanh);
                break;
            case "sigmoid":
                chain.Activate(Name, ForeignActivation.Sigmoid);
                break;
            default:
                throw Refuse("relu, tanh, sigmoid or linear, and softmax at the end", function);
        }
    }

    /// <summary>An option; Keras writes null for one that was not given.</summary>
    private double Number(string key, double otherwise) =>
        !config.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? otherwise
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : throw Refuse($"one number as {key}", value.GetRawText());

    private void RequireNumber(string key, double taken, string expected)
    {
        if (Number(key, taken) is var found && found != taken)
        {
            throw Refuse(expected, $"{found}");
        }
    }

    private WeightModule Next(Queue<WeightModule> modules) => modules.TryDequeue(out var module)
        && (module.IsNormalization || module.Matrix is not null) ? module
        : throw Refuse("its weights in the file", "none");
}
