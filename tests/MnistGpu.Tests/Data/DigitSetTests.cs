using MnistGpu.Data;

namespace MnistGpu.Tests.Data;

public class DigitSetTests
{
    private static DigitSet Three()
    {
        var X = new byte[3 * Mnist.Pixels];
        for (var j = 0; j < 3; j++)
        {
            X.AsSpan(j * Mnist.Pixels, Mnist.Pixels).Fill((byte)(10 + j));
        }

        return new DigitSet(X, new byte[] { 7, 8, 9 }, "three");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(783, 1)]
    [InlineData(785, 1)]
    [InlineData(784, 2)]
    [InlineData(784, 0)]
    public void SizesThatDoNotFitAreRefused(int bytes, int labels) =>
        Assert.Throws<ArgumentException>(() => new DigitSet(new byte[bytes], new byte[labels], ""));

    [Fact]
    public void ALabelAboveNineIsRefusedWithItsIndex()
    {
        var error = Assert.Throws<ArgumentException>(() => new DigitSet(new byte[2 * 784], new byte[] { 9, 10 }, ""));
        Assert.Contains("Image 1 has label 10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASliceSharesMemory()
    {
        var set = Three();
        var slice = set.Slice(1, 2);
        Assert.Equal(2, slice.Count);
        Assert.Equal([8, 9], slice.Labels.ToArray());
        Assert.True(slice.X.Span.Overlaps(set.X.Span));
        Assert.Equal(11, slice.Image(0)[783]);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 4)]
    [InlineData(3, 1)]
    [InlineData(1, int.MaxValue)]
    public void ASliceOutsideTheSetIsRefused(int start, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Three().Slice(start, count));

    [Fact]
    public void ReorderingCopiesImagesWithTheirLabels()
    {
        var set = Three().Reorder([2, 0, 2, 1]);
        Assert.Equal([9, 7, 9, 8], set.Labels.ToArray());
        Assert.Equal([12, 10, 12, 11], Enumerable.Range(0, 4).Select(j => (int)set.Image(j)[400]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Three().Reorder([3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Three().Image(-1));
    }
}
