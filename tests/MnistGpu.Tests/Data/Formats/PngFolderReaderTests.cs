using MnistGpu.Bench;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;

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
        var (train, test) = PngFolderReader.Read(_scratch.Path, TestContext.Current.CancellationToken);
        Assert.Null(test);
        Assert.Equal(Enumerable.Range(0, 30).Select(j => (byte)(j % 10)), train.Labels.ToArray());
        Assert.Equal(_digits.X.ToArray(), train.X.ToArray());
    }

    [Fact]
    public void TrainAndTestAreReadFromTheirFolders()
    {
        Make("train");
        Assert.Null(PngFolderReader.Read(_scratch.Path, TestContext.Current.CancellationToken).Test);
        Make("test");
        Assert.Equal(30, PngFolderReader.Read(_scratch.Path, TestContext.Current.CancellationToken).Test?.Count);
    }

    [Fact]
    public void WhatIsNotUsedIsNamed()
    {
        Make("train");
        _scratch.Write("test/unsorted.png", [1]);
        _scratch.Write("valid/0/0.png", [1]);
        var leftOut = new List<string>();
        var (train, test) = PngFolderReader.Read(_scratch.Path, leftOut, TestContext.Current.CancellationToken);
        Assert.Equal((30, null), (train.Count, test));
        Assert.Equal(2, leftOut.Count);
        Assert.Contains($"{_scratch.File("valid")} is left out", leftOut[0], StringComparison.Ordinal);
        Assert.Contains($"{_scratch.File("test")} is left out: it has no folder 0", leftOut[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoPNGIsNamed()
    {
        Make(".");
        var path = _scratch.Write("4/99.png", "GIF89a but with a name"u8.ToArray());
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "no PNG", path, "47494638");
        File.Delete(path);
        path = _scratch.Write("4/99.jpg", [1]);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "no PNG", path);
        File.Delete(path);
        path = _scratch.Write("4/99.png", []);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), "no PNG", path, "an empty file");
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
    public void AnotherSizeIsNamed()
    {
        Make(".");
        ContactSheet.Write(_scratch.File("0/00.png"), _digits, 2, 1, 1);
        Refused.With(() => PngFolderReader.Read(_scratch.Path), _scratch.File("0/00.png"), "56 × 28");
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
