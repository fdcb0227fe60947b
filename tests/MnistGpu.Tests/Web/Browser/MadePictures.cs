using MnistGpu.Data.Synthetic;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>
/// Grey pictures that take every way through the preparation: digits on paper with shadows, grain, lines, frames and
/// dark edges, light and dark, large, small and several.
/// </summary>
internal static class MadePictures
{
    private static readonly string[] Kinds = ["plain", "dark", "shadow", "grain", "ruled", "squared", "frame", "edge",
        "thin", "two", "panel", "noise"];

    /// <summary>Six of each kind.</summary>
    public static IEnumerable<(byte[] Pixels, int Width)> All()
    {
        var random = new Random(5);
        foreach (var kind in Kinds)
        {
            for (var i = 0; i < 6; i++)
            {
                yield return Make(kind, i, random);
            }
        }
    }

    /// <summary>A digit, dark on white.</summary>
    public static (byte[] Pixels, int Width) Digit(int digit) => Make("plain", digit, new Random(digit));

    private static (byte[] Pixels, int Width) Make(string kind, int i, Random random)
    {
        var zoom = 3 + i % 4 * 2;
        var (width, height) = (28 * zoom + 20 + 31 * (i % 2), 28 * zoom + 30);
        width = kind == "two" ? 2 * width : width;
        var pixels = new double[width * height];
        Array.Fill(pixels, 235);
        if (kind is "ruled" or "squared")
        {
            for (var y = 12; y < height; y += 9 * zoom)
            {
                Fill(pixels, width, 0, y, width, y + 2, 170);
            }

            for (var x = 15; kind == "squared" && x < width; x += 9 * zoom)
            {
                Fill(pixels, width, x, 0, x + 2, height, 170);
            }
        }

        if (kind == "frame")
        {
            Fill(pixels, width, 4, 4, width - 4, 7, 40);
            Fill(pixels, width, 4, height - 7, width - 4, height - 4, 40);
            Fill(pixels, width, 4, 4, 7, height - 4, 40);
            Fill(pixels, width, width - 7, 4, width - 4, height - 4, 40);
        }

        if (kind == "edge")
        {
            Fill(pixels, width, 0, 0, 5 + i, height, 30);
        }

        if (kind == "panel")
        {
            Fill(pixels, width, 10, 10, width - 10, height - 10, 20);
        }

        var digits = SyntheticDigits.Draw(4, (ulong)(100 + 7 * i), SyntheticPart.Train, CancellationToken.None);
        for (var k = 0; k < (kind == "two" ? 2 : 1); k++)
        {
            Draw(pixels, width, digits.Image(k), 10 + k * width / 2, 15, zoom, kind);
        }

        for (var at = 0; at < pixels.Length; at++)
        {
            pixels[at] *= kind == "shadow" ? 0.4 + 0.6 * (at % width) / width : 1;
            pixels[at] += kind is "grain" or "ruled" ? 8 * (random.NextDouble() - 0.5) : 0;
            pixels[at] = kind == "noise" ? 255 * random.NextDouble() : pixels[at];
            pixels[at] = kind == "dark" ? 255 - pixels[at] : pixels[at];
        }

        return (Array.ConvertAll(pixels, level => (byte)Math.Clamp(level, 0, 255)), width);
    }

    private static void Draw(double[] pixels, int width, ReadOnlySpan<byte> image, int left, int top, int zoom,
        string kind)
    {
        for (var y = 0; y < 28 * zoom; y++)
        {
            for (var x = 0; x < 28 * zoom; x++)
            {
                var ink = image[y / zoom * 28 + x / zoom] / 255.0;
                // A pen of one pixel leaves the middles of the strokes.
                ink = kind == "thin" && (y % zoom != 0 || ink < 0.9) ? 0 : ink;
                ref var level = ref pixels[(top + y) * width + left + x];
                level = kind == "panel" ? Math.Max(level, 240 * ink) : Math.Min(level, 235 - 200 * ink);
            }
        }
    }

    private static void Fill(double[] pixels, int width, int left, int top, int right, int bottom, double level)
    {
        for (var y = top; y < Math.Min(bottom, pixels.Length / width); y++)
        {
            pixels.AsSpan(y * width + left, Math.Min(right, width) - left).Fill(level);
        }
    }
}
