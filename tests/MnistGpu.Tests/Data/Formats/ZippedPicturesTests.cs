using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Folders and lists of pictures in a zip file.</summary>
public sealed class ZippedPicturesTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(string path) =>
        DataSource.Load(scratch.File(path), new DataRequest(), TestContext.Current.CancellationToken);

    private static byte[] Picture(byte level, int width = 6, int height = 4)
    {
        using var file = new MemoryStream();
        new ImageWriter().WritePng([.. Enumerable.Range(0, width * height).Select(i => (byte)(level + i))], width,
            height, ColorComponents.Grey, file);
        return file.ToArray();
    }

    private string Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var archive = new ZipArchive(File.Create(scratch.File("a.zip")), ZipArchiveMode.Create);
        foreach (var (name, bytes) in files)
        {
            using var entry = archive.CreateEntry(name).Open();
            entry.Write(bytes);
        }

        return scratch.File("a.zip");
    }

    [Fact]
    public void TheSamePicturesAreReadAsFromTheFolderItself()
    {
        foreach (var (name, i) in ((string[])["train/cats/1.png", "train/cats/2.png", "train/dogs/1.png",
            "test/cats/9.png", "test/dogs/9.png", "val/cats/7.png"]).Select((name, i) => (name, i)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(scratch.File($"all/pets/{name}"))!);
            File.WriteAllBytes(scratch.File($"all/pets/{name}"), Picture((byte)(30 * i)));
        }

        Directory.CreateDirectory(scratch.File("all/__MACOSX/pets"));
        File.WriteAllText(scratch.File("all/__MACOSX/pets/._1.png"), "no picture");
        ZipFile.CreateFromDirectory(scratch.File("all"), scratch.File("a.zip"));
        var (unpacked, zipped) = (Load("all"), Load("a.zip"));
        Assert.Equal((3, 2), (zipped.Train.Count, zipped.Test!.Count));
        Assert.Equal(unpacked.Shape, zipped.Shape);
        Assert.Equal(["cats", "dogs"], zipped.Shape.ClassNames);
        Assert.Equal(unpacked.Train.X.ToArray(), zipped.Train.X.ToArray());
        Assert.Equal(unpacked.Train.Labels.ToArray(), zipped.Train.Labels.ToArray());
        Assert.Equal(unpacked.Test!.X.ToArray(), zipped.Test.X.ToArray());
        Assert.Contains("val is left out", Assert.Single(zipped.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void AZipFileAloneInAFolderStandsForIt()
    {
        Zip(("a/1.png", Picture(1)), ("b/1.png", Picture(2)));
        File.WriteAllText(scratch.File("README.md"), "pictures");
        Assert.Equal(2, Load(".").Train.Count);
        File.Copy(scratch.File("a.zip"), scratch.File("b.zip"));
        Refused.With(() => Load("."), "no data set", "a.zip, b.zip");
    }

    [Fact]
    public void PicturesMayBeMoreThanOtherFiles()
    {
        Zip([.. Enumerable.Range(0, 300).Select(i => ($"{(i % 2 == 0 ? "day" : "night")}\\{i:000}.png",
            Picture((byte)(i % 200))))]);
        var data = Load("a.zip");
        Assert.Equal((300, 2), (data.Train.Count, data.Shape.Classes));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (byte)(i % 200)),
            Enumerable.Range(0, 300).Select(i => data.Train.Image(i)[0]));
    }

    [Fact]
    public void AListInAZipFileNamesPicturesBesideIt()
    {
        Zip(("set/list.csv", Encoding.UTF8.GetBytes("file,label\npictures/1.png,night\n./pictures/2.png,day\n")),
            ("set/pictures/1.png", Picture(1)), ("set/pictures/2.png", Picture(200)));
        var data = Load("a.zip");
        Assert.Equal(["day", "night"], data.Shape.ClassNames);
        Assert.Equal([1, 0], data.Train.Labels.ToArray());
        Assert.Equal((1, 200), (data.Train.Image(0)[0], data.Train.Image(1)[0]));
        Zip(("list.csv", Encoding.UTF8.GetBytes("file,label\n1.png,night\n../2.png,day\n")), ("1.png", Picture(1)),
            ("2.png", Picture(2)));
        Refused.With(() => Load("a.zip"), "names no picture and its class", "line 3");
    }

    [Fact]
    public void FilesInTooManyFoldersAreLeftOutAndNamed()
    {
        Zip(("a/1.png", Picture(1)), ("b/1.png", Picture(2)), ("a/b/c/d/e/f/g/h/2.png", Picture(3)));
        var data = Load("a.zip");
        Assert.Equal(2, data.Train.Count);
        Assert.Contains("1 files of", Assert.Single(data.LeftOut), StringComparison.Ordinal);
        Zip(("a/b/c/d/e/f/g/h/list.csv", Encoding.UTF8.GetBytes("file,label\n1.png,night\n2.png,day\n")),
            ("a/b/c/d/e/f/g/h/1.png", Picture(1)), ("a/b/c/d/e/f/g/h/2.png", Picture(2)));
        Refused.With(() => Load("a.zip"), "list.csv");
    }

    [Fact]
    public void FoldersHiddenFilesAndPicturesOfAnyKindAreNotCountedAsFiles()
    {
        const int Many = 300;
        Zip([.. Enumerable.Range(0, Many).SelectMany(i => ((string, byte[])[])[($"{i}/", []), ($"x/{i}.webp", [1]),
            ($".{i}", [1]), ($"__MACOSX/{i}", [1])]), ("a/1.png", Picture(1)), ("b/1.png", Picture(2))]);
        Refused.With(() => Load("a.zip"), "This is no picture", ".webp");
        Zip([.. Enumerable.Range(0, Many).Select(i => ($"{i}.txt", (byte[])[1]))]);
        Refused.With(() => Load("a.zip"), "too many files", $"{Many} files");
    }

    [Fact]
    public void PicturesOfAnotherSizeThanThoseLookedAtAreCounted()
    {
        // Fifty of these are looked at, and the sixth of a class is none of them.
        Zip([.. Enumerable.Range(0, 60).Select(i => ($"{(i % 2 == 0 ? "a" : "b")}/{i:00}.png",
            i == 5 ? Picture(1, 12, 8) : Picture(1)))]);
        Assert.Contains(Load("a.zip").Guesses, guess => guess.StartsWith("1 of the pictures", StringComparison.Ordinal)
            && guess.Contains("6 × 4", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatWouldUnpackToTooMuchIsRefused()
    {
        Zip(("a/1.png", Picture(1)), ("b/1.png", new byte[(64 << 20) + 1]));
        Refused.With(() => Load("a.zip"), "too long for a picture", "b/1.png");

        var path = Zip(("a/1.png", Picture(1)), ("b/1.png", Picture(2)));
        var bytes = File.ReadAllBytes(path);
        var directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        const int UnpackedSize = 24;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(directory + UnpackedSize), int.MaxValue);
        File.WriteAllBytes(path, bytes);
        Refused.With(() => Load("a.zip"), "bomb", "a.zip");

        // The same of a table, which is looked into before pictures are.
        path = Zip(("train.csv", new byte[5_000_000]));
        bytes = File.ReadAllBytes(path);
        directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(directory + UnpackedSize), int.MaxValue);
        File.WriteAllBytes(path, bytes);
        Refused.With(() => Load("a.zip"), "bomb", "a.zip");
    }

    [Fact]
    public void FaultsAreNamedWithTheFileInTheZipFile()
    {
        Zip(("a/1.png", Picture(1)), ("b/1.png", Encoding.UTF8.GetBytes("no picture at all")));
        Refused.With(() => Load("a.zip"), "a.zip, b/1.png", "a text file");
        Zip(("a/1.png", Picture(1)), ("b/1.gif", Picture(1)), ("b/2.png", Picture(1)));
        Refused.With(() => Load("a.zip"), "This is no picture", "b/1.gif");
        Zip(("a/1.png", Picture(1)), ("b/1.png", Picture(1)), ("b/1.png", Picture(2)));
        Refused.With(() => Load("a.zip"), "two files of one name", "b/1.png");
        Zip(("a/1.png", Picture(1)), ("a/2.png", Picture(1)));
        Refused.With(() => Load("a.zip"), "no number of classes");
        Zip(("readme.png", Picture(1)));
        Refused.With(() => Load("a.zip"), "no data set", "of pictures");
    }
}
