using MnistGpu.Gpu.Kernels;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(10, 33)]
    public void AddBiasAddsToEveryColumn(int rows, int m)
    {
        float[] b = Values(rows), Z = Values(rows * m);
        using var bias = Upload(b);
        var result = Run(rows * m, [.. Z, Untouched], z => new AddBias(bias.View, z, rows));
        Assert.Equal([.. Z.Select((z, n) => z + b[n % rows]), Untouched], result);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(10, 33)]
    public void BiasActivationOfReLUKeepsWhatIsPositive(int rows, int m)
    {
        float[] b = Values(rows), Z = Values(rows * m);
        using var bias = Upload(b);
        using var z = Upload(Z);
        float[] expected = [.. Z.Select((value, n) => Math.Max(0, value + b[n % rows])), Untouched];
        Assert.Equal(expected, Run(
            rows * m, Blank(rows * m + 1), a => new BiasActivation(z.View, bias.View, a, rows, Activation.ReLU)));
        Assert.Equal(expected, Run(
            rows * m, [.. Z, Untouched],
            inPlace => new BiasActivation(inPlace, bias.View, inPlace, rows, Activation.ReLU)));
    }

    [Fact]
    public void BiasActivationOfReLULetsNaNThroughAndInfinity()
    {
        using var bias = Upload([0f]);
        using var z = Upload([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f,
            float.Epsilon * (1 << 23)]);
        var A = Run(6, Blank(6), a => new BiasActivation(z.View, bias.View, a, 1, Activation.ReLU));
        Assert.Equal([float.NaN, float.PositiveInfinity, 0, 0, 0, float.Epsilon * (1 << 23)], A);
    }

    [Fact]
    public void ActivationDerivativeOfReLUIsOneOnlyAboveZero()
    {
        float[] A = [0, 1, 0, 2.5f, float.PositiveInfinity, 1e-30f], dA = [1, 2, -3, -4, 5, 6];
        using var a = Upload(A);
        using var d = Upload(dA);
        float[] expected = [0, 2, 0, -4, 5, 6];
        Assert.Equal(expected, Run(6, Blank(6), dZ => new ActivationDerivative(d.View, a.View, dZ, Activation.ReLU)));
        Assert.Equal(expected, Run(6, dA, inPlace => new ActivationDerivative(
            inPlace, a.View, inPlace, Activation.ReLU)));
    }

    [Fact]
    public void ActivationDerivativeOfReLUScalesWhatDropoutScaled()
    {
        using var a = Upload([0f, 1, 0, 2.5f]);
        using var d = Upload([1f, 2, float.NaN, float.NaN]);
        Assert.Equal([0, 8, 0, float.NaN], Run(4, Blank(4), dZ => new ActivationDerivative(
            d.View, a.View, dZ, Activation.ReLU, new Dropout(0.75))));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(10, 33)]
    public void BiasActivationOfLeakyReLUKeepsAHundredthOfWhatIsNotPositive(int rows, int m)
    {
        float[] b = Values(rows), Z = Values(rows * m);
        using var bias = Upload(b);
        using var z = Upload(Z);
        float[] sums = [.. Z.Select((value, n) => value + b[n % rows])];
        float[] expected = [.. sums.Select(value => value > 0 ? value : 0.01f * value), Untouched];
        Assert.True(m == 1 || sums.Any(value => value < 0));
        Assert.Equal(expected, Run(
            rows * m, Blank(rows * m + 1), a => new BiasActivation(z.View, bias.View, a, rows, Activation.LeakyReLU)));
        Assert.Equal(expected, Run(
            rows * m, [.. Z, Untouched],
            inPlace => new BiasActivation(inPlace, bias.View, inPlace, rows, Activation.LeakyReLU)));
    }

    [Fact]
    public void BiasActivationOfLeakyReLULetsNaNThroughAndInfinity()
    {
        using var bias = Upload([0f]);
        using var z = Upload([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f]);
        var A = Run(4, Blank(4), a => new BiasActivation(z.View, bias.View, a, 1, Activation.LeakyReLU));
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0], A);
    }

    [Fact]
    public void ActivationDerivativeOfLeakyReLUIsAHundredthWhereAIsNotPositive()
    {
        // Dropout's factor is that of the masked dA, so the derivative has none.
        using var a = Upload([0f, 1, -0.5f, 2.5f, -1e-30f]);
        using var d = Upload([1f, 2, -3, -4, 5]);
        float[] expected = [0.01f, 2, -3 * 0.01f, -4, 5 * 0.01f];
        foreach (var dropout in (Dropout[])[default, new(0.75)])
        {
            Assert.Equal(expected, Run(5, Blank(5), dZ => new ActivationDerivative(
                d.View, a.View, dZ, Activation.LeakyReLU, dropout)));
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 0.01f)]
    [InlineData(10, 33, 4)]
    [InlineData(7, 11, 1000)]
    public void BiasActivationOfScaledTanhIsWithinItsBound(int rows, int m, float scale)
    {
        float[] b = Values(rows), Z = [.. Values(rows * m).Select(z => z * scale)];
        using var bias = Upload(b);
        using var z = Upload(Z);
        var A = Run(rows * m, Blank(rows * m + 1), a => new BiasActivation(
            z.View, bias.View, a, rows, Activation.ScaledTanh));
        for (var n = 0; n < rows * m; n++)
        {
            // y = 4z/3 is off by 4u|y| (sum, constant, product, log₂e) and the exponential by its ulps; 2/(1 + e)
            // takes at most half of that (0.45 of the part with |y|) and three roundings near 1, and the height two
            // more of up to 1.7159: below 20u.
            Near(1.7159 * Math.Tanh(((double)Z[n] + b[n % rows]) * 2 / 3), A[n], 20 * RoundingBounds.u, $"A[{n}]");
        }

        Assert.Equal(Untouched, A[^1]);
        Assert.Equal(A, Run(rows * m, [.. Z, Untouched], inPlace => new BiasActivation(
            inPlace, bias.View, inPlace, rows, Activation.ScaledTanh)));
    }

    [Fact]
    public void BiasActivationOfScaledTanhSaturatesAndLetsNaNThrough()
    {
        using var bias = Upload([0f]);
        using var z = Upload([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, 3e38f, -3e38f]);
        Assert.Equal([float.NaN, 1.7159f, -1.7159f, 0, 1.7159f, -1.7159f], Run(
            6, Blank(6), a => new BiasActivation(z.View, bias.View, a, 1, Activation.ScaledTanh)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    public void ActivationDerivativeOfScaledTanhIsWithinItsBound(double dropped)
    {
        var dropout = new Dropout(dropped);
        var keep = (float)(1 - dropped);
        double[] Z = [.. Values(99).Select(z => 6.0 * z), 0];
        float[] A = [.. Z.Select(z => (float)(1.7159 * Math.Tanh(z * 2 / 3) / keep))], dA = Values(100);
        using var a = Upload(A);
        using var d = Upload(dA);
        var dZ = Run(100, Blank(101), x => new ActivationDerivative(
            d.View, a.View, x, Activation.ScaledTanh, dropout));
        for (var n = 0; n < 100; n++)
        {
            // f′ at most 1.144; its square part carries a twice, each with its own rounding, and both carry a
            // constant's.
            var f = 1.7159 * 2 / 3 * (1 - Math.Pow(Math.Tanh(Z[n] * 2 / 3), 2));
            Near(dA[n] * f, dZ[n], 10 * RoundingBounds.u * 1.144 * Math.Abs(dA[n]), $"dZ[{n}]");
        }

        Assert.Equal(Untouched, dZ[^1]);
        Assert.Equal(dZ[..100], Run(100, dA, inPlace => new ActivationDerivative(
            inPlace, a.View, inPlace, Activation.ScaledTanh, dropout)));
    }
}
