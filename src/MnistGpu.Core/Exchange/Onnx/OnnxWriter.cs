using Google.Protobuf;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Onnx;

/// <summary>
/// Writes a network as ONNX: pixels [batch, …], Cast, Div by 255, Flatten, then for each layer Gemm (Wl [out, in] as
/// it is, transB 1) and the activation, and Softmax over the last axis: probabilities [batch, out].
/// </summary>
internal sealed class OnnxWriter
{
    /// <summary>The versions of the operators for which this graph means the same.</summary>
    public const int OldestOpset = 9;

    /// <summary>See <see cref="OldestOpset"/>.</summary>
    public const int NewestOpset = 26;

    /// <summary>What these files say wrote them.</summary>
    public const string Producer = "MnistGpu";

    private readonly GraphProto graph = new() { Name = "network" };
    private string last = "pixels";

    // What a committee's networks put before their names, to tell them apart.
    private string prefix = "";

    private OnnxWriter()
    {
    }

    /// <summary>Writes the file in one piece.</summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="networks">The parameters of the network, or of each of a committee's, whose probabilities Mean
    /// then averages; their moving averages are not looked at.</param>
    /// <param name="metadata">What else to keep, as metadata_props.</param>
    /// <param name="options">The graph's two ends, and the operators' version.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<NetworkState> networks,
        IReadOnlyDictionary<string, string> metadata, OnnxOptions options)
    {
        if (networks.Count > 1 && !options.GivesProbabilities)
        {
            throw new UserErrorException("A committee has no logits", where: path,
                expected: "probabilities, whose mean is its answer", found: "logits",
                todo: "export probabilities, or the networks one by one");
        }

        var model = Create(networks, metadata, options);
        AtomicFile.Write(path, model.WriteTo);
    }

    /// <summary>The graph.</summary>
    public static ModelProto Create(IReadOnlyList<NetworkState> networks, IReadOnlyDictionary<string, string> metadata,
        OnnxOptions options)
    {
        var writer = new OnnxWriter();
        writer.Build(networks, options);
        var model = new ModelProto
        {
            IrVersion = IrVersionOf(options.Opset),
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxWriter).Assembly.GetName().Version?.ToString(3) ?? "",
            Graph = writer.graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = options.Opset });
        foreach (var (key, value) in metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return model;
    }

    private void Build(IReadOnlyList<NetworkState> networks, OnnxOptions options)
    {
        var shape = networks[0].Shape;
        var image = options.Image ?? [shape.Inputs];
        graph.Input.Add(Value(last, options.TakesBytes ? OnnxElement.UInt8 : OnnxElement.Float, image));
        if (options.TakesBytes)
        {
            var cast = Node("Cast", "numbers");
            cast.Attribute.Add(Whole("to", OnnxElement.Float));
            Node("Div", "scaled", Constant("greatest", [], 255));
        }

        if (image.Count > 1)
        {
            Node("Flatten", "A0").Attribute.Add(Whole("axis", 1));
        }

        if (networks.Count == 1)
        {
            Layers(networks[0], options.GivesProbabilities);
        }
        else
        {
            Mean(networks);
        }

        graph.Output.Add(Value(last, OnnxElement.Float, [shape.Outputs]));
    }

    private void Layers(NetworkState state, bool givesProbabilities)
    {
        var shape = state.Shape;
        for (var l = 0; l < shape.Layers; l++)
        {
            var gemm = Node("Gemm", $"{prefix}Z{l + 1}",
                Constant($"{prefix}W{l + 1}", [shape.Out(l), shape.In(l)], state.W[l]),
                Constant($"{prefix}b{l + 1}", [shape.Out(l)], state.b[l]));
            gemm.Attribute.Add(Whole("transB", 1));
            if (l < shape.Layers - 1)
            {
                Activate(shape.Activation, l + 1);
            }
        }

        if (givesProbabilities)
        {
            // Below opset 13 the axis is 1 where none is said, from there on the last: here they are the same.
            Node("Softmax", $"{prefix}probabilities").Attribute.Add(Whole("axis", 1));
        }
        else
        {
            graph.Node[^1].Output[0] = last = "logits";
        }
    }

    /// <summary>Each network on the same images, then the mean of what they give.</summary>
    private void Mean(IReadOnlyList<NetworkState> networks)
    {
        var images = last;
        var mean = new NodeProto { OpType = "Mean", Name = "probabilities" };
        for (var i = 0; i < networks.Count; i++)
        {
            (last, prefix) = (images, $"network{i + 1}_");
            Layers(networks[i], givesProbabilities: true);
            mean.Input.Add(last);
        }

        mean.Output.Add(last = mean.Name);
        graph.Node.Add(mean);
    }

    private void Activate(Activation activation, int layer)
    {
        switch (activation)
        {
            case Activation.ReLU:
                Node("Relu", $"{prefix}A{layer}");
                break;
            case Activation.LeakyReLU:
                Node("LeakyRelu", $"{prefix}A{layer}").Attribute.Add(
                    new AttributeProto { Name = "alpha", F = (float)LeakyReLU.Slope, Type = 1 });
                break;
            case Activation.ScaledTanh:
                Node("Mul", $"{prefix}steep{layer}", Constant("tanh_slope", [], ScaledTanh.Slope));
                Node("Tanh", $"{prefix}tanh{layer}");
                Node("Mul", $"{prefix}A{layer}", Constant("tanh_height", [], ScaledTanh.Height));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "This cannot be written yet.");
        }
    }

    /// <summary>Adds a node behind the last one.</summary>
    private NodeProto Node(string type, string output, params ReadOnlySpan<string> constants)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.Add(last);
        foreach (var constant in constants)
        {
            node.Input.Add(constant);
        }

        node.Output.Add(last = output);
        graph.Node.Add(node);
        return node;
    }

    private string Constant(string name, int[] dims, params double[] values)
    {
        if (graph.Initializer.All(tensor => tensor.Name != name))
        {
            var bytes = new byte[values.Length * sizeof(float)];
            TensorBytes.Encode(values, bytes, TensorType.F32);
            var tensor = new TensorProto
            {
                Name = name,
                DataType = OnnxElement.Float,
                RawData = UnsafeByteOperations.UnsafeWrap(bytes),
            };
            tensor.Dims.AddRange(dims.Select(dim => (long)dim));
            graph.Initializer.Add(tensor);
        }

        return name;
    }

    private static ValueInfoProto Value(string name, int element, IReadOnlyList<int> dims)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new DimensionProto { DimParam = "batch" });
        shape.Dim.AddRange(dims.Select(dim => new DimensionProto { DimValue = dim }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TensorTypeProto { ElemType = element, Shape = shape } },
        };
    }

    private static AttributeProto Whole(string name, long value) => new() { Name = name, I = value, Type = 2 };

    // The version of the file's format that came with each of the operators' versions.
    private static int IrVersionOf(int opset) => opset switch
    {
        < 10 => 4,
        < 11 => 5,
        < 12 => 6,
        < 15 => 7,
        < 19 => 8,
        < 21 => 9,
        < 23 => 10,
        < 24 => 11,
        < 25 => 12,
        _ => 13,
    };
}
