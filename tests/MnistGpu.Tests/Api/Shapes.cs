namespace MnistGpu.Tests.Api;

/// <summary>Small images that a network tells apart at once: bars that stand and bars that lie, 6 × 6 pixels.</summary>
internal static class Shapes
{
    public const int Side = 6;

    public static readonly string[] Names = ["upright", "lying"];

    /// <summary>So many images, each class as often.</summary>
    public static ImageSet Draw(int count, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new byte[count * Side * Side];
        var labels = new byte[count];
        random.NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] /= 8;
        }

        for (var j = 0; j < count; j++)
        {
            labels[j] = (byte)(j % 2);
            var place = random.Next(Side);
            for (var i = 0; i < Side; i++)
            {
                var (x, y) = labels[j] == 0 ? (place, i) : (i, place);
                pixels[(j * Side + y) * Side + x] = 255;
            }
        }

        return ImageSet.From(pixels, labels, Side, Side, classNames: Names);
    }

    /// <summary>Options for a short run on these images.</summary>
    public static TrainingOptions Options { get; } =
        new() { Hidden = [16], Epochs = 4, Batch = 16, Rate = 0.01, Device = "simd", Threads = 1 };

    /// <summary>A network that knows them.</summary>
    public static Network Train(TrainingOptions? options = null) => Network.Train(Draw(400), options ?? Options);
}
