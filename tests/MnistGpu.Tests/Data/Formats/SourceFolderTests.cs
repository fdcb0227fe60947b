using System.IO.Compression;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

using static MnistGpu.Tests.Data.Formats.SmallFiles;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Which of the files of a folder are the set, and what each is for.</summary>
public sealed class SourceFolderTests : IDisposable
{
    private const string Header = "label,pixel0,pixel1,pixel2,pixel3\n";

    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(string path = ".") => DataSource.Load(scratch.File(path), new DataRequest(),
        TestContext.Current.CancellationToken);

    private static byte[] Images(int count) => Npy("|u1", [count, 2, 2], new byte[] { 0, 40, 80, 255 }
        .SelectMany(level => Enumerable.Repeat(level, count)).ToArray());

    private static byte[] Labels(int count) =>
        Npy("|u1", [count], Enumerable.Range(0, count).Select(j => (byte)(j % 2)).ToArray());

    private static byte[] Csv(int rows) => Encoding.ASCII.GetBytes(Header
        + string.Concat(Enumerable.Range(0, rows).Select(j => $"{j % 2},0,{j},200,255\n")));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FoldersSayWhichImagesAreToTestOn(bool isZip)
    {
        (string Name, byte[] Bytes)[] files =
        [
            ("d/test/images.npy", Images(3)), ("d/test/labels.npy", Labels(3)),
            ("d/train/images.npy", Images(5)), ("d/train/labels.npy", Labels(5)),
        ];
        if (isZip)
        {
            using var archive = ZipFile.Open(scratch.File("d.zip"), ZipArchiveMode.Create);
            foreach (var (name, bytes) in files)
            {
                Add(archive, name, bytes);
            }
        }
        else
        {
            Array.ForEach(files, file => scratch.Write(file.Name, file.Bytes));
        }

        var data = Load(isZip ? "d.zip" : "d");
        Assert.Equal((5, 3), (data.Train.Count, data.Test!.Count));
    }

    [Fact]
    public void FoldersSayWhichTableIsToTestOn()
    {
        scratch.Write("train/data.csv", Csv(5));
        scratch.Write("test/data.csv", Csv(3));
        var data = Load();
        Assert.Equal((5, 3), (data.Train.Count, data.Test!.Count));
    }

    [Fact]
    public void TwoFilesForOnePartOfASetAreRefused()
    {
        scratch.Write("d/a/images.npy", Images(3));
        scratch.Write("d/a/labels.npy", Labels(3));
        scratch.Write("d/b/images.npy", Images(5));
        scratch.Write("d/b/labels.npy", Labels(5));
        Refused.With(() => Load("d"), "Two files may be the same part", "images.npy");
        scratch.Write("t/a/data.csv", Csv(3));
        scratch.Write("t/b/data.csv", Csv(5));
        Refused.With(() => Load("t"), "Two files of one name", "data.csv");
    }

    [Fact]
    public void AZipFileBesideWhatWasInItIsReadOnce()
    {
        scratch.Write("images.npy", Images(3));
        scratch.Write("labels.npy", Labels(3));
        using (var archive = ZipFile.Open(scratch.File("archive.zip"), ZipArchiveMode.Create))
        {
            Add(archive, "images.npy", Images(3));
            Add(archive, "labels.npy", Labels(3));
        }

        Assert.Equal(3, Load().Train.Count);
    }

    [Fact]
    public void AZipFileThatCannotBeListedIsLeftOutBesideASet()
    {
        scratch.Write("half.zip", [.. "PK\u0003\u0004"u8, .. new byte[100]]);
        Refused.With(() => Load(), "This zip file is damaged");
        scratch.Write("train.csv", Csv(4));
        var data = Load();
        Assert.Equal(4, data.Train.Count);
        Assert.Contains("half.zip is left out", Assert.Single(data.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void TablesBesideArraysAreNamed()
    {
        scratch.Write("images.npy", Images(3));
        scratch.Write("labels.npy", Labels(3));
        scratch.Write("train.csv", Csv(4));
        Assert.Contains("train.csv is left out", Assert.Single(Load().LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void NoFileOfMoreThanSixtyFourIsDroppedSilently()
    {
        for (var i = 0; i < 65; i++)
        {
            scratch.Write($"many/train_{i:00}.csv", Csv(2));
            scratch.Write($"logs/{i:00}.log", "x"u8.ToArray());
        }

        Refused.With(() => Load("many"), "There are too many files here", "65");
        scratch.Write("logs/00.csv", Csv(2));
        Assert.Contains("no more than 64", Assert.Single(Load("logs").LeftOut), StringComparison.Ordinal);
    }
}
