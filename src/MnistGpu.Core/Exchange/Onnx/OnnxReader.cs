using Google.Protobuf;
using MnistGpu.Exchange.Layers;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Onnx;

/// <summary>
/// Reads a fully connected network from ONNX: follows the one path from the one input to the one output, and folds
/// what is linear. What each node does is in OnnxReader.Nodes.cs.
/// </summary>
internal sealed partial class OnnxReader
{
    /// <summary>Before opset 7, Add and Mul broadcast by an attribute.</summary>
    private const int OldestOpset = 7;

    private const int MostNodes = 1000;

    private readonly string path;
    private readonly GraphProto graph;
    private readonly OnnxConstants constants;
    private readonly ILookup<string, NodeProto> consumers;
    private readonly long opset;
    private readonly ValueInfoProto input;
    private readonly bool isScaleKnown;
    private readonly HashSet<string> matrices = new(StringComparer.Ordinal);
    private LayerChain chain;
    private bool isChanged;
    private bool takesLargePixels;
    private string? end;

    private OnnxReader(string path, ModelProto model, InputScale scale)
    {
        this.path = path;
        graph = model.Graph ?? throw Foreign.Damaged(path, "an ONNX model with a graph", "none");
        constants = new OnnxConstants(path, graph);
        opset = OpsetOf(model);
        consumers = graph.Node.SelectMany(node => node.Input.Distinct().Select(name => (name, node)))
            .ToLookup(pair => pair.name, pair => pair.node);
        // Older exporters list the weights among the inputs, too.
        var inputs = graph.Input.Where(value => !constants.IsInitializer(value.Name)).ToArray();
        if (inputs.Length != 1 || graph.Output.Count != 1)
        {
            throw Foreign.NoNetwork(path, "one input and one output",
                $"{inputs.Length} inputs and {graph.Output.Count} outputs");
        }

        input = inputs[0];
        var element = input.Type?.TensorType?.ElemType ?? 0;
        if (element is not (OnnxElement.UInt8 or OnnxElement.Float or OnnxElement.Double or OnnxElement.Float16
            or OnnxElement.BFloat16))
        {
            throw Foreign.NoNetwork($"{path}, input '{input.Name}'", "bytes or floats", $"type {element} of ONNX");
        }

        isScaleKnown = element == OnnxElement.UInt8 || scale != InputScale.None;
        chain = new LayerChain(path, scale, takesBytes: element == OnnxElement.UInt8);
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scale">What the pixels are made of before they come in, where floats do;
    /// <see cref="InputScale.None"/> where nobody says, and then what the graph does first tells.</param>
    /// <exception cref="UserErrorException">The file is damaged, or its graph is no such network; then it names the
    /// node.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static (NetworkState State, string Description, Dictionary<string, string> Metadata) Read(string path,
        InputScale scale)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(RegularFile.ReadAllBytes(path));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Foreign.Damaged(path, "an ONNX model", e.Message, e);
        }

        var reader = new OnnxReader(path, model, scale);
        var state = reader.Walk();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        // Other programs may mean something else by the same words.
        foreach (var pair in model.ProducerName == OnnxWriter.Producer ? model.MetadataProps : [])
        {
            metadata[pair.Key] = pair.Value;
        }

        return (state, $"ONNX, opset {reader.opset}, {Plain.Text(model.ProducerName, 40)} "
            + Plain.Text(model.ProducerVersion, 40)
            + (reader.takesLargePixels ? ", floats that are pixels from 0 to 255" : ""), metadata);
    }

    private static string Where(NodeProto node) => $"{node.OpType} '{node.Name}'";

    private long OpsetOf(ModelProto model)
    {
        var version = model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version ?? 0;
        return version is >= OldestOpset and <= OnnxWriter.NewestOpset ? version
            : throw Foreign.NoNetwork(path, $"an opset from {OldestOpset} to {OnnxWriter.NewestOpset}", $"{version}",
                $"write it again with opset {OnnxOptions.DefaultOpset}");
    }

    private NetworkState Walk()
    {
        var at = input.Name;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            if (!seen.Add(at) || seen.Count > MostNodes)
            {
                throw Foreign.NoNetwork($"{path}, '{at}'", $"a way of up to {MostNodes} nodes without a circle",
                    seen.Count > MostNodes ? "more" : "a circle");
            }

            var isOutput = graph.Output[0].Name == at;
            // What asks only how many numbers there are is no part of the path.
            var next = consumers[at].Where(node => node.OpType is not ("Shape" or "Size")).Take(2).ToArray();
            if (isOutput && next.Length == 0)
            {
                var state = chain.End();
                RequireInputs(state.Shape);
                return state;
            }

            if (isOutput || next.Length != 1)
            {
                throw Foreign.NoNetwork($"{path}, '{at}'", "one way from the input to the output",
                    next.Length == 0 ? "an end" : $"a branch at {Where(next[0])}");
            }

            Apply(next[0], at);
            at = next[0].Output.Count > 0 ? next[0].Output[0]
                : throw Foreign.Damaged($"{path}, {Where(next[0])}", "an output", "none");
        }
    }

    /// <summary>The image's numbers, where the file says how many there are.</summary>
    private void RequireInputs(NetworkShape shape)
    {
        var dims = input.Type.TensorType.Shape?.Dim.Skip(1).ToArray() ?? [];
        var count = (Int128)1;
        foreach (var dim in dims)
        {
            count = count < 1 || count > int.MaxValue ? count : count * dim.DimValue;
        }

        // 0 stands for a name: any number.
        if (dims.Length > 0 && count != 0 && count != shape.Inputs)
        {
            throw Foreign.NoNetwork($"{path}, input '{input.Name}'",
                $"{shape.Inputs} numbers, as the first layer takes", $"{count}");
        }
    }

    private void Apply(NodeProto node, string data)
    {
        if (node.Domain is not ("" or "ai.onnx"))
        {
            throw Refuse(node, "operators of ONNX itself", $"one of '{node.Domain}'");
        }

        if (end is not null && !IsPassed(node.OpType))
        {
            throw Refuse(node, $"nothing behind {end}", node.OpType);
        }

        if (node.Input.Count == 0 || (node.Input[0] != data && node.OpType is not ("Add" or "Mul")))
        {
            throw Refuse(node, "the image's numbers as its first input", "a constant there, or nothing");
        }

        switch (node.OpType)
        {
            case var passed when IsPassed(passed):
                Pass(node);
                return;
            case "Add" or "Sub" or "Mul" or "Div":
                Affine(node, data);
                break;
            case "Gemm":
                Gemm(node);
                break;
            case "MatMul":
                var W = Matrix(node);
                chain.Linear(node.Name, W.Shape[1], W.Shape[0], NamedWeights.Transposed(W), []);
                break;
            case "BatchNormalization":
                Normalize(node);
                break;
            case "Relu":
                chain.Activate(node.Name, ForeignActivation.ReLU);
                break;
            case "LeakyRelu":
                var slope = Attribute(node, "alpha")?.F ?? 0.01f;
                chain.Activate(node.Name, slope == (float)LeakyReLU.Slope ? ForeignActivation.LeakyReLU
                    : throw Refuse(node, "the slope 0.01", $"{slope}"));
                break;
            case "Tanh":
                chain.Activate(node.Name, ForeignActivation.Tanh);
                break;
            case "Sigmoid":
                chain.Activate(node.Name, ForeignActivation.Sigmoid);
                break;
            case "Softmax" or "LogSoftmax":
                End(node);
                break;
            default:
                throw Refuse(node, "an operator that is taken", node.OpType);
        }

        isChanged = true;
    }

    private static AttributeProto? Attribute(NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    private UserErrorException Refuse(NodeProto node, string expected, string found, string? todo = null) =>
        Foreign.NoNetwork($"{path}, {Where(node)}", expected, found, todo);
}
