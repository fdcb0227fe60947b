using MnistGpu.Gpu.Kernels;

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
    public void BiasReLUKeepsWhatIsPositive(int rows, int m)
    {
        float[] b = Values(rows), Z = Values(rows * m);
        using var bias = Upload(b);
        using var z = Upload(Z);
        float[] expected = [.. Z.Select((value, n) => Math.Max(0, value + b[n % rows])), Untouched];
        Assert.Equal(expected, Run(rows * m, Blank(rows * m + 1), a => new BiasReLU(z.View, bias.View, a, rows)));
        Assert.Equal(expected, Run(rows * m, [.. Z, Untouched], inPlace => new BiasReLU(inPlace, bias.View, inPlace, rows)));
    }

    [Fact]
    public void BiasReLULetsNaNThroughAndInfinity()
    {
        using var bias = Upload([0f]);
        using var z = Upload([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon * (1 << 23)]);
        var A = Run(6, Blank(6), a => new BiasReLU(z.View, bias.View, a, 1));
        Assert.Equal([float.NaN, float.PositiveInfinity, 0, 0, 0, float.Epsilon * (1 << 23)], A);
    }

    [Fact]
    public void ReLUDerivativeIsOneOnlyAboveZero()
    {
        float[] A = [0, 1, 0, 2.5f, float.PositiveInfinity, 1e-30f], dA = [1, 2, -3, -4, 5, 6];
        using var a = Upload(A);
        using var d = Upload(dA);
        float[] expected = [0, 2, 0, -4, 5, 6];
        Assert.Equal(expected, Run(6, Blank(6), dZ => new ReLUDerivative(d.View, a.View, dZ)));
        Assert.Equal(expected, Run(6, dA, inPlace => new ReLUDerivative(inPlace, a.View, inPlace)));
    }
}
