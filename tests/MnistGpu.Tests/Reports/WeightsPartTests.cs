using MnistGpu.Data;
using MnistGpu.Program.Reports;

namespace MnistGpu.Tests.Reports;

public sealed class WeightsPartTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public void TheScaleIsTheSizeThatAllButOneWeightInTwoHundredKeepBelow(int units)
    {
        var random = new Random(units);
        var W1 = new double[units * Mnist.Pixels];
        for (var i = 0; i < W1.Length; i++)
        {
            W1[i] = Math.Round(random.NextDouble() - 0.5, 3);
        }

        // Two rows in three, from the last to the first: the others must not count.
        var chosen = Enumerable.Range(0, units).Where(r => r % 3 != 1).Reverse().ToArray();
        var sizes = chosen.SelectMany(r => W1.Skip(r * Mnist.Pixels).Take(Mnist.Pixels)).Select(Math.Abs).Order()
            .ToArray();

        Assert.Equal(sizes[(int)(0.995 * (sizes.Length - 1))], WeightsPart.Scale(W1, units, chosen));
    }

    [Fact]
    public void WhereNearlyAllWeightsAreZeroTheScaleIsTheLargest()
    {
        var W1 = new double[Mnist.Pixels];
        (W1[3], W1[700]) = (-0.25, 0.125);

        Assert.Equal(0.25, WeightsPart.Scale(W1, 1, [0]));
    }

    [Fact]
    public void WhereAllWeightsAreZeroTheScaleIsStillAboveZero() =>
        Assert.True(WeightsPart.Scale(new double[Mnist.Pixels], 1, [0]) > 0);
}
