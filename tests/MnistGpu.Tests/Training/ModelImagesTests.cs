using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Tests.Data;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

/// <summary>Whether a model's pictures are prepared as digits: kept where the names alone do not tell.</summary>
public sealed class ModelImagesTests
{
    private static DataShape Shape(int side, int classes, bool? areDigits) =>
        new(side, side, 1, DataShape.Numbers(classes), areDigits);

    [Theory]
    [InlineData(28, 10, null, true, null)]
    [InlineData(28, 10, true, true, null)]
    [InlineData(28, 10, false, false, "false")]
    [InlineData(28, 9, null, false, null)]
    [InlineData(28, 5, true, true, "true")]
    [InlineData(28, 11, true, false, null)]
    [InlineData(8, 10, true, false, null)]
    public void ItIsKeptWhereTheNamesDoNotTell(int side, int classes, bool? said, bool areDigits, string? kept)
    {
        var shape = Shape(side, classes, said);
        Assert.Equal(areDigits, shape.IsDigits);
        var metadata = new Dictionary<string, string>();
        ModelImages.Add(metadata, shape);
        Assert.Equal(kept, metadata.GetValueOrDefault(ModelImages.DigitsKey));
        var network = new NetworkShape(shape.Pixels, classes);
        Assert.Equal(areDigits, ModelImages.Of("m", metadata, network).IsDigits);
        // Of images of more classes that is known which it is of these.
        Assert.Equal(said != false && side == 28, shape.With(DataShape.Numbers(10)).IsDigits);
    }

    [Fact]
    public void AnyOtherWordIsRefused()
    {
        var metadata = new Dictionary<string, string> { [ModelImages.DigitsKey] = "perhaps" };
        Refused.With(() => ModelImages.Of("m", metadata, new NetworkShape(784, 10)), "'digits'", "true or false",
            "'perhaps'");
    }
}
