using System.IO.Compression;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Parquet files that ask for more than they hold, or leave open what they mean.</summary>
public sealed class HostileParquetTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(byte[] file, ReadAs? options = null) => DataSource.Load(scratch.Write("a.parquet", file),
        new DataRequest { ReadAs = options ?? ReadAs.Guessed }, TestContext.Current.CancellationToken);

    /// <summary>A picture of noise, which does not shrink.</summary>
    private static byte[] Picture(int side, int seed)
    {
        var pixels = new byte[side * side];
        new Random(seed).NextBytes(pixels);
        using var file = new MemoryStream();
        new ImageWriter().WritePng(pixels, side, side, ColorComponents.Grey, file);
        return file.ToArray();
    }

    private static SmallColumn Pictures(string name, params int[] sides) =>
        SmallParquet.Texts(name, sides.Select(Picture));

    [Fact]
    public void AllPagesOfAColumnTogetherUnpackToNoMoreThanTheFileExplains()
    {
        const int Unpacked = 1 << 20, Pages = 70;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(new byte[Unpacked]);
        }

        var page = SmallParquet.Page(2, 0, packed.ToArray(), unpacked: Unpacked);
        var column = new SmallColumn("image", 6, 2, [.. Enumerable.Repeat(page, Pages).SelectMany(one => one)]);
        Refused.With(() => Load(SmallParquet.Of(2, column, SmallParquet.Numbers("label", 0, 1))),
            "more than 64 times the file's length");
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void AColumnOfAnImpossibleLengthIsRefused(long length)
    {
        // The sum of two of them has no room in 64 bits.
        var images = Pictures("image", 9, 9) with { Length = length };
        Refused.With(() => Load(SmallParquet.Of(2, images, images, SmallParquet.Numbers("label", 0, 1))),
            "This Parquet file cannot be read", $"{length:N0} bytes");
    }

    [Fact]
    public void RowsMayShareAPicture()
    {
        const int Rows = 200;
        var picture = Picture(80, 1);
        var data = Load(SmallParquet.Of(Rows, SmallParquet.OneText("image", picture, Rows),
            SmallParquet.Numbers("label", [.. Enumerable.Range(0, Rows).Select(j => (long)j % 3)])));
        Assert.Equal(Rows, data.Train.Count);
        Assert.Contains(data.Train.Image(0).ToArray(), level => level > 0);
        Assert.Equal(data.Train.Image(0).ToArray(), data.Train.Image(Rows - 1).ToArray());
        Refused.With(() => Load(SmallParquet.Of(Rows, SmallParquet.OneText("image", picture[..^200], Rows))), "row 1");
    }

    [Fact]
    public void ALongTextIsNoNameAndIsNotReadForEachRow()
    {
        const int Rows = 200;
        var images = SmallParquet.OneText("image", Picture(80, 1), Rows);
        var names = SmallParquet.OneText("label", Encoding.ASCII.GetBytes(new string('a', 301)), Rows);
        Refused.With(() => Load(SmallParquet.Of(Rows, images, names)), "This is no name for a class", "301 bytes");
    }

    [Fact]
    public void TheColumnThatIsCalledImageIsTakenAndElseTheLongest()
    {
        var labels = SmallParquet.Numbers("label", 0, 1);
        var data = Load(SmallParquet.Of(2, Pictures("image", 9, 9), Pictures("depth", 12, 12), labels));
        Assert.Equal(9, data.Shape.Width);
        Assert.DoesNotContain(data.Guesses, guess => guess.Contains("column", StringComparison.Ordinal));
        data = Load(SmallParquet.Of(2, Pictures("near", 9, 9), Pictures("depth", 12, 12), labels));
        Assert.Equal(12, data.Shape.Width);
        Assert.Contains(data.Guesses, guess => guess.Contains("its column 'depth', the longest of 2",
            StringComparison.Ordinal));
    }

    [Fact]
    public void ASizeThatNoNetworkReadsIsRefused() => Refused.With(() => Load(SmallParquet.Of(2,
        Pictures("image", 9, 9), SmallParquet.Numbers("label", 0, 1)), new ReadAs { Size = (2000, 9) }),
        "sides of 1 to 1,024 pixels", "2000 × 9");

    [Fact]
    public void PicturesOfAnotherSizeThanThoseLookedAtAreCounted()
    {
        var sides = Enumerable.Repeat(9, 60).ToArray();
        sides[5] = 12;
        var data = Load(SmallParquet.Of(60, Pictures("image", sides),
            SmallParquet.Numbers("label", [.. sides.Select((_, j) => (long)j % 2)])));
        Assert.Contains(data.Guesses, guess => guess.StartsWith("1 of the pictures", StringComparison.Ordinal)
            && guess.Contains("9 × 9", StringComparison.Ordinal));
    }

    [Fact]
    public void AFileThatIsTooLongIsNotCalledDamaged()
    {
        using (var file = File.Create(scratch.File("a.parquet")))
        {
            file.Write("PAR1"u8);
            // A hole, which takes no room on the disk.
            file.SetLength(Array.MaxLength + 1L);
        }

        Refused.With(() => DataSource.Load(scratch.File("a.parquet"), new DataRequest(),
            TestContext.Current.CancellationToken), "This Parquet file is too long", "several files");
    }
}
