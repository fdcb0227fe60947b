using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Formats;

public sealed class PngFolderReaderTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private readonly DigitSet _digits = SyntheticDigits.Draw(30, 3, SyntheticPart.Train);

    /// <summary>Writes thirty digits under the folder, three for each label, and returns their paths.</summary>
    private void Make(string under)
    {
        for (var j = 0; j < 30; j++)
        {
            Directory.CreateDirectory(Path.Combine(_scratch.File(under), $"{j % 10}"));
            ContactSheet.Write(Path.Combine(_scratch.File(under), $"{j % 10}", $"{j:D2}.png"), _digits.Slice(j, 1), 1,
                1, 1);
        }
    }

    [Fact]
    public void ImagesComeAsTheyAreInTheOrderOfTheirNames()
    {
        Make(".");
        _scratch.Write("3/.hidden", [1]);
        _scratch.Write("3/._5.png", [0, 5, 0x16, 7]);
        var (train, test, isDark, notice) =
            PngFolderReader.Read(_scratch.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal((false, null), (isDark, notice));
        Assert.Null(test);
        Assert.Equal(Enumerable.Range(0, 30).Select(j => (byte)(j % 10)), train.Labels.ToArray());
        Assert.Equal(_digits.X.ToArray(), train.X.ToArray());
    }

    [Fact]
    public void TrainAndTestAreReadFromTheirFolders()
    {
        Make("train");
        Assert.Null(PngFolderReader.Read(_scratch.Path, cancel: TestContext.Current.CancellationToken).Test);
        Make("test");
        Assert.Equal(30,
            PngFolderReader.Read(_scratch.Path, cancel: TestContext.Current.CancellationToken).Test?.Count);
    }

    [Fact]
    public void WhatIsNotUsedIsNamed()
    {
        Make("train");
        _scratch.Write("test/unsorted.png", [1]);
        _scratch.Write("valid/0/0.png", [1]);
        var log = new ReadLog();
        var (train, test, _, _) = PngFolderReader.Read(PictureTree.OnDisk(_scratch.Path), asIs: false, ReadAs.Guessed,
            null, log, TestContext.Current.CancellationToken);
        var leftOut = log.LeftOut;
        Assert.Equal((30, null), (train.Count, test));
        Assert.Equal(2, leftOut.Count);
        Assert.Contains($"{_scratch.File("valid")} is left out", leftOut[0], StringComparison.Ordinal);
        Assert.Contains($"{_scratch.File("test")} is left out: it has no folder 0", leftOut[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoPictureIsNamed()
    {
        Make(".");
        var path = _scratch.Write("4/99.png", "GIF89a but with a name"u8.ToArray());
        Refused.With(() => PngFolderReader.Read(_scratch.Path), path, "a GIF picture");
        File.Delete(path);
        path = _scratch.Write("4/99.txt", [1]);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "no picture", path);
        File.Delete(path);
        path = _scratch.Write("4/99.png", []);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), path, "an empty file");
    }

    [Fact]
    public void ATruncatedPNGIsNamed()
    {
        Make(".");
        var whole = File.ReadAllBytes(_scratch.File("7/07.png"));
        var path = _scratch.Write("7/07.png", whole[..(whole.Length / 2)]);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "damaged", path);
    }

    [Fact]
    public void AnotherSizeIsPreparedAsPredictDoes()
    {
        Make(".");
        var path = _scratch.File("0/00.png");
        ContactSheet.Write(path, _digits, 1, 1, 3);
        var read = PngFolderReader.Read(_scratch.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(HandwrittenImage.Read(path), read.Train.Image(0));
        Assert.Equal(_digits.Slice(1, 29).X.ToArray(), read.Train.Slice(1, 29).X.ToArray());
        Assert.Contains("1 of these images are not 28 × 28", read.Notice, StringComparison.Ordinal);
        // It cannot be kept as it is.
        Refused.With(() => PngFolderReader.Read(_scratch.Path, asIs: true), path, "84 × 84");
    }

    [Fact]
    public void DarkOnLightIsTurnedOverAndSaid()
    {
        Make("train");
        var all = Directory.GetFiles(_scratch.Path, "*.png", SearchOption.AllDirectories);
        foreach (var path in all)
        {
            var image = _digits.Image(int.Parse(Path.GetFileNameWithoutExtension(path)));
            Write(path, image, level => ((byte)(255 - level), 255));
        }

        // One that is light on dark among them stays as it is.
        Write(_scratch.File("train/3/03.png"), _digits.Image(3), level => (level, 255));
        var turned = PngFolderReader.Read(_scratch.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(_digits.X.ToArray(), turned.Train.X.ToArray());
        Assert.False(turned.IsDark);
        Assert.Contains("29 of these images are dark on light; they are turned over", turned.Notice,
            StringComparison.Ordinal);

        var kept = PngFolderReader.Read(_scratch.Path, asIs: true, TestContext.Current.CancellationToken);
        Assert.Equal(_digits.Image(3), kept.Train.Image(3));
        Assert.Equal(255 - _digits.Image(4)[100], kept.Train.Image(4)[100]);
        Assert.True(kept.IsDark);
        Assert.Contains("are kept so", kept.Notice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void InkOnATransparentPageIsReadAsPredictReadsIt(byte ink)
    {
        Make(".");
        // Among images that are light on dark, too.
        foreach (var j in (int[])[4, 15])
        {
            Write(_scratch.File($"{j % 10}/{j:D2}.png"), _digits.Image(j), level => (ink, level));
        }

        var read = PngFolderReader.Read(_scratch.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(_digits.X.ToArray(), read.Train.X.ToArray());
        Assert.Contains("2 of these images are transparent", read.Notice, StringComparison.Ordinal);
    }

    /// <summary>Writes an image with the grey and the opacity that each level becomes.</summary>
    private static void Write(string path, ReadOnlySpan<byte> image, Func<byte, (byte Gray, byte Alpha)> of)
    {
        var pixels = new byte[2 * image.Length];
        for (var i = 0; i < image.Length; i++)
        {
            (pixels[2 * i], pixels[2 * i + 1]) = of(image[i]);
        }

        using var file = File.Create(path);
        new ImageWriter().WritePng(pixels, 28, 28, ColorComponents.GreyAlpha, file);
    }

    [Fact]
    public void MissingAndEmptyFoldersAreNamed()
    {
        Make(".");
        Directory.Delete(_scratch.File("6"), recursive: true);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "no folder 6");
        Directory.CreateDirectory(_scratch.File("6"));
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "empty", _scratch.File("6"));
    }
}
