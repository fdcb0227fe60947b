using MnistGpu.Data;

namespace MnistGpu.Tests.Api;

public sealed class ImageSetTests
{
    private static readonly byte[] Four = [1, 2, 3, 4];

    [Fact]
    public void ItCopiesWhatItIsGiven()
    {
        byte[] pixels = [0, 255, 7, 9, 8, 8, 8, 8], labels = [1, 0];
        var set = ImageSet.From(pixels, labels, width: 2, height: 2, classNames: ["a", "b"]);
        Array.Clear(pixels);
        Array.Clear(labels);
        Assert.Equal((2, 2, 2, 1), (set.Count, set.Width, set.Height, set.Channels));
        Assert.Equal([0, 255, 7, 9], set.Image(0));
        Assert.Equal([1, 0], set.Labels.ToArray());
        Assert.Equal(["a", "b"], set.ClassNames);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(2));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(28, 10)]
    public void WithoutNamesTheClassesAreNumbers(int side, int classes)
    {
        var set = ImageSet.From(new byte[3 * side * side], [0, 2, 1], side, side);
        Assert.Equal(Enumerable.Range(0, classes).Select(i => $"{i}"), set.ClassNames);
    }

    [Fact]
    public void ColourHasThreeBytesToAPixel()
    {
        var set = ImageSet.From(new byte[12], [0], 2, 2, channels: 3);
        Assert.Equal((1, 3), (set.Count, set.Channels));
    }

    [Theory]
    [InlineData(0, 0, "one or more images of 2 × 2, 4 bytes each", "0 bytes")]
    [InlineData(5, 1, "one or more images of 2 × 2, 4 bytes each", "5 bytes")]
    [InlineData(8, 1, "2 labels", "1")]
    [InlineData(4, 0, "1 labels", "0")]
    public void PixelsAndLabelsMustFit(int pixels, int labels, string expected, string found)
    {
        var error = Assert.Throws<UserErrorException>(() =>
            ImageSet.From(new byte[pixels], new byte[labels], 2, 2));
        Assert.StartsWith(expected, error.Expected, StringComparison.Ordinal);
        Assert.Equal(found, error.Found);
        Assert.NotEmpty(error.What);
    }

    [Fact]
    public void ANullArrayIsAnEmptySpan()
    {
        byte[]? none = null;
        Assert.Equal("0 bytes", Assert.Throws<UserErrorException>(() => ImageSet.From(none, none, 2, 2)).Found);
        Assert.Throws<ArgumentNullException>(() => ImageSet.From((IReadOnlyList<byte[]>)null!, Four, 2, 2));
    }

    [Fact]
    public void ALabelPastTheClassesIsNamed()
    {
        var error = Assert.Throws<UserErrorException>(() =>
            ImageSet.From(new byte[12], [0, 2, 1], 2, 2, classNames: ["a", "b"]));
        Assert.Equal(("labels[1]", "0 to 1, for 2 classes", "2"), (error.Where, error.Expected, error.Found));
    }

    [Fact]
    public void ImagesOfTwoSizesAreRefused()
    {
        var error = Assert.Throws<UserErrorException>(() => ImageSet.From([Four, [1, 2, 3]], [0, 1], 2, 2));
        Assert.Equal(("images[1]", "3 bytes"), (error.Where, error.Found));
        Assert.Equal("null", Assert.Throws<UserErrorException>(() => ImageSet.From([Four, null!], [0, 1], 2, 2)).Found);
        Assert.Equal("images", Assert.Throws<UserErrorException>(() =>
            ImageSet.From((IReadOnlyList<byte[]>)[], [], 2, 2)).Where);
        Assert.Equal(2, ImageSet.From([Four, Four], [0, 1], 2, 2).Count);
    }

    [Theory]
    [InlineData(0, 2, 1, "a")]
    [InlineData(2, 1025, 1, "a")]
    [InlineData(2, 2, 2, "a")]
    [InlineData(2, 2, 1, "")]
    [InlineData(2, 2, 1, null)]
    public void SizesAndNamesHaveLimits(int width, int height, int channels, string? name) =>
        Assert.Throws<UserErrorException>(() => ImageSet.From(Four, [0], width, height, channels, [name!]));

    [Fact]
    public void TwoClassesOfOneNameAreRefused() =>
        Assert.Throws<UserErrorException>(() => ImageSet.From(Four, [0], 2, 2, classNames: ["a", "a"]));

    [Fact]
    public void ASetIsCutInTwo()
    {
        var (first, others) = Shapes.Draw(10).Split(3);
        Assert.Equal((3, 7), (first.Count, others.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => Shapes.Draw(10).Split(10));
    }

    [Fact]
    public void ItIsAsTheReadersHaveIt()
    {
        var read = Dataset.Load("synthetic", new() { Limit = 30 }, TestContext.Current.CancellationToken).Training;
        Assert.Equal((30, Mnist.Side, Mnist.Side), (read.Count, read.Width, read.Height));
        Assert.Equal(read.Digits.Image(7).ToArray(), read.Image(7));
    }
}
