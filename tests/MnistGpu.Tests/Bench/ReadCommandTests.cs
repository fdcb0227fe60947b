using MnistGpu.Bench.Commands;
using MnistGpu.Data;
using MnistGpu.Tests.Data;

namespace MnistGpu.Tests.Bench;

public sealed class ReadCommandTests
{
    /// <summary>Images of one level, of each class in turn.</summary>
    private static DigitSet Images(DataShape shape, int classes, byte border)
    {
        const int Count = 20;
        var pixels = new byte[Count * shape.Pixels];
        Array.Fill(pixels, border);
        for (var j = 0; j < Count; j++)
        {
            pixels[j * shape.Pixels + (shape.Pixels + shape.Width) / 2] = 100;
        }

        return new DigitSet(pixels, Array.ConvertAll([.. Enumerable.Range(0, Count)], j => (byte)(j % classes)), "",
            shape);
    }

    [Fact]
    public void ImagesThatFoldersOfPicturesCannotHoldAreRefused()
    {
        void Check(DataShape shape, int classes, byte border) =>
            ReadCommand.RequireDigits(Images(shape, classes, border), "here");
        var letters = Mnist.Shape.With(DataShape.Numbers(12));
        Check(Mnist.Shape, 10, 0);
        Refused.With(() => Check(Mnist.Shape, 7, 0), "7 of the 10 classes", "here");
        Refused.With(() => Check(letters, 12, 0), "12 classes");
        Refused.With(() => Check(Mnist.Shape, 10, 255), "20 of 20 images dark on light");
        Refused.With(() => Check(new DataShape(28, 28, 3, DataShape.Numbers(10)), 10, 0), "in colour");
    }
}
