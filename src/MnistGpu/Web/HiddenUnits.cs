using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Program.Web;

/// <summary>What the hidden units of a small network do for one image, worked out on the host in float64.</summary>
internal sealed class HiddenUnits
{
    /// <summary>More units than these are no picture that a person can read.</summary>
    public const int Most = 64;

    private readonly NetworkState state;

    private HiddenUnits(NetworkState state) => this.state = state;

    /// <summary>The units of a model; null where it has none, or more than <see cref="Most"/>.</summary>
    public static HiddenUnits? From(NetworkState state)
    {
        var units = state.Shape.Widths[1..^1].Sum(width => (long)width);
        return units is > 0 and <= Most ? new HiddenUnits(state.EvaluationParameters) : null;
    }

    /// <summary>A1 to A(L−1), each [units], for one image.</summary>
    public double[][] Activations(ReadOnlySpan<byte> pixels)
    {
        var A = new double[pixels.Length];
        Equations.Scale(pixels, A);
        var hidden = new double[state.Shape.Layers - 1][];
        for (var l = 0; l < hidden.Length; l++)
        {
            hidden[l] = A = Layer(l, A);
        }

        return hidden;
    }

    /// <summary>
    /// W1 as pictures: for each unit of the first layer a byte for each pixel, 0 to 255, where 128 is no weight and 1
    /// or 255 the largest of them all.
    /// </summary>
    public byte[][] FirstWeights()
    {
        var W1 = state.W[0];
        var largest = Math.Max(double.Epsilon, W1.Max(Math.Abs));
        var pictures = new byte[state.Shape.Out(0)][];
        for (var r = 0; r < pictures.Length; r++)
        {
            pictures[r] = Array.ConvertAll(W1[(r * state.Shape.Inputs)..((r + 1) * state.Shape.Inputs)], w =>
                (byte)(128 + Math.Round(127 * w / largest)));
        }

        return pictures;
    }

    /// <summary>
    /// WL [classes × units]: how each unit of the last hidden layer speaks for and against each class.
    /// </summary>
    public double[][] LastWeights()
    {
        var WL = state.W[^1];
        var (units, classes) = (state.Shape.Widths[^2], state.Shape.Outputs);
        return [.. Enumerable.Range(0, classes).Select(k => WL[(k * units)..((k + 1) * units)])];
    }

    /// <summary>A = f(W·A + b).</summary>
    private double[] Layer(int l, double[] previous)
    {
        var Z = new double[state.Shape.Out(l)];
        var A = new double[Z.Length];
        Equations.Affine(state.W[l], state.b[l], previous, Z, Z.Length, previous.Length, 1);
        Equations.Activate(state.Shape.Activation, Z, A);
        return A;
    }
}
