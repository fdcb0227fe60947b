using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Parquet as Hugging Face stores pictures, written by others.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private static string Published(string name) => Path.Combine(SourceTree.Root, "tests", "MnistGpu.Tests", "Data",
        "Formats", "files", name);

    private static DigitData Load(string path, ReadAs? options = null, int? limit = null) => DataSource.Load(path,
        new DataRequest { ReadAs = options ?? ReadAs.Guessed, Limit = limit }, TestContext.Current.CancellationToken);

    private static void AreFirst(DigitSet set, int from, int count)
    {
        Assert.Equal(count, set.Count);
        Assert.Equal(RecordedRun.Labels[from..(from + count)], set.Labels.ToArray());
        Assert.Equal(RecordedRun.X[(from * 784)..((from + count) * 784)], set.X.ToArray());
    }

    [Fact]
    public void AFileOfPlainPagesIsRead()
    {
        var data = Load(Published("mnist.parquet"));
        AreFirst(data.Train, 0, 30);
        Assert.Null(data.Test);
        Assert.True(data.Shape.IsDigits);
        Assert.Equal("the pictures are read in grey (LoadOptions.IsColour = true says otherwise)",
            Assert.Single(data.Guesses));
    }

    [Fact]
    public void SnappyDictionariesGzipAndPagesOfVersion2AreRead()
    {
        var data = Load(Published("huggingface"));
        AreFirst(data.Train, 0, 14);
        AreFirst(data.Test!, 14, 7);
    }

    [Fact]
    public void TheClassesHaveTheNamesThatHuggingFaceKeeps()
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Published("huggingface/train-00000-of-00001.parquet")));
        DigitData Named(string names) => Load(scratch.Write("train.parquet", Encoding.Latin1.GetBytes(text.Replace(
            "[\"0\", \"1\"", names, StringComparison.Ordinal))));
        var data = Named("[\"a\", \"b\"");
        Assert.Equal(["a", "b", "2"], data.Shape.ClassNames[..3]);
        Assert.Equal(RecordedRun.Labels[..14], data.Train.Labels.ToArray());
        // Two of one name, and what is no JSON, are no names.
        Assert.Equal("0", Named("[\"a\", \"a\"").Shape.ClassNames[0]);
        Assert.Equal("0", Named("[\"a\"; \"a\"").Shape.ClassNames[0]);
    }

    [Fact]
    public void ShardsAreOneSetAndALimitKeepsAllLabels()
    {
        var bytes = File.ReadAllBytes(Published("huggingface/train-00000-of-00001.parquet"));
        scratch.Write("train-00000-of-00002.parquet", File.ReadAllBytes(Published("mnist.parquet")));
        scratch.Write("train-00001-of-00002.parquet", bytes);
        var data = Load(scratch.Path);
        Assert.Equal(44, data.Train.Count);
        AreFirst(data.Train.Slice(30, 14), 0, 14);
        var part = Load(scratch.Path, limit: 31);
        Assert.Equal((31, 44), (part.Train.Count, part.AllLabels.Length));
        Assert.Equal(data.Train.X[..part.Train.X.Length].ToArray(), part.Train.X.ToArray());
    }

    [Fact]
    public void FilesThatNameTheirClassesDifferentlyAreNotJoined()
    {
        var bytes = File.ReadAllBytes(Published("huggingface/train-00000-of-00001.parquet"));
        var other = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace("[\"0\", \"1\"",
            "[\"1\", \"0\"", StringComparison.Ordinal));
        scratch.Write("shards/train-0.parquet", bytes);
        scratch.Write("shards/train-1.parquet", other);
        Refused.With(() => Load(scratch.File("shards")), "name their classes differently", "train-1.parquet",
            "1, 0, 2");
        scratch.Write("sets/train.parquet", bytes);
        scratch.Write("sets/test.parquet", other);
        Refused.With(() => Load(scratch.File("sets")), "name their classes differently", "test.parquet");
    }

    [Fact]
    public void TheUserMayNameTheLabelsOrLeaveThemOut()
    {
        var path = Published("mnist.parquet");
        Assert.Equal(30, Load(path, new ReadAs { Label = "label" }).Train.Count);
        Refused.With(() => Load(path, new ReadAs { Label = "lable" }), "no such column of labels", "expected : label");
        Refused.With(() => Load(path, new ReadAs { Label = "none" }), "have no labels");
        var scaled = Load(path, new ReadAs { Size = (14, 10), IsColour = true });
        Assert.Equal((14, 10, 3), (scaled.Shape.Width, scaled.Shape.Height, scaled.Shape.Channels));
    }

    [Fact]
    public void TheUserMayNameThePictures()
    {
        // A photo of the drawer is larger than what is drawn.
        var digits = Enumerable.Range(1, 2).Select(j => Png((byte)(60 * j), 4)).ToArray();
        var path = scratch.Write("train.parquet", SmallParquet.Of(2, SmallParquet.Texts("photo.bytes",
            [Png(7, 40), Png(8, 40)]), SmallParquet.Texts("drawing.bytes", digits), SmallParquet.Texts("writer",
                ["me"u8.ToArray(), "you"u8.ToArray()]), SmallParquet.Numbers("label", 0, 1)));
        var guessed = Load(path);
        Assert.Equal(40, guessed.Shape.Width);
        Assert.Contains(guessed.Guesses, guess => guess.Contains(
            "'photo.bytes', the longest of 3 that may hold them (LoadOptions.Picture = NAME says otherwise)",
            StringComparison.Ordinal));
        foreach (var name in (string[])["drawing", "drawing.bytes"])
        {
            var data = Load(path, new ReadAs { Picture = name });
            Assert.Equal((4, 60), (data.Shape.Width, data.Train.Image(0)[0]));
            Assert.DoesNotContain(data.Guesses, guess => guess.Contains("longest", StringComparison.Ordinal));
        }

        Refused.With(() => Load(path, new ReadAs { Picture = "drawings" }), "no such column of pictures",
            "photo.bytes, drawing.bytes, writer", "LoadOptions.Picture = NAME");
        Refused.With(() => Load(path, new ReadAs { Picture = "label" }), "no such column of pictures");
        Refused.With(() => Load(path, new ReadAs { Picture = "writer" }), "row 1");
        Refused.With(() => Load(path, new ReadAs { Picture = "writer", Label = "writer" }), "no such column");
    }

    /// <summary>A square picture of one grey and, so that it is long, of noise.</summary>
    private static byte[] Png(byte grey, int side)
    {
        var pixels = new byte[side * side];
        new Random(side).NextBytes(pixels);
        pixels[0] = grey;
        using var file = new MemoryStream();
        new ImageWriter().WritePng(pixels, side, side, ColorComponents.Grey, file);
        return file.ToArray();
    }

    [Theory]
    [InlineData("label\u0004", "lapel\u0004", null)]
    [InlineData("\u0089PNG", "\u0089PNX", "a file of another kind")]
    [InlineData("PAR1", "PAR2", "no data set")]
    public void WhatIsWrongIsNamedWithTheFile(string from, string to, string? says)
    {
        // The last of each: a mark, a picture's, and a name that stands in the schema and in both groups.
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Published("mnist.parquet")));
        var damaged = says is null ? text.Replace("label", "lapel", StringComparison.Ordinal)
            : text[..text.IndexOf(from, StringComparison.Ordinal)] + to
                + text[(text.IndexOf(from, StringComparison.Ordinal) + from.Length)..];
        var path = scratch.Write("train.parquet", Encoding.Latin1.GetBytes(damaged));
        if (says is null)
        {
            Assert.Contains(Load(path).Guesses, guess => guess.Contains("its column 'lapel', the only one of numbers",
                StringComparison.Ordinal));
            return;
        }

        Refused.With(() => Load(path), says, "train.parquet");
    }

    [Fact]
    public void ACutOffFileIsRefusedWithTheWayOut()
    {
        var bytes = File.ReadAllBytes(Published("mnist.parquet"));
        foreach (var length in (int[])[4, 12, 1000, bytes.Length - 1])
        {
            Refused.With(() => Load(scratch.Write("train.parquet", bytes[..length])),
                "This Parquet file cannot be read", "to_parquet", "train.parquet");
        }
    }
}
