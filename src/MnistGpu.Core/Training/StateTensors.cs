using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// A network's arrays as named tensors: W1 [out, in], b1 [out], W2, …, with a prefix for what is kept besides the
/// parameters.
/// </summary>
internal static class StateTensors
{
    public static void Add(List<Tensor> tensors, NetworkShape shape, string prefix, double[][] W, double[][] b)
    {
        for (var l = 0; l < shape.Layers; l++)
        {
            tensors.Add(new Tensor($"{prefix}W{l + 1}", [shape.Out(l), shape.In(l)], W[l]));
            tensors.Add(new Tensor($"{prefix}b{l + 1}", [shape.Out(l)], b[l]));
        }
    }

    /// <summary>Whether the file has arrays with this prefix.</summary>
    public static bool Has(Safetensors file, string prefix) => file.Tensors.ContainsKey($"{prefix}W1");

    /// <summary>Copies the arrays with this prefix out of a file.</summary>
    /// <exception cref="UserErrorException">One is missing, of another shape, or holds what is no finite
    /// number.</exception>
    public static void Read(string path, Safetensors file, NetworkShape shape, string prefix, double[][] W,
        double[][] b)
    {
        for (var l = 0; l < shape.Layers; l++)
        {
            Find($"{prefix}W{l + 1}", [shape.Out(l), shape.In(l)]).CopyTo(W[l], 0);
            Find($"{prefix}b{l + 1}", [shape.Out(l)]).CopyTo(b[l], 0);
            RequireFinite(path, $"{prefix}W{l + 1}", W[l]);
            RequireFinite(path, $"{prefix}b{l + 1}", b[l]);
        }

        double[] Find(string name, int[] expected) =>
            file.Tensors.TryGetValue(name, out var tensor) && tensor.Shape.AsSpan().SequenceEqual(expected)
            ? tensor.Values
            : throw new UserErrorException("This file holds no whole checkpoint", where: $"{path}, tensor '{name}'",
                expected: $"the shape [{string.Join(", ", expected)}]",
                found: tensor is null ? "no such tensor" : $"[{string.Join(", ", tensor.Shape)}]",
                todo: "take another copy");
    }

    /// <exception cref="UserErrorException">A value is no finite number.</exception>
    public static void RequireFinite(string path, string name, double[] values)
    {
        var wrong = Array.FindIndex(values, v => !double.IsFinite(v));
        if (wrong >= 0)
        {
            throw new UserErrorException("This model cannot compute",
                where: $"{path}, tensor '{name}', element {wrong}", expected: "finite numbers",
                found: $"{values[wrong]}", todo: "use a model whose training did not diverge");
        }
    }
}
