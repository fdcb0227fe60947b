using MnistGpu.Data;
using MnistGpu.Data.Pictures.Ink;
using MnistGpu.Tests.Web.Browser;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Docs;

/// <summary>
/// Draws the pictures of docs/pictures.md: what is done to a picture, step by step. They are written where
/// MNISTGPU_SCREENSHOTS names a folder, docs for those that are kept.
/// </summary>
public sealed class PreparedPicturesTests
{
    private const int Side = 280;
    private const int Shown = 140;
    private const int Gap = 6;

    /// <summary>Papers and pens, in the order of the page.</summary>
    private static readonly (int Digit, double Pen, Func<int, int, double> Paper)[] Examples =
    [
        (3, 1.5, (_, _) => 255),
        (5, 7, (x, y) => IsLine(y + 4 + x / 40.0, 34) ? 130 : 235 - x / 8.0),
        (2, 7, (x, y) => IsLine(y, 20) || IsLine(x, 20) ? 150 : 235 - y / 8.0),
        (4, 7, (x, y) => x is 20 or 21 or 258 or 259 || y is 20 or 21 or 258 or 259 ? 60 : 240),
        (6, 7, (x, y) => x < 18 || y > 262 - x / 60 ? 25 : 235),
        (7, 7, (x, y) => x + y / 2 < 190 ? 120 : 235),
    ];

    [Fact]
    public void EachStepIsAPicture()
    {
        // Squared paper in falling light, with a scan's edge.
        var picture = Draw(5, 3, (x, y) => x < 14 ? 25 : IsLine(y + 18, 28) || IsLine(x + 6, 28) ? 115
            : 240 - x / 5.0 - y / 8.0);
        var steps = new List<(string Name, GrayPicture Picture)>();
        var found = Assert.Single(DigitFinder.Find(picture, watch: (name, step) => steps.Add((name, step))));
        Assert.Equal(["picture", "ink", "without-lines", "digit", "strokes", "seen"], steps.Select(step => step.Name));
        Keep("pictures-steps.png", [[.. steps.Select(step => step.Picture)]]);
        AssertIsClean(5, found);
    }

    [Fact]
    public void PapersAndPensComeOutAlike()
    {
        var pictures = Array.ConvertAll(Examples, e => Draw(e.Digit, e.Pen, e.Paper));
        var seen = Array.ConvertAll(pictures, picture => Assert.Single(DigitFinder.Find(picture)));
        foreach (var ((digit, _, _), found) in Examples.Zip(seen))
        {
            AssertIsClean(digit, found);
        }

        Keep("pictures-papers.png",
            [pictures, Array.ConvertAll(seen, digit => new GrayPicture(digit.Pixels, Mnist.Side, Mnist.Side))]);
    }

    /// <summary>Prepared as what a pen of MNIST's width draws on clean paper, and with its width.</summary>
    private static void AssertIsClean(int digit, FoundDigit found)
    {
        var clean = Assert.Single(DigitFinder.Find(Draw(digit, 14, (_, _) => 255))).Pixels;
        Assert.InRange(clean.Zip(found.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 20);
        Assert.InRange(Strokes.Width(new GrayPicture(found.Pixels, Mnist.Side, Mnist.Side)), 1.6, 3);
    }

    private static bool IsLine(double at, int gap) => at % gap is >= 0 and < 2;

    /// <summary>A digit by a pen of some pixels on paper that is given.</summary>
    private static GrayPicture Draw(int digit, double pen, Func<int, int, double> paper)
    {
        var distances = new double[Side * Side];
        Array.Fill(distances, double.PositiveInfinity);
        foreach (var stroke in HandDrawnDigits.Strokes(digit, 0))
        {
            for (var i = 0; i + 1 < stroke.Length; i++)
            {
                for (var t = 0; t <= 100; t++)
                {
                    double x = stroke[i][0] + (stroke[i + 1][0] - stroke[i][0]) * t / 100,
                        y = stroke[i][1] + (stroke[i + 1][1] - stroke[i][1]) * t / 100;
                    distances[(int)(Side * (0.15 + 0.7 * y)) * Side + (int)(Side * (0.15 + 0.7 * x))] = 0;
                }
            }
        }

        Distances.Transform(distances, Side, Side);
        var picture = new GrayPicture(Side, Side);
        for (var i = 0; i < distances.Length; i++)
        {
            var ink = Math.Clamp(pen / 2 + 0.5 - Math.Sqrt(distances[i]), 0, 1);
            picture.Pixels[i] = (byte)(paper(i % Side, i / Side) * (1 - 0.8 * ink));
        }

        return picture;
    }

    /// <summary>Writes rows of pictures side by side, each as large as the others.</summary>
    private static void Keep(string name, GrayPicture[][] rows)
    {
        int width = rows[0].Length * (Shown + Gap) - Gap, height = rows.Length * (Shown + Gap) - Gap;
        var sheet = new byte[width * height];
        sheet.AsSpan().Fill(190);
        for (var r = 0; r < rows.Length; r++)
        {
            for (var c = 0; c < rows[r].Length; c++)
            {
                var picture = rows[r][c];
                var scale = (double)Shown / picture.Side;
                int wide = (int)(picture.Width * scale), high = (int)(picture.Height * scale);
                int left = c * (Shown + Gap) + (Shown - wide) / 2, top = r * (Shown + Gap) + (Shown - high) / 2;
                for (var y = 0; y < high; y++)
                {
                    for (var x = 0; x < wide; x++)
                    {
                        sheet[(top + y) * width + left + x] = Mean(picture, x / scale, y / scale, 1 / scale);
                    }
                }
            }
        }

        using var file = new MemoryStream();
        new ImageWriter().WritePng(sheet, width, height, ColorComponents.Grey, file);
        Assert.InRange(file.Length, 1000, 100_000);
        if (Environment.GetEnvironmentVariable("MNISTGPU_SCREENSHOTS") is { Length: > 0 } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, name), file.ToArray());
        }
    }

    private static byte Mean(GrayPicture picture, double left, double top, double size)
    {
        int sum = 0, count = 0;
        for (var y = (int)top; y < Math.Max((int)top + 1, Math.Min(picture.Height, (int)(top + size))); y++)
        {
            for (var x = (int)left; x < Math.Max((int)left + 1, Math.Min(picture.Width, (int)(left + size))); x++)
            {
                sum += picture.Pixels[y * picture.Width + x];
                count++;
            }
        }

        return (byte)(sum / count);
    }
}
