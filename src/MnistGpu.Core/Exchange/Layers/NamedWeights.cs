namespace MnistGpu.Exchange.Layers;

/// <summary>
/// A network of weights that have names and shapes alone: the layers' order and the weights' layout follow from what
/// fits, the activation is told.
/// </summary>
/// <param name="file">The file, for errors.</param>
/// <param name="modules">Its layers.</param>
internal sealed class NamedWeights(string file, IReadOnlyList<WeightModule> modules)
{
    private const double EpsilonOfPyTorch = 1e-5;

    /// <summary>Adds the layers to a network.</summary>
    /// <param name="chain">The network.</param>
    /// <param name="activation">What stands between the layers.</param>
    /// <param name="isInOrder">Whether the file has its layers in the network's order; else they are chained by their
    /// widths, and by their names where these leave a choice.</param>
    /// <param name="epsilon">What BatchNorm adds to the variance.</param>
    /// <exception cref="UserErrorException">The layers make no one network.</exception>
    public void AddTo(LayerChain chain, ForeignActivation activation, bool isInOrder, double epsilon = EpsilonOfPyTorch)
    {
        var sorted = isInOrder ? [.. modules] : modules.OrderBy(module => module.Name, NaturalOrder.Instance).ToList();
        var linear = sorted.Where(module => !module.IsNormalization).ToList();
        if (linear.Count == 0)
        {
            throw Foreign.NoNetwork(file, "weights of linear layers, such as W1 or fc1.weight", modules.Count == 0
                ? "none" : string.Join(", ", modules.Take(8).Select(module => module.Name)));
        }

        var (layers, isTransposed) = Chained(linear);
        var normalizations = sorted.Where(module => module.IsNormalization).ToList();
        var isSequential = sorted.TrueForAll(module => module.Index is not null);
        for (var l = 0; l < layers.Count; l++)
        {
            var (module, isLast) = (layers[l], l == layers.Count - 1);
            var (outputs, inputs) = Size(module, isTransposed);
            chain.Linear(module.Name, outputs, inputs,
                isTransposed ? Transposed(module.Matrix!) : module.Matrix!.Values, module.Bias?.Values ?? []);
            var next = isLast ? int.MaxValue : layers[l + 1].Index ?? int.MaxValue;
            var behind = normalizations.Find(one => one.Width == outputs
                && (!isSequential || (one.Index > module.Index && one.Index < next)));
            // In torch.nn.Sequential the numbers tell what stands between: the next one is directly behind.
            var isFirst = behind is not null && (!isSequential || behind.Index == module.Index + 1);
            if (isFirst)
            {
                Normalize(chain, behind!, epsilon);
            }

            if (!isLast)
            {
                chain.Activate(module.Name, activation);
            }

            if (behind is not null && !isFirst)
            {
                Normalize(chain, behind, epsilon);
            }

            normalizations.Remove(behind!);
        }

        if (normalizations.Count > 0)
        {
            throw Foreign.NoNetwork($"{file}, '{normalizations[0].Name}'", "a linear layer of its width before it",
                $"none for {normalizations[0].Width}");
        }
    }

    /// <summary>x := γ·(x − mean)/√(variance + ε) + β.</summary>
    public static void Normalize(LayerChain chain, WeightModule module, double epsilon)
    {
        var k = new double[module.Width];
        var c = new double[module.Width];
        for (var i = 0; i < k.Length; i++)
        {
            k[i] = (module.Gamma?.Values[i] ?? 1) / Math.Sqrt(module.Variance!.Values[i] + epsilon);
            c[i] = (module.Bias?.Values[i] ?? 0) - module.Mean!.Values[i] * k[i];
        }

        chain.Affine(module.Name, k, c);
    }

    /// <summary>The transpose of a matrix [in, out].</summary>
    public static double[] Transposed(NamedArray matrix)
    {
        var (rows, columns) = (matrix.Shape[0], matrix.Shape[1]);
        var transposed = new double[rows * columns];
        for (var i = 0; i < rows; i++)
        {
            for (var k = 0; k < columns; k++)
            {
                transposed[k * rows + i] = matrix.Values[i * columns + k];
            }
        }

        return transposed;
    }

    private static (int Out, int In) Size(WeightModule module, bool isTransposed) => isTransposed
        ? (module.Matrix!.Shape[1], module.Matrix.Shape[0]) : (module.Matrix!.Shape[0], module.Matrix.Shape[1]);

    private (List<WeightModule> Layers, bool IsTransposed) Chained(List<WeightModule> linear)
    {
        bool[] ways = linear.Exists(module => module.IsInOut == true) ? [true] : [false, true];
        var found = new List<(List<WeightModule> Layers, bool IsTransposed)>();
        foreach (var isTransposed in ways)
        {
            var fits = linear.TrueForAll(module => module.Bias is null
                || module.Bias.Values.Length == Size(module, isTransposed).Out);
            if (fits && Chain(linear, isTransposed) is { } chained)
            {
                found.Add((chained, isTransposed));
            }
        }

        var matrices = string.Join(", ", linear.Take(8).Select(module =>
            $"{module.Name} {module.Matrix!.Dimensions}"
            + (module.Bias is null ? "" : $" with a bias {module.Bias.Dimensions}")));
        if (found.Count > 1 && linear.Exists(module => module.IsInOut is null))
        {
            // Read backwards, the layers chain the other way round: then W1 must be the first.
            found = found.FindAll(one => one.Layers.SequenceEqual(linear));
            if (found.Count != 1)
            {
                throw Foreign.NoNetwork(file, "layers that make a chain one way", "weights that make one as both "
                    + $"[out, in] and [in, out]: {matrices}", "add the biases, or call the weights fc1.weight, "
                    + "fc2.weight, … if they are [out, in], or fc1.kernel, fc2.kernel, … if they are [in, out]");
            }
        }

        return found.Count > 0 ? found[0] : throw Foreign.NoNetwork(file, "layers that make one chain, each with as "
            + "many inputs as the one before has outputs, and a bias for each output", matrices);
    }

    /// <summary>The layers in the network's order; null where they make no one chain.</summary>
    private static List<WeightModule>? Chain(List<WeightModule> linear, bool isTransposed)
    {
        if (IsChain(linear))
        {
            return linear;
        }

        // The first takes what no other gives; from there on the first by name that fits.
        var left = new List<WeightModule>(linear);
        var chain = new List<WeightModule>();
        var next = left.Find(module => linear.TrueForAll(other =>
            Size(other, isTransposed).Out != Size(module, isTransposed).In));
        while (next is not null)
        {
            chain.Add(next);
            left.Remove(next);
            var width = Size(next, isTransposed).Out;
            next = left.Find(module => Size(module, isTransposed).In == width);
        }

        return left.Count == 0 ? chain : null;

        bool IsChain(List<WeightModule> layers) => Enumerable.Range(1, layers.Count - 1).All(l =>
            Size(layers[l], isTransposed).In == Size(layers[l - 1], isTransposed).Out);
    }
}
