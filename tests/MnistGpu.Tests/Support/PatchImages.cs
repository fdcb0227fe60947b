using MnistGpu.Data;
using MnistGpu.Data.Formats;

namespace MnistGpu.Tests.Support;

/// <summary>Images of any size and any number of classes, which a small network tells apart.</summary>
internal static class PatchImages
{
    /// <summary>Images of which each class has a bright patch at a place of its own, on a ground of noise.</summary>
    public static DigitSet Draw(int width, int height, int channels, int classes, int seed, int perClass = 12)
    {
        var random = new Random(seed);
        var shape = new DataShape(width, height, channels, DataShape.Numbers(classes));
        var pixels = new byte[classes * perClass * shape.Pixels];
        var labels = new byte[classes * perClass];
        for (var j = 0; j < labels.Length; j++)
        {
            labels[j] = (byte)(j % classes);
            var image = pixels.AsSpan(j * shape.Pixels, shape.Pixels);
            for (var i = 0; i < image.Length; i++)
            {
                image[i] = (byte)random.Next(60);
            }

            var length = shape.Pixels / classes;
            image.Slice(labels[j] * length, length).Fill((byte)random.Next(180, 256));
        }

        return new DigitSet(pixels, labels, "patches", shape);
    }

    /// <summary>Writes IDX files of 8 × 8 images of ten classes to a folder, as many to test as to train on.</summary>
    public static void WriteSmall(string path, int perClass = 12)
    {
        Directory.CreateDirectory(path);
        IdxWriter.Write(path, new DigitData(Draw(8, 8, 1, 10, 1, perClass), Draw(8, 8, 1, 10, 2, perClass), "", null));
    }
}
