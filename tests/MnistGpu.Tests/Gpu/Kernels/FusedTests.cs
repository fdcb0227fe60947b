using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    // No slope of the scaled tanh is steeper.
    private const double Steepest = ScaledTanh.Slope * ScaledTanh.Height;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WeightsTimesPixelsEndsAsItIsTold(int rows, int columns, int m)
    {
        float[] W = Values(rows * columns), b = Values(rows);
        var (X, images) = (Pixels(columns * (m + 2)), Images(m, m + 2));
        using var w = Upload(W);
        using var bias = Upload(b);
        using var x = Upload(X);
        using var numbers = Upload(images);
        foreach (var (end, f, tanh) in Forward(bias.View))
        {
            var A = Run(rows * m, Blank(rows * m + 1), a => new WeightsTimesPixels(
                w.View, x.View, numbers.View, a, rows, columns, end));
            for (var n = 0; n < rows * m; n++)
            {
                int i = n % rows, j = n / rows;
                var (sum, size) = Dot(columns, k => W[i * columns + k], k => X[images[j] * columns + k] / 255.0);
                NearActivation(f, sum + b[i], Gamma(columns + 3) * (size + Math.Abs(b[i])), tanh, A[n], $"A[{i},{j}]");
            }

            Assert.Equal(Untouched, A[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WeightsTimesActivationsEndsAsItIsTold(int rows, int columns, int m)
    {
        float[] W = Values(rows * columns), b = Values(rows), before = Values(columns * m);
        using var w = Upload(W);
        using var bias = Upload(b);
        using var x = Upload(before);
        foreach (var (end, f, tanh) in Forward(bias.View))
        {
            var A = Run(rows * m, Blank(rows * m + 1), a =>
                new WeightsTimesActivations(w.View, x.View, a, rows, columns, end));
            for (var n = 0; n < rows * m; n++)
            {
                int i = n % rows, j = n / rows;
                var (sum, size) = Dot(columns, k => W[i * columns + k], k => before[j * columns + k]);
                NearActivation(f, sum + b[i], Gamma(columns + 1) * (size + Math.Abs(b[i])), tanh, A[n], $"A[{i},{j}]");
            }

            Assert.Equal(Untouched, A[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TransposedWeightsTimesErrorsEndsAsItIsTold(int rows, int columns, int m)
    {
        var dropout = new Dropout(0.2);
        var scale = dropout.Scale;
        float[] W = Values(rows * columns), errors = Values(rows * m),
            A = [.. Values(columns * m).Select(a => a < -0.5f ? 0 : a)];
        using var w = Upload(W);
        using var d = Upload(errors);
        using var activations = Upload(A);
        float[] Of(Activation activation) => Run(
            columns * m, Blank(columns * m + 1), dZ => new TransposedWeightsTimesErrors(
                w.View, d.View, dZ, rows, columns, Epilogue.Differentiate(activation, activations.View, dropout)));
        var (ReLU, tanh, leaky) = (Of(Activation.ReLU), Of(Activation.ScaledTanh), Of(Activation.LeakyReLU));
        for (var n = 0; n < columns * m; n++)
        {
            int k = n % columns, j = n / columns;
            var (sum, size) = Dot(rows, i => W[i * columns + k], i => errors[j * rows + i]);
            // One rounding for the product with the scale, one for the scale.
            Near(A[n] > 0 ? scale * sum : 0, ReLU[n], Gamma(rows + 2) * scale * size, $"dZ[{k},{j}]");
            Near((A[n] > 0 ? 1 : 0.01f) * sum, leaky[n], Gamma(rows + 1) * size, $"leaky dZ[{k},{j}]");
            var a = A[n] / scale;
            var slope = ScaledTanh.Slope * (ScaledTanh.Height - a * a / ScaledTanh.Height);
            // The slope is a difference of two terms, neither above the steepest, each rounded a few times.
            Near(slope * sum, tanh[n], Gamma(rows + 1) * slope * size
                + 10 * RoundingBounds.u * Steepest * (1 + 1e-3) * size, $"tanh dZ[{k},{j}]");
        }

        Assert.Equal((Untouched, Untouched), (ReLU[^1], tanh[^1]));
    }

    [Theory]
    [InlineData(1, 1, 0f)]
    [InlineData(3, 5, 0f)]
    [InlineData(10, 33, 0f)]
    [InlineData(10, 33, 0.1f)]
    public void SoftmaxLossErrorsAreThoseOfTheFourKernels(int rows, int m, float epsilon)
    {
        float[] Z = [.. Values(rows * m).Select(z => z * 10)];
        var labels = Enumerable.Range(0, m + 2).Select(_ => (byte)random.Next(rows)).ToArray();
        var images = Images(m, m + 2);
        using var z = Upload(Z);
        using var y = Upload(labels);
        using var numbers = Upload(images);
        using var tally = Upload(Blank(2 * m));
        var apart = Run(m, Blank(rows * m + 1), d =>
            new SoftmaxLossErrors(z.View, y.View, numbers.View, d, tally.View, rows, epsilon));
        var counted = tally.GetAsArray1D();
        var inPlace = Run(m, [.. Z, Untouched], d =>
            new SoftmaxLossErrors(d, y.View, numbers.View, d, tally.View, rows, epsilon));
        Assert.Equal(apart, inPlace);
        Assert.Equal(Untouched, apart[^1]);
        for (var j = 0; j < m; j++)
        {
            var column = Z.AsSpan(j * rows, rows).ToArray();
            var label = labels[images[j]];
            var max = column.Max();
            var sum = column.Sum(value => Math.Exp((double)value - max));
            var error = Math.Exp(4 * RoundingBounds.u * (max - column.Min())) * (1
                + 2 * RoundingBounds.ExpUlps * RoundingBounds.u) - 1;
            var loss = 0.0;
            for (var i = 0; i < rows; i++)
            {
                var target = (i == label ? 1.0 - epsilon : 0) + (double)epsilon / rows;
                loss -= target * (column[i] - max - Math.Log(sum));
                var probability = Math.Exp((double)column[i] - max) / sum;
                Near(probability - target, apart[j * rows + i], probability * (2 * error + Gamma(rows + 3)) * 1.01
                    + 4 * RoundingBounds.u, $"dZ[{i},{j}]");
            }

            Near(loss, counted[2 * j], error + Gamma(2 * rows + 8) * (1 + max - column.Min() + Math.Log(sum)),
                $"loss[{j}]");
            Assert.Equal(Array.IndexOf(column, max) == label ? 1 : 0, counted[2 * j + 1]);
        }
    }

    [Fact]
    public void SoftmaxLossErrorsShowADivergedRunAndLetTheLowestIndexWin()
    {
        using var z = Upload([0f, -500, 0, 1000, float.NaN, 0, 3, 3, 1]);
        using var y = Upload<byte>([1, 1, 0]);
        using var numbers = Upload([0, 1, 2]);
        using var dZ = Upload(Blank(9));
        var tally = Run(3, Blank(6), t => new SoftmaxLossErrors(z.View, y.View, numbers.View, dZ.View, t, 3, 0f));
        Assert.Equal((500 + (float)Math.Log(2), 1f), (tally[0], tally[5]));
        Assert.True(float.IsNaN(tally[2]));
    }

    private static (Epilogue End, Func<double, double> f, bool Tanh)[] Forward(ILGPU.ArrayView<float> b) =>
    [
        (Epilogue.Bias(b), z => z, false),
        (Epilogue.Activate(Activation.ReLU, b), z => Math.Max(0, z), false),
        (Epilogue.Activate(Activation.LeakyReLU, b), z => z > 0 ? z : 0.01f * z, false),
        (Epilogue.Activate(Activation.ScaledTanh, b), z => ScaledTanh.Height * Math.Tanh(ScaledTanh.Slope * z), true),
    ];

    // The tanh by its exponential is off by at most 20 units of 2⁻²⁴; it and ReLU carry an error of z at most by
    // their steepest slope.
    private static void NearActivation(Func<double, double> f, double z, double bound, bool tanh, float actual,
        string what) =>
        Near(f(z), actual, tanh ? Steepest * bound + 20 * RoundingBounds.u : bound, what);
}
