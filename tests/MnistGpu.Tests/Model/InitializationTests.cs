using MnistGpu.Model;

namespace MnistGpu.Tests.Model;

public sealed class InitializationTests
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("784-50-10");

    /// <summary>The mean and variance of 39,200 draws lie within six standard errors of what was asked for.</summary>
    [Theory]
    [InlineData(Start.Normal, 1.0, 3.0)]
    [InlineData(Start.Uniform, 1.0 / 12, 1.8)]
    [InlineData(Start.He, 2.0 / 784, 3.0)]
    public void HasTheVarianceAskedFor(Start start, double variance, double kurtosis)
    {
        var W1 = Initialization.Draw(Shape, start, seed: 7).W[0];
        var n = W1.Length;
        Assert.InRange(W1.Average(), -6 * Math.Sqrt(variance / n), 6 * Math.Sqrt(variance / n));
        var tolerance = 6 * variance * Math.Sqrt((kurtosis - 1) / n);
        Assert.InRange(W1.Average(w => w * w), variance - tolerance, variance + tolerance);
    }

    [Fact]
    public void DependsOnTheSeedAndNothingElse()
    {
        var first = Initialization.Draw(Shape, Start.Normal, 1);
        Assert.Equal(first.W[0], Initialization.Draw(Shape, Start.Normal, 1).W[0]);
        Assert.NotEqual(first.W[0], Initialization.Draw(Shape, Start.Normal, 2).W[0]);
        Assert.NotEqual(first.W[0], Initialization.Draw(Shape, Start.Normal, 1 | 1UL << 40).W[0]);
        Assert.NotEqual(first.W[1].Take(10), first.b[1]);
    }

    [Fact]
    public void UniformStaysInItsRangeAndHeStartsBiasesAtZero()
    {
        Assert.All(Initialization.Draw(Shape, Start.Uniform, 3).W[0], w => Assert.InRange(w, -0.5, 0.5));
        Assert.All(Initialization.Draw(Shape, Start.He, 3).b[0], b => Assert.Equal(0, b));
        Assert.Contains(Initialization.Draw(Shape, Start.Normal, 3).b[0], b => b != 0);
    }
}
