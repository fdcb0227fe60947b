using MnistGpu.Model;

namespace MnistGpu.Exchange.Layers;

/// <summary>
/// Makes a network of this project out of another program's operations, in their order. What is linear folds into the
/// weights beside it: between two layers x stands for s ⊙ x + t, and
/// W·(s ⊙ x + t) + b = (W·diag(s))·x + (b + W·t).
/// </summary>
/// <param name="file">The file, for errors.</param>
/// <param name="scale">What the pixels are made of before the first operation.</param>
/// <param name="takesBytes">Whether the first operation gets pixels from 0 to 255; else what
/// <paramref name="scale"/> makes of them.</param>
internal sealed class LayerChain(string file, InputScale scale, bool takesBytes)
{
    // As many multiplications as a network of the largest size has weights, and no hostile file takes a minute.
    private const long MostProducts = 1L << 32;

    private readonly List<(int Out, int In, double[] W, double[] b)> layers = [];

    // x = s ⊙ (what the last layer gives) + t; one element stands for all. Our first layer gets p/255.
    private double[] s = [takesBytes ? 255 : 1 / scale.Deviation];
    private double[] t = [takesBytes ? 0 : -scale.Mean / scale.Deviation];
    private Activation? activation;
    private bool isActivated = true;
    private long parameters;
    private long products;

    /// <summary>Whether a layer is there.</summary>
    public bool HasLayer => layers.Count > 0;

    /// <summary>The numbers that the last layer gives; 0 where there is none.</summary>
    public int Width => HasLayer ? layers[^1].Out : 0;

    /// <summary>x := W·x + b.</summary>
    /// <param name="name">What the file calls it.</param>
    /// <param name="outputs">Rows of W.</param>
    /// <param name="inputs">Columns of W.</param>
    /// <param name="W">[out, in], row by row; it is kept and changed.</param>
    /// <param name="b">[out], or one element for all, or none; it is kept and changed.</param>
    /// <exception cref="UserErrorException">The layer does not fit the one before it.</exception>
    public void Linear(string name, int outputs, int inputs, double[] W, double[] b)
    {
        if (HasLayer && inputs != Width)
        {
            throw Foreign.NoNetwork($"{file}, '{name}'", $"{Width} inputs, as the layer before it gives", $"{inputs}");
        }

        parameters += (long)W.Length + outputs;
        if (outputs < 1 || inputs < 1 || parameters > NetworkShape.MaxParameters)
        {
            throw Foreign.NoNetwork($"{file}, '{name}'", $"1 to {NetworkShape.MaxParameters:N0} parameters in all",
                $"a layer of {outputs} × {inputs}");
        }

        if (b.Length > 0)
        {
            RequireLength(name, b.Length, outputs);
        }

        var bias = b.Length == outputs ? b : new double[outputs];
        if (b.Length == 1 && outputs > 1)
        {
            Array.Fill(bias, b[0]);
        }

        RequireLength(name, s.Length, inputs);
        for (var i = 0; i < outputs; i++)
        {
            var row = W.AsSpan(i * inputs, inputs);
            for (var k = 0; k < inputs; k++)
            {
                bias[i] += row[k] * t[t.Length == 1 ? 0 : k];
                row[k] *= s[s.Length == 1 ? 0 : k];
            }
        }

        if (isActivated)
        {
            layers.Add((outputs, inputs, W, bias));
        }
        else
        {
            MultiplyOut(name, outputs, W, bias);
        }

        (s, t, isActivated) = ([1], [0], false);
    }

    /// <summary>x := k ⊙ x + c.</summary>
    /// <param name="name">What the file calls it.</param>
    /// <param name="k">Factors; one for all, or one for each.</param>
    /// <param name="c">What is added; as many.</param>
    /// <exception cref="UserErrorException">There are others in number than the layer before gives.</exception>
    public void Affine(string name, double[] k, double[] c)
    {
        if (HasLayer)
        {
            RequireLength(name, k.Length, Width);
        }

        if (!isActivated)
        {
            var (outputs, inputs, W, b) = layers[^1];
            for (var i = 0; i < outputs; i++)
            {
                var factor = k[k.Length == 1 ? 0 : i];
                foreach (ref var w in W.AsSpan(i * inputs, inputs))
                {
                    w *= factor;
                }

                b[i] = b[i] * factor + c[c.Length == 1 ? 0 : i];
            }

            return;
        }

        var length = Math.Max(s.Length, k.Length);
        RequireLength(name, s.Length, length);
        RequireLength(name, k.Length, length);
        var (before, offset) = (s, t);
        s = [.. Enumerable.Range(0, length).Select(i => At(k, i) * At(before, i))];
        t = [.. Enumerable.Range(0, length).Select(i => At(k, i) * At(offset, i) + At(c, i))];
        static double At(double[] values, int i) => values[values.Length == 1 ? 0 : i];
    }

    /// <summary>
    /// x := f(x). With T(z) = 1.7159·tanh(⅔·z), tanh z = T(1.5·z)/1.7159 and
    /// 1/(1 + e^−z) = ½ + T(0.75·z)/(2·1.7159).
    /// </summary>
    /// <param name="name">What the file calls it.</param>
    /// <param name="f">Which.</param>
    /// <exception cref="UserErrorException">There is no layer before it, or another activation in the network.
    /// </exception>
    public void Activate(string name, ForeignActivation f)
    {
        var kind = f switch
        {
            ForeignActivation.ReLU => Activation.ReLU,
            ForeignActivation.LeakyReLU => Activation.LeakyReLU,
            _ => Activation.ScaledTanh,
        };
        if (isActivated || (activation is { } other && other != kind))
        {
            throw Foreign.NoNetwork($"{file}, '{name}'", "one kind of activation, each behind a layer",
                isActivated ? $"{f} behind none" : $"{f} in a network with {activation}");
        }

        switch (f)
        {
            case ForeignActivation.Tanh:
                Affine(name, [1 / ScaledTanh.Slope], [0]);
                (s, t) = ([1 / ScaledTanh.Height], [0]);
                break;
            case ForeignActivation.Sigmoid:
                Affine(name, [0.5 / ScaledTanh.Slope], [0]);
                (s, t) = ([0.5 / ScaledTanh.Height], [0.5]);
                break;
            default:
                break;
        }

        (activation, isActivated) = (kind, true);
    }

    /// <summary>The network, at step 0.</summary>
    /// <exception cref="UserErrorException">There is none, it ends in an activation, or a number in it is not finite.
    /// </exception>
    public NetworkState End()
    {
        if (!HasLayer || isActivated)
        {
            throw Foreign.NoNetwork(file, "a linear layer at the end",
                HasLayer ? "an activation" : "no linear layer at all");
        }

        var shape = new NetworkShape(file, [layers[0].In, .. layers.Select(layer => layer.Out)])
            .With(activation ?? Activation.ReLU);
        var state = new NetworkState(shape);
        for (var l = 0; l < layers.Count; l++)
        {
            (state.W[l], state.b[l]) = (layers[l].W, layers[l].b);
        }

        return state.IsFinite ? state : throw Foreign.NoNetwork(file, "finite numbers as weights",
            "NaN or an infinity", "use a model whose training did not diverge");
    }

    /// <summary>Two layers with nothing between them are one.</summary>
    private void MultiplyOut(string name, int outputs, double[] W, double[] b)
    {
        var (middle, inputs, before, offset) = layers[^1];
        products += (long)outputs * middle * inputs;
        if (products > MostProducts || (long)outputs * inputs > NetworkShape.MaxParameters)
        {
            throw Foreign.NoNetwork($"{file}, '{name}'", "an activation between two layers as large as these", "none");
        }

        var product = new double[outputs * inputs];
        for (var i = 0; i < outputs; i++)
        {
            var row = product.AsSpan(i * inputs, inputs);
            for (var j = 0; j < middle; j++)
            {
                var w = W[i * middle + j];
                b[i] += w * offset[j];
                for (var k = 0; k < inputs; k++)
                {
                    row[k] += w * before[j * inputs + k];
                }
            }
        }

        layers[^1] = (outputs, inputs, product, b);
    }

    private void RequireLength(string name, int found, int expected)
    {
        if (found != 1 && found != expected)
        {
            throw Foreign.NoNetwork($"{file}, '{name}'", $"1 or {expected} numbers, as the layer has", $"{found}");
        }
    }
}
