using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class BatchesTests
{
    [Theory]
    [InlineData(10, 3, 4)]
    [InlineData(10, 10, 1)]
    [InlineData(10, 1, 10)]
    [InlineData(9, 3, 3)]
    public void AnEpochTakesEveryImageOnceInAFreshOrder(int images, int size, int perEpoch)
    {
        var batches = new Batches(images, size, seed: 4);
        Assert.Equal(perEpoch, batches.PerEpoch);
        var orders = new List<int[]>();
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var order = new List<int>();
            for (var step = 0; step < perEpoch; step++)
            {
                var batch = batches.ImagesAt(epoch * perEpoch + step);
                Assert.Equal(step < perEpoch - 1 ? size : images - (perEpoch - 1) * size, batch.Length);
                order.AddRange(batch);
            }

            Assert.Equal(Enumerable.Range(0, images), order.Order());
            orders.Add([.. order]);
        }

        Assert.NotEqual(orders[0], orders[1]);
    }

    [Fact]
    public void ABatchDependsOnTheSeedAndTheStepOnly()
    {
        var forwards = new Batches(100, 7, 1);
        var backwards = new Batches(100, 7, 1);
        var expected = Enumerable.Range(0, 40).Select(step => forwards.ImagesAt(step).ToArray()).ToArray();
        for (var step = 39; step >= 0; step--)
        {
            Assert.Equal(expected[step], backwards.ImagesAt(step).ToArray());
        }

        Assert.NotEqual(expected[0], new Batches(100, 7, 2).ImagesAt(0).ToArray());
    }
}
