using MnistGpu.Exchange.Layers;

namespace MnistGpu.Exchange.Onnx;

/// <summary>
/// The constants of a graph: its initializers, nodes Constant, and what Identity, Cast or Transpose make of those.
/// </summary>
internal sealed class OnnxConstants
{
    private const int Deepest = 16;

    private readonly string path;
    private readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeProto> makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NamedArray> read = new(StringComparer.Ordinal);

    public OnnxConstants(string path, GraphProto graph)
    {
        this.path = path;
        foreach (var tensor in graph.Initializer)
        {
            initializers[tensor.Name] = tensor;
        }

        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
            {
                makers[output] = node;
            }
        }
    }

    /// <summary>Whether a name is an initializer.</summary>
    public bool IsInitializer(string name) => initializers.ContainsKey(name);

    /// <summary>Whether a name is a constant.</summary>
    public bool Has(string name) => Has(name, 0);

    /// <summary>A constant; null where the name is none.</summary>
    /// <exception cref="UserErrorException">Its numbers cannot be read.</exception>
    public NamedArray? Find(string name) => Has(name) ? Read(name) : null;

    private bool Has(string name, int depth) => initializers.ContainsKey(name)
        || (depth < Deepest && makers.TryGetValue(name, out var node) && (node.OpType == "Constant"
            || (node.OpType is "Identity" or "Cast" or "Transpose" && node.Input.Count == 1
                && Has(node.Input[0], depth + 1))));

    private NamedArray Read(string name) =>
        read.TryGetValue(name, out var array) ? array : read[name] = Make(name);

    private NamedArray Make(string name)
    {
        if (initializers.TryGetValue(name, out var tensor))
        {
            return OnnxTensor.Read(path, tensor);
        }

        var node = makers[name];
        if (node.OpType != "Constant")
        {
            var array = Read(node.Input[0]);
            return node.OpType != "Transpose" ? array
                : array.Shape.Length == 2
                    ? new NamedArray(name, [array.Shape[1], array.Shape[0]], NamedWeights.Transposed(array))
                : throw Foreign.NoNetwork($"{path}, Transpose '{node.Name}'", "a matrix", array.Dimensions);
        }

        var value = node.Attribute.FirstOrDefault(attribute => attribute.Name.StartsWith("value",
            StringComparison.Ordinal));
        return value switch
        {
            { Name: "value", T: not null } => OnnxTensor.Read(path, value.T) with { Name = name },
            { Name: "value_float" } => new NamedArray(name, [], [value.F]),
            { Name: "value_int" } => new NamedArray(name, [], [value.I]),
            { Name: "value_floats" } => new NamedArray(name, [value.Floats.Count],
                [.. value.Floats.Select(number => (double)number)]),
            { Name: "value_ints" } => new NamedArray(name, [value.Ints.Count],
                [.. value.Ints.Select(number => (double)number)]),
            _ => throw Foreign.NoNetwork($"{path}, Constant '{name}'", "numbers",
                value is null ? "none" : value.Name),
        };
    }
}
