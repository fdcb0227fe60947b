using MnistGpu.Data;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class DevelopmentSplitTests
{
    [Fact]
    public void InFileOrderTheFirstImagesAreHeldOut()
    {
        var split = DevelopmentSplit.Make(Numbered(50), limit: 30, development: 10, shuffleSeed: null);
        Assert.Equal(Enumerable.Range(0, 10), Numbers(split.Development!));
        Assert.Equal(Enumerable.Range(10, 20), Numbers(split.Training));
    }

    [Fact]
    public void ShuffledItIsTheSameImagesInAnotherOrderForEachSeed()
    {
        var first = DevelopmentSplit.Make(Numbered(50), 30, 10, 1);
        var second = DevelopmentSplit.Make(Numbered(50), 30, 10, 2);
        Assert.Equal(Enumerable.Range(0, 30), Numbers(first.Development!).Concat(Numbers(first.Training)).Order());
        Assert.NotEqual(Numbers(first.Training), Numbers(second.Training));
        Assert.Equal(Numbers(first.Training), Numbers(DevelopmentSplit.Make(Numbered(50), 30, 10, 1).Training));
    }

    [Fact]
    public void NoneHeldOutTrainsOnAll()
    {
        var split = DevelopmentSplit.Make(Numbered(5), null, 0, null);
        Assert.Null(split.Development);
        Assert.Equal(5, split.Training.Count);
    }

    [Theory]
    [InlineData(51, 10, "TrainingOptions.Limit")]
    [InlineData(30, 30, "TrainingOptions.Development")]
    [InlineData(null, 50, "TrainingOptions.Development")]
    public void MoreThanThereIsIsRefused(int? limit, int development, string says) =>
        Assert.Contains(says, Assert.Throws<UserErrorException>(() =>
            DevelopmentSplit.Make(Numbered(50), limit, development, null)).Message, StringComparison.Ordinal);

    /// <summary>Images whose first pixel is their number and whose label is its last digit.</summary>
    private static DigitSet Numbered(int count)
    {
        var X = new byte[count * Mnist.Pixels];
        var labels = new byte[count];
        for (var j = 0; j < count; j++)
        {
            X[j * Mnist.Pixels] = (byte)j;
            labels[j] = (byte)(j % 10);
        }

        return new DigitSet(X, labels, "numbered");
    }

    private static IEnumerable<int> Numbers(DigitSet set)
    {
        for (var j = 0; j < set.Count; j++)
        {
            Assert.Equal(set.Image(j)[0] % 10, set.Labels.Span[j]);
            yield return set.Image(j)[0];
        }
    }
}
