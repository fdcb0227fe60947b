using MnistGpu.Model;

namespace MnistGpu.Tests.Model;

public sealed class NetworkShapeTests
{
    [Theory]
    [InlineData("784-10-10", 2, 7960, 31_960)]
    [InlineData("784-128-64-10", 3, 109_386, 454_400)]
    [InlineData("1-1", 1, 2, 4)]
    public void CountsParametersAndOperations(string text, int layers, long parameters, long flops)
    {
        var shape = NetworkShape.Parse(text);
        Assert.Equal((text, layers, parameters, flops),
            (shape.ToString(), shape.Layers, shape.ParameterCount, shape.FlopsPerImage));
    }

    [Theory]
    [InlineData("")]
    [InlineData("784")]
    [InlineData("784-0-10")]
    [InlineData("784--10")]
    [InlineData("784-10-")]
    [InlineData("784-+5-10")]
    [InlineData("784-1.5-10")]
    [InlineData("784-99999999999-10")]
    [InlineData("784-16777216-16777216-10")]
    [InlineData("784 10 10")]
    public void RefusesWhatIsNoNetwork(string text)
    {
        var error = Assert.Throws<UserErrorException>(() => NetworkShape.Parse(text));
        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
        Assert.Contains("784-10-10", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("783-10-10", "784")]
    [InlineData("784-10-9", "class")]
    public void RefusesImagesItCannotRead(string text, string says) =>
        Assert.Contains(says, Assert.Throws<UserErrorException>(() =>
            NetworkShape.Parse(text).RequireFits(784, 10)).Message, StringComparison.Ordinal);

    [Fact]
    public void ShapesWithTheSameWidthsAreEqual()
    {
        Assert.Equal(NetworkShape.Parse("4-3-2"), new NetworkShape(4, 3, 2));
        Assert.Equal(NetworkShape.Parse("4-3-2").GetHashCode(), new NetworkShape(4, 3, 2).GetHashCode());
        Assert.NotEqual(NetworkShape.Parse("4-3-2"), NetworkShape.Parse("4-2-3"));
    }
}
