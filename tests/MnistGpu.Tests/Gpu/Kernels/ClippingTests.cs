using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 4)]
    [InlineData(33, 33)]
    [InlineData(1000, 32)]
    public void SquareSumsAreWithinTheirBounds(int count, int parts)
    {
        var dTheta = Values(count);
        using var d = Upload(dTheta);
        var squares = Run(parts, Blank(parts + 1), x => new SquareSums(d.View, x, count, parts));
        for (var s = 0; s < parts; s++)
        {
            var sum = 0.0;
            for (var p = s; p < count; p += parts)
            {
                sum += (double)dTheta[p] * dTheta[p];
            }

            Near(sum, squares[s], Gamma((count - 1) / parts + 1) * sum, $"squares[{s}]");
        }

        Assert.Equal(Untouched, squares[^1]);
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(1e-20f)]
    [InlineData(100f)]
    public void ClipFactorIsTheRatioOfTheNormsOrOne(float c)
    {
        float[] squares = [.. Values(77).Select(x => x * x)];
        using var s = Upload(squares);
        var factor = Run(1, Blank(2), f => new ClipFactor(s.View, f, 77, c));
        var expected = Math.Min(1, c / Math.Sqrt(squares.Sum(x => (double)x)));
        // The norm has half the sum's relative error, and two roundings follow.
        Near(expected, factor[0], expected == 1 ? 0 : Gamma(77 / 2 + 4) * expected, "factor");
        Assert.Equal(Untouched, factor[1]);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ClipFactorOfNoNormIsOne(float square)
    {
        using var s = Upload([square]);
        Assert.Equal([1f], Run(1, Blank(1), f => new ClipFactor(s.View, f, 1, 0.001f)));
    }

    [Fact]
    public void ScaleGradientsIsRoundedOnce()
    {
        var dTheta = Values(33);
        using var factor = Upload([0.3f]);
        Assert.Equal([.. dTheta.Select(g => g * 0.3f), Untouched],
            Run(33, [.. dTheta, Untouched], d => new ScaleGradients(d, factor.View)));
    }
}
