using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Ink;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Pictures;

public sealed class HandwrittenImageTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>A digit enlarged and put somewhere on paper of some shade, with ink of another.</summary>
    private static byte[] OnPaper(ReadOnlySpan<byte> digit, int width, int height, int zoom, int left, int top,
        Func<int, int, int> paper, int ink)
    {
        var gray = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                int column = (x - left) / zoom, row = (y - top) / zoom;
                var share = x >= left && y >= top && column < 28 && row < 28 ? digit[row * 28 + column] / 255.0 : 0;
                gray[y * width + x] = (byte)(paper(x, y) + share * (ink - paper(x, y)));
            }
        }

        return gray;
    }

    private static double MeanDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return sum / a.Length / 255;
    }

    /// <summary>The mean difference where a is moved by up to a pixel each way to where it is least.</summary>
    private static double LeastDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var least = double.MaxValue;
        foreach (var move in (ReadOnlySpan<int>)[-29, -28, -27, -1, 0, 1, 27, 28, 29])
        {
            // Within the margin that every digit leaves, so that no row wraps around.
            least = Math.Min(least, MeanDifference(a[29..^29], b.Slice(29 + move, 784 - 58)));
        }

        return least;
    }

    private static DigitSet Digits(int count) =>
        SyntheticDigits.Draw(count, 2, SyntheticPart.Train, TestContext.Current.CancellationToken);

    [Fact]
    public void ImagesInMnistsLayoutComeThroughUnchanged()
    {
        var set = Digits(200);
        var changed = Enumerable.Range(0, 200).Count(j =>
            MeanDifference(HandwrittenImage.Prepare(set.Image(j), 28, 28), set.Image(j)) > 0.02);
        // A wide soft edge may stick out of the box, which makes it a picture like any other.
        Assert.InRange(changed, 0, 20);
    }

    [Fact]
    public void MnistComesThroughUnchanged()
    {
        var folder = Environment.GetEnvironmentVariable("MNISTGPU_DATA");
        Assert.SkipUnless(folder is not null && IdxFolder.Holds(folder),
            "needs MNISTGPU_DATA to name a folder of MNIST's files");
        var set = IdxFolder.Read(folder!).Train;
        Assert.All(Enumerable.Range(0, 1000), j =>
            Assert.Equal(set.Image(j), HandwrittenImage.Prepare(set.Image(j), 28, 28)));
    }

    public static TheoryData<string> Papers =>
        ["dark on light", "light on dark", "shaded", "faint", "grainy", "small in a corner"];

    [Theory]
    [MemberData(nameof(Papers))]
    public void ADigitOnPaperBecomesTheDigit(string paper)
    {
        // Thin strokes would be widened.
        var set = Digits(100);
        set = set.Reorder([.. Enumerable.Range(0, 100).Where(j =>
            Strokes.Width(new GrayPicture(set.Image(j).ToArray(), 28, 28)) > 2).Take(40)]);
        for (var j = 0; j < set.Count; j++)
        {
            var digit = set.Image(j);
            var gray = paper switch
            {
                "dark on light" => OnPaper(digit, 500, 400, 10, 150, 60, (_, _) => 250, 10),
                "light on dark" => OnPaper(digit, 500, 400, 10, 150, 60, (_, _) => 5, 240),
                "shaded" => OnPaper(digit, 500, 400, 10, 150, 60, (x, y) => 110 + x / 6 + y / 10, 30),
                "faint" => OnPaper(digit, 300, 300, 10, 5, 5, (_, _) => 200, 150),
                "grainy" => OnPaper(digit, 300, 300, 10, 5, 5, (x, y) => 190 + (x * 7919 + y * 104729) % 17, 60),
                _ => OnPaper(digit, 2000, 1000, 6, 20, 800, (_, _) => 255, 0),
            };
            var (width, height) = gray.Length == 90_000 ? (300, 300) : gray.Length == 200_000 ? (500, 400)
                : (2000, 1000);
            var image = HandwrittenImage.Prepare(gray, width, height);
            // No other digit is as near, wherever it is moved by a pixel.
            Assert.Equal(j, Enumerable.Range(0, set.Count).MinBy(other => LeastDifference(image, set.Image(other))));
        }
    }

    [Fact]
    public void SpecksFarFromTheDigitAreLeftOut()
    {
        var digit = Digits(1).Image(0).ToArray();
        var clean = OnPaper(digit, 500, 400, 10, 150, 60, (_, _) => 250, 10);
        var dusty = clean.ToArray();
        foreach (var at in (ReadOnlySpan<int>)[10 * 500 + 10, 10 * 500 + 11, 390 * 500 + 490, 200 * 500 + 5])
        {
            dusty[at] = 0;
        }

        // The levels may be stretched a little otherwise; with the specks the box would be another.
        Assert.InRange(MeanDifference(HandwrittenImage.Prepare(clean, 500, 400),
            HandwrittenImage.Prepare(dusty, 500, 400)), 0, 0.002);
    }

    [Fact]
    public void ABarFillsTheBoxAndIsCentred()
    {
        var gray = new byte[100 * 60];
        for (var y = 10; y < 50; y++)
        {
            gray.AsSpan(y * 100 + 20, 8).Fill(255);
        }

        var image = HandwrittenImage.Prepare(gray, 100, 60);
        for (var i = 0; i < 784; i++)
        {
            // 40 × 8 becomes 20 × 4, from (12, 4) on; its centre (13.5, 13.5) moves by whole pixels towards (14, 14),
            // halves upwards.
            int x = i % 28, y = i / 28;
            Assert.Equal(x is >= 13 and < 17 && y is >= 5 and < 25 ? 255 : 0, image[i]);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(28, 28)]
    [InlineData(1, 5000)]
    [InlineData(900, 700)]
    public void BlankPicturesAreRefused(int width, int height)
    {
        var gray = new byte[width * height];
        Refused.With(() => HandwrittenImage.Prepare(gray, width, height), "blank");
        gray.AsSpan().Fill(255);
        Refused.With(() => HandwrittenImage.Prepare(gray, width, height), "blank");
        for (var i = 0; i < gray.Length; i++)
        {
            gray[i] = (byte)(128 + i * 31 % 11);
        }

        Refused.With(() => HandwrittenImage.Prepare(gray, width, height), "blank");
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("bmp")]
    public void FilesAreReadInEachFormat(string format)
    {
        var digit = Digits(1).Image(0).ToArray();
        var gray = OnPaper(digit, 320, 300, 10, 20, 10, (_, _) => 240, 20);
        using var file = new MemoryStream();
        var writer = new ImageWriter();
        switch (format)
        {
            case "png": writer.WritePng(gray, 320, 300, ColorComponents.Grey, file); break;
            case "jpg": writer.WriteJpg(gray, 320, 300, ColorComponents.Grey, file, 90); break;
            default: writer.WriteBmp(gray, 320, 300, ColorComponents.Grey, file); break;
        }

        var image = HandwrittenImage.Read(_scratch.Write("a." + format, file.ToArray()));
        Assert.InRange(MeanDifference(image, HandwrittenImage.Prepare(gray, 320, 300)), 0, 0.01);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void InkOnATransparentPictureIsRead(byte level)
    {
        var digit = Digits(1).Image(0).ToArray();
        var rgba = new byte[784 * 4];
        for (var i = 0; i < 784; i++)
        {
            rgba.AsSpan(4 * i, 3).Fill(level);
            rgba[4 * i + 3] = digit[i];
        }

        using var file = new MemoryStream();
        new ImageWriter().WritePng(rgba, 28, 28, ColorComponents.RedGreenBlueAlpha, file);
        Assert.InRange(MeanDifference(HandwrittenImage.Read(_scratch.Write("a.png", file.ToArray())), digit), 0, 0.02);
    }

    [Fact]
    public void WhatIsNoPictureIsNamed()
    {
        var path = _scratch.Write("a.png", "not a picture at all"u8.ToArray());
        Refused.With(() => HandwrittenImage.Read(path), path);
        Refused.With(() => HandwrittenImage.Read(_scratch.Write("b.png", [])), "b.png");
        // A grey TGA of 28 × 28, which the decoder would read.
        var tga = new byte[18 + 784];
        (tga[2], tga[12], tga[14], tga[16]) = (3, 28, 28, 8);
        tga.AsSpan(18, 400).Fill(255);
        Refused.With(() => HandwrittenImage.Read(_scratch.Write("c.png", tga)), "no picture",
            "a PNG, JPEG or BMP file");
        Refused.With(() => HandwrittenImage.Read(_scratch.File("absent.png")), "absent.png");
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("bmp")]
    public void AFileThatEndsEarlyIsReadOrRefusedButNeverReadForEver(string format)
    {
        var gray = OnPaper(Digits(1).Image(0).ToArray(), 90, 80, 2, 20, 10, (_, _) => 240, 20);
        using var file = new MemoryStream();
        var writer = new ImageWriter();
        switch (format)
        {
            case "png": writer.WritePng(gray, 90, 80, ColorComponents.Grey, file); break;
            case "jpg": writer.WriteJpg(gray, 90, 80, ColorComponents.Grey, file, 90); break;
            default: writer.WriteBmp(gray, 90, 80, ColorComponents.Grey, file); break;
        }

        var bytes = file.ToArray();
        var refused = 0;
        for (var length = 1; length < bytes.Length; length += length < 700 ? 1 : 97)
        {
            try
            {
                HandwrittenImage.Decode(bytes[..length], "the picture");
            }
            catch (UserErrorException)
            {
                refused++;
            }
        }

        Assert.True(refused > 50, $"{refused}");
    }

    [Fact]
    public void AHeaderThatClaimsAHugePictureIsRefusedBeforeDecoding()
    {
        using var file = new MemoryStream();
        new ImageWriter().WritePng(new byte[784], 28, 28, ColorComponents.Grey, file);
        var bytes = file.ToArray();
        // Width and height in the header chunk: 16,384 each.
        bytes[18] = bytes[22] = 64;
        bytes[19] = bytes[23] = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused.With(() => HandwrittenImage.Read(_scratch.Write("bomb.png", bytes)), "bomb.png", "16384 × 16384",
            "64 megapixels");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
    }

    [Theory]
    [InlineData(50, "ends in the middle")]
    [InlineData(200, "800 megapixels in 200 scans")]
    [InlineData(100_000, "too long")]
    public async Task AJpegIsNotDecodedOverAndOver(int scans, string says)
    {
        // 2048 × 2048 grey pixels, progressive; a quantization table of ones; a Huffman table with one code; and scans
        // without any data, each of which is decoded as zeros.
        byte[] file =
        [
            .. Convert.FromHexString("FFD8" + "FFDB004300"), .. Enumerable.Repeat((byte)1, 64),
            .. Convert.FromHexString("FFC2000B" + "08" + "08000800" + "01011100" + "FFC40014" + "00"
                + "01000000000000000000000000000000" + "00"),
            .. Enumerable.Repeat(Convert.FromHexString("FFDA0008" + "010100" + "000000"), scans).SelectMany(scan =>
                scan), .. Convert.FromHexString("FFD9"),
        ];
        var error = await Task.Run(() =>
            Record.Exception(() => HandwrittenImage.Decode(file, "a.jpg")), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        Assert.Contains(says, Assert.IsType<UserErrorException>(error).Message, StringComparison.Ordinal);
    }
}
