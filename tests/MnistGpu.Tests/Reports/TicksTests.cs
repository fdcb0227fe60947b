using MnistGpu.Program.Reports;

namespace MnistGpu.Tests.Reports;

public sealed class TicksTests
{
    [Theory]
    [InlineData(0, 1, 5, 0.2, 6)]
    [InlineData(0, 10, 5, 2, 6)]
    [InlineData(88.3, 97.4, 5, 2, 4)]
    [InlineData(0.0734, 0.419, 5, 0.1, 4)]
    [InlineData(200, 2000, 6, 500, 4)]
    [InlineData(1e-7, 9e-7, 4, 2e-7, 4)]
    [InlineData(1, 1e6, 6, 200_000, 5)]
    public void AnAxisHasRoundNumbersInItsRange(double least, double most, int about, double step, int count)
    {
        var (at, found) = Ticks.Linear(least, most, about);
        Assert.Equal(step, found, step * 1e-9);
        Assert.Equal(count, at.Length);
        Assert.All(at, x => Assert.InRange(x, least - step * 1e-6, most + step * 1e-6));
        Assert.All(at, x => Assert.Equal(Math.Round(x / step), x / step, 1e-6));
    }

    [Theory]
    [InlineData(1.2, 22.9, 1, 50, "1 2 5 10 20 50")]
    [InlineData(0.03, 2.5, 0.02, 5, "0.02 0.05 0.1 0.2 0.5 1 2 5")]
    [InlineData(0.00003, 20, 0.00002, 20, "0.0001 0.001 0.01 0.1 1 10")]
    public void ALogarithmicAxisHasRoundNumbersAroundTheValues(double least, double most, double low, double high,
        string at)
    {
        var (first, last, ticks) = Ticks.Logarithmic(least, most);
        Assert.Equal((low, high), (Math.Round(first, 9), Math.Round(last, 9)));
        Assert.Equal(at, string.Join(' ', ticks.Select(tick => $"{Math.Round(tick, 9):0.#########}")));
    }

    [Fact]
    public void AWholeAxisHasNoNumberBetweenTwoEpochs() =>
        Assert.Equal([1.0, 2, 3], Ticks.Linear(1, 3, 6, leastStep: 1).At);

    [Theory]
    [InlineData(0.75, 1.74)]
    [InlineData(42.4, 76.4)]
    [InlineData(-3, 5)]
    [InlineData(99.1, 99.2)]
    public void AWidenedRangeBeginsAndEndsAtItsNumbers(double least, double most)
    {
        var (low, high, at, step) = Ticks.Widen(least, most, 5, double.NegativeInfinity, double.PositiveInfinity);
        Assert.InRange(at.Length, 4, 8);
        Assert.Equal((low, high), (at[0], at[^1]));
        Assert.InRange(least - low, -1e-9, step);
        Assert.InRange(high - most, -1e-9, step);
    }

    [Fact]
    public void AWidenedRangeKeepsItsLimits()
    {
        var (_, high, at, _) = Ticks.Widen(83, 99.9, 5, 0, 100);
        Assert.Equal((100, 100), (high, at[^1]));
    }

    [Theory]
    [InlineData(907, 5_087_763, 100, 10_000_000, 6)]
    [InlineData(1000, 1000, 1000, 10_000, 2)]
    [InlineData(0.5, 2, 0.1, 10, 3)]
    public void DecadesHoldAllValues(double least, double most, double first, double last, int count)
    {
        var decades = Ticks.Decades(least, most);
        Assert.Equal(count, decades.Length);
        Assert.Equal(first, decades[0], first * 1e-9);
        Assert.Equal(last, decades[^1], last * 1e-9);
    }

    [Theory]
    [InlineData(0.5, 0.1, "0.5")]
    [InlineData(1, 0.25, "1.0")]
    [InlineData(0.02, 0.02, "0.02")]
    [InlineData(2000, 500, "2,000")]
    [InlineData(1_500_000, 500_000, "1.5e6")]
    public void NumbersHaveTheDecimalsThatTheirDistanceNeeds(double value, double step, string text) =>
        Assert.Equal(text, Ticks.Text(value, step));
}
