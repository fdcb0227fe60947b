using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Ink;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Pictures;

/// <summary>What is ink in a picture, whose it is, and how wide.</summary>
public sealed class DigitFinderTests
{
    private const int Width = 420;
    private const int Height = 360;

    private static readonly DigitSet Digits = SyntheticDigits.Draw(10, 2, SyntheticPart.Train);

    /// <summary>How much of a digit's ink covers a pixel, where each of its pixels is seven wide.</summary>
    private static double Ink(int digit, int x, int y, int left = 120, int top = 80)
    {
        double column = (x - left) / 7.0 - 0.5, row = (y - top) / 7.0 - 0.5;
        if (column < 0 || row < 0 || column >= 27 || row >= 27)
        {
            return 0;
        }

        var image = Digits.Image(digit);
        int i = (int)column, j = (int)row;
        double right = column - i, down = row - j;
        return ((image[j * 28 + i] * (1 - right) + image[j * 28 + i + 1] * right) * (1 - down)
            + (image[j * 28 + 28 + i] * (1 - right) + image[j * 28 + 29 + i] * right) * down) / 255;
    }

    /// <summary>A picture whose paper is given, with a digit's ink that takes four fifths of its light.</summary>
    private static byte[] Picture(int digit, Func<int, int, double> paper)
    {
        var gray = new byte[Width * Height];
        for (var i = 0; i < gray.Length; i++)
        {
            int x = i % Width, y = i / Width;
            gray[i] = (byte)(paper(x, y) * (1 - 0.8 * Ink(digit, x, y)));
        }

        return gray;
    }

    private static readonly Lazy<byte[][]> Clean = new(() => [.. Enumerable.Range(0, Digits.Count)
        .Select(digit => HandwrittenImage.Prepare(Picture(digit, (_, _) => 230), Width, Height))]);

    /// <summary>The digit whose picture on even paper is nearest, wherever it is moved by up to a pixel.</summary>
    private static int Nearest(byte[] image) => Enumerable.Range(0, Digits.Count).MinBy(digit =>
        ((int[])[-29, -28, -27, -1, 0, 1, 27, 28, 29]).Min(move =>
            Enumerable.Range(29, 784 - 58).Sum(i => Math.Abs(image[i] - Clean.Value[digit][i + move]))));

    private static void AssertIs(int digit, byte[] gray)
    {
        var found = HandwrittenImage.Find(gray, Width, Height);
        Assert.True(found.Count == 1, $"{found.Count} digits for digit {digit}");
        Assert.True(Nearest(found[0].Pixels) == digit, $"another digit for digit {digit}");
    }

    /// <summary>A line that is 2 pixels wide where the value is near a multiple of the gap.</summary>
    private static bool IsLine(double at, int gap) => at % gap is >= 0 and < 2;

    public static TheoryData<string> Papers =>
    [
        "even", "falling light", "a shadow", "ruled", "ruled askew", "squared", "ruled with a margin", "a printed box",
        "a scan's edges", "on a desk", "grain",
    ];

    private static double Paper(string paper, int x, int y) => paper switch
    {
        "falling light" => 240 - x / 5.0 - y / 7.0,
        "a shadow" => x + y / 2 < 280 ? 130 : 235,
        "ruled" => IsLine(y + 9, 45) ? 120 : 230,
        "ruled askew" => IsLine(y + 9 + x / 30.0, 45) ? 120 : 230,
        "squared" => IsLine(y + 9, 30) || IsLine(x + 9, 30) ? 140 : 230,
        "ruled with a margin" => IsLine(y + 9, 45) || x is 50 or 51 ? 120 : 230,
        "a printed box" => (x is 100 or 101 or 102 or 340 or 341 && y is >= 50 and <= 320)
            || (y is 50 or 51 or 319 or 320 && x is >= 100 and <= 341) ? 60 : 230,
        "a scan's edges" => x < 22 || y > Height - 17 - x / 100 ? 25 : 230,
        "on a desk" => x is < 60 or > 380 || y is < 40 or > 330 ? 70 : 230,
        "grain" => 215 + (x * 7919 + y * 104729) % 23,
        _ => 230,
    };

    [Theory]
    [MemberData(nameof(Papers))]
    public void WhatIsNoInkChangesNothing(string paper)
    {
        for (var digit = 0; digit < Digits.Count; digit++)
        {
            // A line of the paper that runs along a stroke takes a little of it, or leaves a little.
            AssertIs(digit, Picture(digit, (x, y) => Paper(paper, x, y)));
        }
    }

    [Fact]
    public void APanelInAPlotIsAPictureOfItsOwn()
    {
        for (var digit = 0; digit < Digits.Count; digit++)
        {
            var gray = new byte[Width * Height];
            for (var i = 0; i < gray.Length; i++)
            {
                int x = i % Width, y = i / Width;
                // Light on dark in a white plot with ticks.
                var isPanel = x is >= 90 and < 350 && y is >= 50 and < 310;
                gray[i] = (byte)(isPanel ? 20 + 220 * Ink(digit, x, y)
                    : x is >= 84 and < 90 && y % 50 == 5 || y is >= 310 and < 316 && x % 50 == 5 ? 0 : 255);
            }

            AssertIs(digit, gray);
        }
    }

    [Theory]
    [InlineData(28, 1)]
    [InlineData(60, 1)]
    [InlineData(400, 2)]
    [InlineData(400, 6)]
    [InlineData(800, 3)]
    public void ThinStrokesGetMnistsWidth(int side, int pen)
    {
        // A seven: a bar and a slanted stem, by a pen of whole pixels without soft edges.
        var gray = Enumerable.Repeat((byte)255, side * side).ToArray();
        var (left, right, top, bottom) = (side / 4, side * 3 / 4, side / 7, side * 6 / 7);
        for (var x = left; x < right; x++)
        {
            Dot(x, top);
        }

        for (var y = top; y < bottom; y++)
        {
            Dot(right - (y - top) * (right - left) / 2 / (bottom - top), y);
        }

        var image = HandwrittenImage.Prepare(gray, side, side);
        Assert.InRange(Strokes.Width(new GrayPicture(image, 28, 28)), 2, 3);
        Assert.Equal(255, image.Max());

        void Dot(int x, int y)
        {
            for (var row = y; row < y + pen; row++)
            {
                gray.AsSpan(row * side + x, pen).Clear();
            }
        }
    }

    [Fact]
    public void SeveralDigitsAreFoundFromLeftToRightAndLineByLine()
    {
        int[] order = [3, 4, 8, 6];
        var gray = new byte[Width * 2 * Height * 2];
        for (var i = 0; i < gray.Length; i++)
        {
            int x = i % (2 * Width), y = i / (2 * Width);
            var ink = Ink(order[0], x, y, 60, 40) + Ink(order[1], x, y, 350, 70) + Ink(order[2], x, y, 600, 50)
                + Ink(order[3], x, y, 200, 450);
            gray[i] = (byte)(230 - 200 * ink);
        }

        var found = HandwrittenImage.Find(gray, 2 * Width, 2 * Height);
        Assert.Equal(order.Length, found.Count);
        for (var i = 0; i < order.Length; i++)
        {
            Assert.Equal(order[i], Nearest(found[i].Pixels));
        }

        Assert.True(found[0].Right < found[1].Left && found[1].Right < found[2].Left);
        Assert.True(found[3].Top > found[0].Bottom);
        Refused.With(() => HandwrittenImage.Prepare(gray, 2 * Width, 2 * Height), "more than one digit", "4 digits");
    }

    /// <summary>The first digit lies wholly below the third, and is still the first.</summary>
    [Fact]
    public void ALineThatRisesIsReadFromLeftToRight()
    {
        int[] order = [3, 4, 8, 6];
        int wide = 4 * Width, high = 3 * Height, rise = Height / 4;
        var gray = new byte[wide * high];
        for (var i = 0; i < gray.Length; i++)
        {
            int x = i % wide, y = i / wide;
            gray[i] = (byte)(230 - 200 * order.Select((digit, j) =>
                Ink(digit, x, y, 60 + j * Width, high - Height - j * rise)).Sum());
        }

        var found = HandwrittenImage.Find(gray, wide, high);
        Assert.Equal(order, found.Select(one => Nearest(one.Pixels)));
        Assert.True(found[2].Bottom < found[0].Top);
    }

    [Fact]
    public void ThePartsOfOneDigitStayTogether()
    {
        // A five whose bar has come off, and a four whose strokes do not meet.
        foreach (var strokes in ((int Left, int Top, int Right, int Bottom)[][])
        [
            [(60, 30, 140, 40), (50, 48, 60, 90), (50, 84, 120, 94), (112, 94, 122, 150), (50, 144, 118, 154)],
            [(50, 30, 60, 95), (50, 90, 112, 100), (115, 30, 125, 160)],
        ])
        {
            var gray = Enumerable.Repeat((byte)255, 200 * 200).ToArray();
            foreach (var (left, top, right, bottom) in strokes)
            {
                for (var y = top; y < bottom; y++)
                {
                    gray.AsSpan(y * 200 + left, right - left).Clear();
                }
            }

            Assert.Single(HandwrittenImage.Find(gray, 200, 200));
        }
    }

    [Theory]
    [InlineData(28)]
    [InlineData(64)]
    [InlineData(300)]
    public void NoiseIsNoDigit(int side)
    {
        var gray = new byte[side * side];
        new Random(3).NextBytes(gray);
        Refused.With(() => HandwrittenImage.Prepare(gray, side, side), "No digit is seen");
    }

    [Theory]
    [InlineData("ruled")]
    [InlineData("squared")]
    [InlineData("ruled with a margin")]
    public void LinesAloneAreNoDigit(string paper)
    {
        var gray = new byte[Width * Height];
        for (var i = 0; i < gray.Length; i++)
        {
            gray[i] = (byte)Paper(paper, i % Width, i / Width);
        }

        Refused.With(() => HandwrittenImage.Prepare(gray, Width, Height), "No digit is seen", "only lines");
    }

    [Fact]
    public void MnistsImagesComeThroughToTheByte()
    {
        for (var j = 0; j < RecordedRun.X.Length / 784; j++)
        {
            var image = RecordedRun.X[(784 * j)..(784 * (j + 1))];
            Assert.Equal(image, HandwrittenImage.Prepare(image, 28, 28));
        }
    }
}
