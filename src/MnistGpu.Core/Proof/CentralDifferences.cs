using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Proof;

/// <summary>
/// Proves gradients without the backward equations: the slope of the loss itself, from four losses around each
/// parameter, f′ ≈ (8·(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h, whose error is O(h⁴)
/// (Abramowitz and Stegun 25.3.6).
/// </summary>
internal static class CentralDifferences
{
    /// <summary>What the check found.</summary>
    /// <param name="Checked">Parameters compared.</param>
    /// <param name="AtKink">Parameters left out because a hidden unit switches within ±2h of them.</param>
    /// <param name="LargestError">The largest |gradient − slope| relative to the larger of the two, or to a
    /// thousandth of the tensor's largest gradient.</param>
    public readonly record struct Result(int Checked, int AtKink, double LargestError);

    /// <summary>The largest relative error that a correct gradient may show, away from a kink.</summary>
    public const double Tolerance = 1e-6;

    private const double h = 1e-4;

    /// <summary>Compares gradients with slopes at evenly spread parameters of every tensor.</summary>
    /// <param name="state">Where the gradients were taken.</param>
    /// <param name="gradients">The gradients to prove, of the mean loss over these images.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="labels">[m] classes.</param>
    /// <param name="perTensor">How many parameters of each tensor to compare at the most.</param>
    /// <param name="regularization">The label smoothing and dropout that the gradients were taken with; deformations
    /// are not looked at.</param>
    /// <param name="epoch">The epoch that they were taken in: the masks are held fixed while the parameters move. These
    /// images must then be the first of the attached ones.</param>
    public static Result Check(NetworkState state, Gradients gradients, ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels,
        int perTensor = 40,
        Regularization? regularization = null, uint epoch = 0)
    {
        var probe = new LossProbe(state.Clone(), X, labels, regularization ?? Regularization.None, epoch);
        var result = default(Result);
        for (var l = 0; l < state.Shape.Layers; l++)
        {
            result = Tensor(probe, l, probe.State.W[l], gradients.dW[l], perTensor, result);
            result = Tensor(probe, l, probe.State.b[l], gradients.db[l], perTensor, result);
        }

        return result;
    }

    private static Result Tensor(LossProbe probe, int layer, double[] parameters, double[] gradient, int perTensor,
        Result result)
    {
        var sides = probe.Signs();
        var floor = 1e-3 * gradient.Max(Math.Abs);
        var stride = Math.Max(1, parameters.Length / perTensor);
        // An odd stride walks through all columns of a row-major matrix instead of a few.
        stride |= 1;
        for (var i = 0; i < parameters.Length; i += stride)
        {
            var start = parameters[i];
            var kink = false;
            double Loss(double offset)
            {
                parameters[i] = start + offset;
                var loss = probe.Loss(layer);
                kink |= !sides.AsSpan().SequenceEqual(probe.Signs());
                return loss;
            }

            var slope = (8 * (Loss(h) - Loss(-h)) - (Loss(2 * h) - Loss(-2 * h))) / (12 * h);
            parameters[i] = start;
            if (kink)
            {
                result = result with { AtKink = result.AtKink + 1 };
                continue;
            }

            var scale = Math.Max(floor, Math.Max(Math.Abs(slope), Math.Abs(gradient[i])));
            var error = scale == 0 ? 0 : Math.Abs(slope - gradient[i]) / scale;
            // Math.Max hands NaN on: an error that is not a number is the largest.
            result = new Result(result.Checked + 1, result.AtKink, Math.Max(result.LargestError, error));
        }

        // The next layer's input is as it was.
        probe.Loss(layer);
        return result;
    }

    /// <summary>
    /// The mean loss of a state, forward equations only, and which side of the kink each hidden unit was on.
    /// </summary>
    private sealed class LossProbe
    {
        private readonly double[] A0;
        private readonly byte[] labels;
        private readonly int[] images;
        private readonly Regularization regularization;
        private readonly uint epoch;
        private readonly double[][] Z;
        private readonly double[][] A;

        public LossProbe(NetworkState state, ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels,
            Regularization regularization, uint epoch)
        {
            State = state;
            this.labels = labels.ToArray();
            images = [.. Enumerable.Range(0, labels.Length)];
            this.regularization = regularization;
            this.epoch = epoch;
            A0 = new double[X.Length];
            Equations.Scale(X, A0);
            Z = [.. Enumerable.Range(0, state.Shape.Layers).Select(l =>
                new double[state.Shape.Out(l) * this.labels.Length])];
            A = [.. Z.Select(z => new double[z.Length])];
            Loss(0);
        }

        public NetworkState State { get; }

        /// <summary>The mean loss, where since the last call no parameter has moved below a layer.</summary>
        /// <param name="layer">The layer, from 0.</param>
        public double Loss(int layer)
        {
            var shape = State.Shape;
            var input = layer == 0 ? A0 : A[layer - 1];
            for (var l = layer; l < shape.Layers; l++)
            {
                Equations.Affine(State.W[l], State.b[l], input, Z[l], shape.Out(l), shape.In(l), labels.Length);
                if (l < shape.Layers - 1)
                {
                    Activate(l, shape);
                    input = A[l];
                }
            }

            return Equations.Loss(Z[^1], labels, shape.Outputs, regularization.LabelSmoothing) / labels.Length;
        }

        public bool[] Signs() => State.Shape.Activation.HasKink()
            ? [.. Z.SkipLast(1).SelectMany(z => z.Select(value => value > 0))]
            : [];

        private void Activate(int l, NetworkShape shape)
        {
            Equations.Activate(shape.Activation, Z[l], A[l]);
            if (regularization.Dropout.Threshold > 0)
            {
                Equations.Dropout(A[l], images, shape.Out(l), l, regularization, epoch);
            }
        }
    }
}
