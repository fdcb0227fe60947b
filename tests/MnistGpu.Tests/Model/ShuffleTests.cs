using MnistGpu.Model;

namespace MnistGpu.Tests.Model;

public class ShuffleTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void EveryIndexComesOnce(int count) =>
        Assert.Equal(Enumerable.Range(0, count), Shuffle.Order(count, 5, 0).Order());

    [Fact]
    public void TheOrderDependsOnSeedAndEpochOnly()
    {
        Assert.Equal(Shuffle.Order(100, 1, 2), Shuffle.Order(100, 1, 2));
        Assert.NotEqual(Shuffle.Order(100, 1, 2), Shuffle.Order(100, 2, 2));
        Assert.NotEqual(Shuffle.Order(100, 1, 2), Shuffle.Order(100, 1, 3));
        // As recorded: the same on every machine, in every version.
        Assert.Equal(Recorded, Shuffle.Order(10, 0, 0));
    }

    private static readonly int[] Recorded = [0, 2, 3, 7, 6, 1, 5, 8, 4, 9];

    [Fact]
    public void AllOrdersOfThreeComeEquallyOften()
    {
        var counts = new Dictionary<string, int>();
        const int Draws = 6000;
        for (uint epoch = 0; epoch < Draws; epoch++)
        {
            var order = string.Join(' ', Shuffle.Order(3, 7, epoch));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(6, counts.Count);
        // Chi-squared with five degrees of freedom exceeds 25.7 once in 10,000.
        Assert.True(counts.Values.Sum(n => (n - Draws / 6.0) * (n - Draws / 6.0) / (Draws / 6.0)) < 25.7);
    }
}
