using System.Buffers.Binary;
using System.IO.Compression;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Formats;

public sealed class IdxReaderTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private static byte[] File_(uint magic, int[] sizes, byte[] data)
    {
        var bytes = new byte[4 + 4 * sizes.Length + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, magic);
        for (var d = 0; d < sizes.Length; d++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + 4 * d), sizes[d]);
        }

        data.CopyTo(bytes, 4 + 4 * sizes.Length);
        return bytes;
    }

    private static byte[] Images(int count, int? claimed = null, int rows = 28, int columns = 28) =>
        File_(0x803, [claimed ?? count, rows, columns],
            [.. Enumerable.Range(0, count * 784).Select(i => (byte)(i * 7))]);

    private static byte[] Blank(int count) => File_(0x803, [count, 28, 28], new byte[count * 784]);

    private static byte[] Labels(params byte[] labels) => File_(0x801, [labels.Length], labels);

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private DigitSet Read(byte[] images, byte[] labels, int most = int.MaxValue) =>
        IdxReader.Read(_scratch.Write("images", images), _scratch.Write("labels", labels), most);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheFirstImagesAreKeptAndTheRestIsStillChecked(bool packed)
    {
        byte[] images = Images(3), labels = Labels(0, 9, 5);
        byte[] Form(byte[] file) => packed ? Pack(file) : file;
        var set = Read(Form(images), Form(labels), most: 2);
        Assert.Equal(images[16..(16 + 2 * 784)], set.X.ToArray());
        Assert.Equal([0, 9], set.Labels.ToArray());
        Assert.Equal(3, Read(Form(images), Form(labels), most: 4).Count);
        Refused.With(() => Read(Pack(images[..^1]), labels, most: 1), "too early", "2367 bytes");
        Refused.With(() => Read(Form([.. images, 0]), labels, most: 1), "images");
        Refused.With(() => Read(images, Labels(0, 9), most: 1), "3 images and 2 labels");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void APairIsReadRawAndPacked(bool packed)
    {
        byte[] images = Images(3), labels = Labels(0, 9, 5);
        var set = packed ? Read(Pack(images), Pack(labels)) : Read(images, labels);
        Assert.Equal(images[16..], set.X.ToArray());
        Assert.Equal([0, 9, 5], set.Labels.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATruncatedFileSaysHowLongItShouldBe(bool packed)
    {
        var cut = Images(3)[..^100];
        Refused.With(() => Read(packed ? Pack(cut) : cut, Labels(1, 2, 3)), "images",
            packed ? "2368 bytes unpacked" : "2252 bytes after the header");
        Refused.With(() => Read(packed ? Pack(cut[..10]) : cut[..10], Labels(1)), "too early", "16 bytes", "10 bytes");
        Refused.With(() => Read(packed ? Pack([]) : [], Labels(1)), "too early", "0 bytes");
    }

    [Fact]
    public void EveryTruncationOfAPackedFileIsRefused()
    {
        var whole = Pack(Labels([.. Enumerable.Range(0, 40).Select(i => (byte)(i % 10))]));
        for (var length = 0; length < whole.Length; length++)
        {
            Refused.With(() => Read(Images(40), whole[..length]), "labels");
        }
    }

    [Fact]
    public void ADamagedPackedFileIsRefused()
    {
        var bad = Pack(Images(3));
        bad[^6] ^= 0xFF;
        Refused.With(() => Read(bad, Labels(1, 2, 3)), "damaged", "images");
    }

    [Fact]
    public void AWrongMagicNumberIsNamed()
    {
        Refused.With(() => Read(Labels(1, 2, 3), Labels(1)), "0x00000803", "a label file's");
        Refused.With(() => Read(Images(1), Images(1)), "0x00000801", "an image file's");
        Refused.With(() => Read([1, 2, 3, 4, 5, 6, 7, 8], Labels(1)), "0x01020304", "byte 0");
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(4)]
    public void ACountThatTheFileCannotHoldIsRefusedWithoutAllocating(int claimed)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused.With(() => Read(Images(3, claimed), Labels(1, 2, 3)), $"a count of {(uint)claimed}");
        Refused.With(() => Read(Pack(Images(3, claimed)), Labels(1, 2, 3)), "images");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
    }

    [Fact]
    public void BytesAfterTheEndAreRefused()
    {
        Refused.With(() => Read([.. Images(3), 0], Labels(1, 2, 3)), "longer", "byte 2368");
        Refused.With(() => Read(Pack([.. Images(3), 0]), Labels(1, 2, 3)), "longer", "byte 2368");
    }

    [Fact]
    public void ImagesAndLabelsThatDifferInNumberAreBothNamed() =>
        Refused.With(() => Read(Images(3), Labels(1, 2)), "3 images and 2 labels", _scratch.File("images"),
            _scratch.File("labels"));

    [Fact]
    public void LabelsFromOneOnAreClassesOfThatName()
    {
        var set = Read(Images(3), Labels(1, 2, 10));
        Assert.Equal((10, "10"), (set.Shape.Classes, set.ClassOf(2)));
        Assert.Equal([0, 1, 9], set.Labels.ToArray());
        Assert.Equal(11, Read(Images(3), Labels(0, 2, 10)).Shape.Classes);
    }

    [Fact]
    public void OtherSizesAndEmptyFilesAreRefused()
    {
        Assert.Equal((56, 14), Read(Images(3, rows: 14, columns: 56), Labels(1, 2, 0)).Shape is var s
            ? (s.Width, s.Height) : default);
        Refused.With(() => Read(Images(3, rows: 1025, columns: 28), Labels(1, 2, 3)), "byte 8", "1025");
        Refused.With(() => Read(Images(0), Labels()), "nothing", "at least 1");
        Refused.With(() => IdxReader.Read(_scratch.File("absent"), _scratch.File("absent")), "cannot be read",
            "absent");
    }

    [Fact]
    public void AFolderMayHoldEitherSpellingAndNoTestPair()
    {
        _scratch.Write("train-images.idx3-ubyte", Images(2));
        _scratch.Write("train-labels-idx1-ubyte.gz", Pack(Labels(3, 4)));
        var read = IdxFolder.Read(_scratch.Path);
        Assert.Equal((2, 0), (read.Train.Count, read.LeftOut.Count));
        Assert.Null(read.Test);

        _scratch.Write("t10k-labels-idx1-ubyte", Labels(3));
        Assert.Contains("t10k-labels-idx1-ubyte is left out", Assert.Single(IdxFolder.Read(_scratch.Path).LeftOut),
            StringComparison.Ordinal);
        _scratch.Write("t10k-images-idx3-ubyte.gz", Pack(Images(1)));
        Assert.Equal(1, IdxFolder.Read(_scratch.Path).Test?.Count);
    }

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        var set = Read(Images(5), Labels(1, 2, 3, 4, 5));
        Directory.CreateDirectory(_scratch.File("out"));
        IdxWriter.Write(_scratch.File("out"), new DigitData(set, set.Slice(0, 2), "", null));
        var read = IdxFolder.Read(_scratch.File("out"));
        Assert.Equal(set.X.ToArray(), read.Train.X.ToArray());
        Assert.Equal("12", string.Concat(Enumerable.Range(0, 2).Select(read.Test!.ClassOf)));
    }

    [Fact]
    public void ATestPairCalledTestIsUsed()
    {
        _scratch.Write("train-images-idx3-ubyte", Images(2));
        _scratch.Write("train-labels-idx1-ubyte", Labels(3, 4));
        _scratch.Write("test-images-idx3-ubyte.gz", Pack(Images(1)));
        _scratch.Write("test-labels-idx1-ubyte.gz", Pack(Labels(7)));
        Assert.Equal("7", IdxFolder.Read(_scratch.Path).Test!.ClassOf(0));
    }

    [Fact]
    public void ATestPairAloneIsEvaluatedAndNotTrainedOn()
    {
        _scratch.Write("t10k-images-idx3-ubyte", Images(1));
        _scratch.Write("t10k-labels-idx1-ubyte", Labels(7));
        Refused.With(() => IdxFolder.Read(_scratch.Path), "no training images", "only the test pair");
        _scratch.Write("train-labels-idx1-ubyte", Labels(7));
        Refused.With(() => IdxFolder.Read(_scratch.Path), "train-images-idx3-ubyte", "only train-labels-idx1-ubyte");
        var read = IdxFolder.Read(_scratch.Path, needsTraining: false);
        Assert.Equal("7", read.Test!.ClassOf(0));
        Assert.Contains("train-labels-idx1-ubyte is left out", Assert.Single(read.LeftOut), StringComparison.Ordinal);

        // Not opened at all where the test pair does.
        _scratch.Write("train-images-idx3-ubyte", [1, 2, 3]);
        Assert.Equal("7", IdxFolder.Read(_scratch.Path, testSuffices: true).Test!.ClassOf(0));
    }

    [Fact]
    public void MemoryIsInProportionToTheImagesAskedFor()
    {
        const int Count = 100_000;
        var images = _scratch.Write("train-images-idx3-ubyte.gz", Pack(Blank(Count)));
        Assert.InRange(new FileInfo(images).Length, 1, 1 << 20);
        _scratch.Write("train-labels-idx1-ubyte.gz", Pack(Labels(new byte[Count])));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = IdxFolder.Read(_scratch.Path, most: 300);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 300 * 784, 2_000_000);
        Assert.Equal((300, Count), (read.Train.Count, read.AllLabels.Length));

        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(Count, IdxFolder.Read(_scratch.Path).Train.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Count * 784L, Count * 800L);
    }
}
