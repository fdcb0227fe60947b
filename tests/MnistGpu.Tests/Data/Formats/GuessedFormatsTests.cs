using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

using static MnistGpu.Tests.Data.Formats.SmallFiles;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>What files do not say is guessed and told, and hostile ones cost neither time nor memory.</summary>
public sealed class GuessedFormatsTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(string path, ReadAs? options = null) => DataSource.Load(scratch.File(path),
        new DataRequest { ReadAs = options ?? ReadAs.Guessed }, TestContext.Current.CancellationToken);

    private static void Tells(DigitData data, string text) =>
        Assert.Contains(data.Guesses, guess => guess.Contains(text, StringComparison.Ordinal));

    [Fact]
    public void ManyBlankLinesAreNoWorkForArff()
    {
        Assert.False(ArffReader.IsArff(Encoding.ASCII.GetBytes(new string('\n', 4096)), "x"));
        var comments = string.Concat(Enumerable.Repeat("% x\n \n", 600));
        Assert.False(ArffReader.IsArff(Encoding.ASCII.GetBytes(comments), "x"));
        Assert.True(ArffReader.IsArff(Encoding.ASCII.GetBytes("\n% x\n\n  @RELATION a\n"), "x"));
        Assert.True(ArffReader.IsArff([.. "\uFEFF% x\r\n@relation 'a b'\r\n"u8], "x"));
        Assert.False(ArffReader.IsArff(Encoding.ASCII.GetBytes("x\n@relation a\n"), "x"));
    }

    /// <summary>A matrix of MATLAB's version 5: its numbers run down the columns.</summary>
    private static byte[] Matrix(string name, int rows, int columns, int type, byte[] numbers, int? says = null)
    {
        byte[] Tagged(int kind, byte[] data, int? length = null)
        {
            var bytes = new byte[8 + (data.Length + 7) / 8 * 8];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, kind);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), length ?? data.Length);
            data.CopyTo(bytes, 8);
            return bytes;
        }

        byte[] inside = [.. Tagged(6, [9, 0, 0, 0, 0, 0, 0, 0]),
            .. Tagged(5, [.. BitConverter.GetBytes(rows), .. BitConverter.GetBytes(columns)]),
            .. Tagged(1, Encoding.ASCII.GetBytes(name)), .. Tagged(type, numbers, says)];
        return Tagged(14, inside);
    }

    private static byte[] Packed(byte[] element)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(element);
        }

        return [15, 0, 0, 0, .. BitConverter.GetBytes((int)packed.Length), .. packed.ToArray()];
    }

    private static byte[] Mat(params byte[][] elements)
    {
        var header = new byte[128];
        Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file").CopyTo(header, 0);
        (header[124], header[125], header[126], header[127]) = (0, 1, (byte)'I', (byte)'M');
        return [.. header, .. elements.SelectMany(element => element)];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OfMatlabsArraysOnlyImagesAndLabelsAreUnpacked(bool isPacked)
    {
        // Three images of 2 × 2 in rows: the numbers of all first pixels come first.
        byte[] images = [0, 50, 100, 1, 51, 101, 2, 52, 102, 3, 53, 255];
        byte[][] elements = [Matrix("X", 3, 4, 2, images), Matrix("y", 3, 1, 2, [0, 1, 0])];
        // An array that says more than it holds is no harm while nobody asks for it.
        var other = Packed(Matrix("z", 1, 3000, 2, new byte[16], says: 3000));
        scratch.Write("a.mat", Mat([.. isPacked ? elements.Select(Packed) : elements, other]));
        var data = Load("a.mat");
        Assert.Equal([0, 1, 2, 3], data.Train.Image(0).ToArray());
        Assert.Equal([100, 101, 102, 255], data.Train.Image(2).ToArray());
        Assert.Equal([0, 1, 0], data.Train.Labels.ToArray());
        Tells(data, "are the rows of its array 'X', the labels 'y'");
    }

    [Fact]
    public void AMatlabArrayThatPromisesGigabytesIsRefusedUnread()
    {
        // A million packed zeros could stand for so many bytes.
        var element = Matrix("X", 40_000, 30_000, 2, new byte[4_000_000], says: 1_200_000_000);
        scratch.Write("a.mat", Mat(Packed(element)));
        var before = GC.GetTotalAllocatedBytes();
        Assert.Throws<UserErrorException>(() => Load("a.mat"));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50_000_000);
        scratch.Write("b.mat", Mat(Matrix("X", 3, 4, 2, new byte[11], says: 11)));
        Refused.With(() => Load("b.mat"), "11 bytes of type 2 for 3 × 4");
    }

    [Fact]
    public void OtherDigitsThanAsciisNumberNoPixels()
    {
        var text = "label," + string.Join(',', Enumerable.Range(0, 4).Select(i => $"pixel{(char)('\u0660' + i)}"))
            + "\n0,1,2,3,255\n1,1,2,3,4\n";
        scratch.Write("a.csv", Encoding.UTF8.GetBytes(text));
        Tells(Load("a.csv"), "in the order of the columns");
    }

    [Fact]
    public void AnImageThatIsTooWideIsAUsersMistake()
    {
        var names = Enumerable.Range(1, 2).SelectMany(y => Enumerable.Range(1, 1500).Select(x => $"{y}x{x}"));
        var row = string.Concat(Enumerable.Repeat(",7", 3000));
        scratch.Write("a.csv", Encoding.ASCII.GetBytes($"label,{string.Join(',', names)}\n0{row}\n1{row}\n"));
        Refused.With(() => Load("a.csv"), "No network here reads such images", "1500 × 2");
    }

    [Fact]
    public void EmnistsTablesAndFoldersAreTurnedUprightToo()
    {
        byte[] image = [0, 1, 2, 255];
        scratch.Write("emnist-letters-train.csv", "1,0,1,2,255\n2,0,1,2,255\n"u8.ToArray());
        var table = Load("emnist-letters-train.csv");
        Assert.Equal([0, 2, 1, 255], table.Train.Image(0).ToArray());
        Tells(table, "LoadOptions.Transpose = false");
        scratch.Write("emnist-letters/train-images-idx3-ubyte", Idx([2, 2, 2], [.. image, .. image]));
        scratch.Write("emnist-letters/train-labels-idx1-ubyte", Idx([2], [1, 2]));
        foreach (var path in (string[])["emnist-letters", "emnist-letters/train-images-idx3-ubyte"])
        {
            var set = Load(path);
            Assert.Equal([0, 2, 1, 255], set.Train.Image(0).ToArray());
            Assert.Equal(26, set.Shape.Classes);
        }
    }

    [Fact]
    public void BytesOfASmallerRangeAreSpreadInNumPysArraysAndKeptInIdx()
    {
        scratch.Write("a/images.npy", Npy("|u1", [2, 2, 2], [0, 1, 1, 0, 1, 0, 0, 1]));
        scratch.Write("a/labels.npy", Npy("|u1", [2], [0, 1]));
        var data = Load("a");
        Assert.Equal([0, 255, 255, 0], data.Train.Image(0).ToArray());
        Tells(data, "LoadOptions.Range = ");
        scratch.Write("b/train-images-idx3-ubyte", Idx([2, 2, 2], [0, 1, 1, 0, 1, 0, 0, 1]));
        scratch.Write("b/train-labels-idx1-ubyte", Idx([2], [0, 1]));
        Assert.Equal([0, 1, 1, 0], Load("b").Train.Image(0).ToArray());
    }

    [Fact]
    public void ColourInRowsMayLieInPlanes()
    {
        byte[] image = [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 255];
        scratch.Write("images.npy", Npy("|u1", [2, 12], [.. image, .. new byte[12]]));
        scratch.Write("labels.npy", Npy("|u1", [2], [0, 1]));
        var data = Load(".");
        Assert.Equal([1, 2, 3], data.Train.Image(0)[..3].ToArray());
        Tells(data, "LoadOptions.ArePlanes = true");
        var planes = Load(".", new ReadAs { ArePlanes = true });
        Assert.Equal([1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 255], planes.Train.Image(0).ToArray());
        Assert.Empty(planes.Guesses);
    }

    [Fact]
    public void MedMnistMayHaveTwoClassesAndAThirdPart()
    {
        // MNIST's first noughts and ones, the labels in a column; the hashes were computed by another program.
        int[] rows = [1, 3, 6, 8, 14, 21, 23, 24];
        byte[] pixels = [.. rows.SelectMany(j => RecordedRun.X[(784 * j)..(784 * (j + 1))])];
        using (var archive = ZipFile.Open(scratch.File("binary.npz"), ZipArchiveMode.Create))
        {
            foreach (var part in (string[])["train", "val", "test"])
            {
                Add(archive, $"{part}_images.npy", Npy("|u1", [8, 28, 28], pixels));
                Add(archive, $"{part}_labels.npy", Npy("|u1", [8, 1], [.. rows.Select(j => RecordedRun.Labels[j])]));
            }
        }

        var data = Load("binary.npz");
        Assert.Equal(["0", "1"], data.Shape.ClassNames);
        foreach (var set in (DigitSet[])[data.Train, data.Test!])
        {
            Assert.Equal(("dae85739324a10c3952f6d1603d20e315921a2b922f011f8ec5708f47dc4d844",
                "c030fbfc25ab421695e23e1d11df5a4bd4eea1ff34c63a6725376ac103df72d0"),
                (Convert.ToHexStringLower(SHA256.HashData(set.X.Span)),
                Convert.ToHexStringLower(SHA256.HashData(set.Labels.Span))));
        }

        Assert.Contains(data.LeftOut, line => line.Contains("val_images", StringComparison.Ordinal));
    }

    [Fact]
    public void ABrokenOneHotRowIsNoQmnist()
    {
        scratch.Write("images.npy", Npy("|u1", [2, 2, 2], [0, 1, 1, 0, 1, 0, 0, 255]));
        scratch.Write("labels.npy", Npy(">i4", [2, 8], [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]));
        Refused.With(() => Load("."), "These labels are no single numbers", "row 1");
    }

    [Fact]
    public void ErrorsSayWhere()
    {
        scratch.Write("a/images.npy", Npy("|u1", [1, 1, 2000], new byte[2000]));
        scratch.Write("a/labels.npy", Npy("|u1", [1], [0]));
        Refused.With(() => Load("a"), "images.npy", "2000 × 1");
        scratch.Write("a.csv", Encoding.ASCII.GetBytes("label,pixel0,pixel1,pixel2,pixel3\n\n"
            + string.Concat(Enumerable.Repeat("1,0,0,0,255\n", 30)) + "x,0,0,0,255\n"));
        Refused.With(() => Load("a.csv"), "a.csv, line 33");
        scratch.Write("b/a.csv", "0,0,0,0,255\n1,0,0,0,255\n"u8.ToArray());
        scratch.Write("b/classes.txt", new byte[200_000]);
        Refused.With(() => Load("b/a.csv"), "classes.txt", "200,000");
    }
}
