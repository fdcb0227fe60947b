using MnistGpu.Exchange.Layers;

namespace MnistGpu.Exchange.Onnx;

/// <content>The nodes that are taken, each as what it does to the network.</content>
internal sealed partial class OnnxReader
{
    /// <summary>MNIST's mean is 33.3; of pixels from 0 to 1 none is above 1.</summary>
    private const double LeastLargeMean = 16;

    private static bool IsPassed(string type) =>
        type is "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze" or "Identity" or "Cast" or "Dropout";

    /// <summary>What changes no number; a layer's width says later whether as many arrive.</summary>
    private void Pass(NodeProto node)
    {
        if (node.OpType == "Flatten" && (Attribute(node, "axis")?.I ?? 1) is var axis
            && axis is not (1 or < 0))
        {
            throw Refuse(node, "axis 1, each image for itself", $"{axis}");
        }

        if (node.OpType == "Cast" && (Attribute(node, "to")?.I ?? 0) is var type && type is not (OnnxElement.Float
            or OnnxElement.Double or OnnxElement.Float16 or OnnxElement.BFloat16))
        {
            throw Refuse(node, "a cast to floats", $"type {type} of ONNX");
        }

        if (node.OpType == "Dropout" && node.Input.Count > 2 && node.Input[2].Length > 0
            && constants.Find(node.Input[2])?.Values is not [0])
        {
            throw Refuse(node, "dropout that is off, as a graph for inference has it", "training mode",
                "export the model again in evaluation mode");
        }
    }

    private void Gemm(NodeProto node)
    {
        var (alpha, beta) = (Attribute(node, "alpha")?.F ?? 1, Attribute(node, "beta")?.F ?? 1);
        if ((Attribute(node, "transA")?.I ?? 0) != 0)
        {
            throw Refuse(node, "transA 0", "1");
        }

        var matrix = Matrix(node);
        var isOutIn = (Attribute(node, "transB")?.I ?? 0) != 0;
        var (outputs, inputs) = isOutIn ? (matrix.Shape[0], matrix.Shape[1]) : (matrix.Shape[1], matrix.Shape[0]);
        var W = isOutIn ? [.. matrix.Values] : NamedWeights.Transposed(matrix);
        var b = node.Input.Count > 2 && node.Input[2].Length > 0 ? Vector(node, node.Input[2]).Values : [];
        if (b.Length > 1 && b.Length != outputs)
        {
            throw Refuse(node, $"a bias of {outputs} numbers", $"{b.Length}");
        }

        chain.Linear(node.Name, outputs, inputs, alpha == 1 ? W : Array.ConvertAll(W, w => alpha * w),
            Array.ConvertAll(b, value => beta * value));
    }

    private void Affine(NodeProto node, string data)
    {
        if (node.Input.Count != 2 || node.Input[0] == node.Input[1])
        {
            throw Refuse(node, "the image's numbers and a constant", "something else");
        }

        var c = Vector(node, node.Input[0] == data ? node.Input[1] : node.Input[0]).Values;
        var (ones, zeros) = (Repeat(1, c.Length), Repeat(0, c.Length));
        var (factors, offsets) = node.OpType switch
        {
            "Add" => (ones, c),
            "Sub" => (ones, Array.ConvertAll(c, value => -value)),
            "Mul" => (c, zeros),
            _ => (Array.ConvertAll(c, value => 1 / value), zeros),
        };
        if (!isChanged && !isScaleKnown && ExpectsLargePixels(factors, offsets))
        {
            (chain, takesLargePixels) = (new LayerChain(path, InputScale.None, takesBytes: true), true);
        }

        chain.Affine(node.Name, factors, offsets);
        static double[] Repeat(double value, int count) => [.. Enumerable.Repeat(value, count)];
    }

    /// <summary>
    /// Whether floats are divided by 255, 256 or 127.5 or so, or lose a mean of such pixels, before anything else:
    /// exporters write Keras's Rescaling so. Floats from 0 to 1 would all become one number nearly, or stay far from 0.
    /// </summary>
    private static bool ExpectsLargePixels(double[] factors, double[] offsets) =>
        Array.TrueForAll(factors, factor => Math.Abs(factor) is > 1 / 300.0 and < 1 / 100.0)
        || Array.Exists(offsets, offset => Math.Abs(offset) >= LeastLargeMean);

    private void Normalize(NodeProto node)
    {
        if (node.Input.Count != 5 || (Attribute(node, "training_mode")?.I ?? 0) != 0
            || node.Output.Skip(1).Any(output => output.Length > 0))
        {
            throw Refuse(node, "BatchNormalization as in inference", "training mode",
                "export the model again in evaluation mode");
        }

        var epsilon = Attribute(node, "epsilon")?.F ?? 1e-5f;
        var parts = node.Input.Skip(1).Select(name => Vector(node, name).Values).ToArray();
        if (parts.Any(part => part.Length != parts[0].Length))
        {
            throw Refuse(node, "four constants of one length", string.Join(", ", parts.Select(part => part.Length)));
        }

        var k = parts[0].Select((gamma, i) => gamma / Math.Sqrt(parts[3][i] + epsilon)).ToArray();
        chain.Affine(node.Name, k, [.. parts[1].Select((beta, i) => beta - parts[2][i] * k[i])]);
    }

    private void End(NodeProto node)
    {
        // Below opset 13 all axes from this one on are one.
        var axis = Attribute(node, "axis")?.I ?? (opset < 13 ? 1 : -1);
        end = axis is 1 or -1 ? Where(node) : throw Refuse(node, "the axis of the classes, 1 or -1", $"{axis}");
    }

    private NamedArray Matrix(NodeProto node)
    {
        var name = node.Input.Count > 1 ? node.Input[1] : "";
        var array = Constant(node, name);
        // Shared weights would let a small file stand for any number of layers.
        if (!matrices.Add(name))
        {
            throw Refuse(node, "weights of its own", $"'{name}' of another layer");
        }

        return array.Shape.Length == 2 ? array : throw Refuse(node, "a matrix of weights", array.Dimensions);
    }

    /// <summary>One number, or one for each of a layer's; before the first layer one for each pixel.</summary>
    private NamedArray Vector(NodeProto node, string name)
    {
        var array = Constant(node, name);
        var large = array.Shape.Count(dim => dim > 1);
        return array.Values.Length > 0 && (large == 0 || !chain.HasLayer || (large == 1 && array.Shape[^1] > 1))
            ? array : throw Refuse(node, "one number, or one for each of the layer's", array.Dimensions);
    }

    private NamedArray Constant(NodeProto node, string name) => constants.Find(name)
        ?? throw Refuse(node, "a constant", name.Length == 0 ? "nothing" : $"'{name}', which is computed");
}
