using MnistGpu.Bench.Measuring;

namespace MnistGpu.Tests.Bench;

public sealed class SpreadTests
{
    [Fact]
    public void AnOddNumberOfSamplesHasItsMiddleOne()
    {
        var spread = Spread.From([5.0, 1, 4, 2, 3]);
        Assert.Equal(new Spread(3, 1, 2, 4, 5, 5), spread);
    }

    [Fact]
    public void BetweenTwoSamplesTheQuantilesAreInterpolated()
    {
        // Places 1.5, 0.75 and 2.25 of the sorted four.
        var spread = Spread.From([10.0, 40, 20, 30]);
        Assert.Equal(new Spread(25, 10, 17.5, 32.5, 40, 4), spread);
    }

    [Fact]
    public void OneSampleIsItsOwnSpread() => Assert.Equal(new Spread(7, 7, 7, 7, 7, 1), Spread.From([7.0]));

    [Fact]
    public void OneSlowRunDoesNotMoveTheMedian() => Assert.Equal(1, Spread.From([1.0, 1, 1, 1, 1000]).Median);

    [Fact]
    public void NoSamplesHaveNoMedian() => Assert.Throws<ArgumentException>(() => Spread.From([]));

    [Fact]
    public void TimingDoesTheRunsThatItDividesBy()
    {
        long done = 0;
        var calls = 0;
        var spread = Timing.Measure(n => (done, calls) = (done + n, calls + 1), 0.02);
        Assert.True(done > calls, "runs as short as these must be timed many at once");
        Assert.InRange(spread.Count, 3, calls);
        Assert.InRange(spread.Median, 0, 1e-3);
    }
}
