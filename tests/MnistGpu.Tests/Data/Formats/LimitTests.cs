using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>A limit keeps the first images, and the labels of all.</summary>
public sealed class LimitTests : IDisposable
{
    private const int Rows = 9000;

    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(string name, int? limit) => DataSource.Load(scratch.File(name),
        new DataRequest { Limit = limit }, TestContext.Current.CancellationToken);

    private static byte[] Table(Func<int, string> label, bool isFirst, string cell, string? lastLine)
    {
        var text = new StringBuilder();
        var pixels = string.Join(',', Enumerable.Repeat(cell, 784));
        for (var j = 0; j < Rows; j++)
        {
            text.Append(isFirst ? $"{label(j)},{pixels}\n" : $"{pixels},{label(j)}\n");
        }

        return Encoding.ASCII.GetBytes(text + lastLine);
    }

    [Theory]
    [InlineData(true, "0")]
    [InlineData(false, "7")]
    [InlineData(false, "\"7\"")]
    [InlineData(false, "0.5")]
    public void OfATableOnlyTheFirstLinesPixelsAreRead(bool isFirst, string cell)
    {
        // Much more than is read at once, and at its end a pixel that is none.
        string Label(int j) => j % 5 == 4 ? "9" : $"{j % 3}";
        var broken = string.Join(',', Enumerable.Repeat("x", 784));
        scratch.Write("train.csv", Table(Label, isFirst, cell, isFirst ? $"8,{broken}\n" : $"{broken},8\n"));
        var data = Load("train.csv", 10);
        Assert.Equal((10, Rows + 1, 10), (data.Train.Count, data.AllLabels.Length, data.Shape.Classes));
        Assert.Equal(Enumerable.Range(0, Rows).Select(j => byte.Parse(Label(j))).Append((byte)8),
            data.AllLabels.ToArray());
        Assert.Equal(10 * 784, data.Train.X.Length);
        Refused.With(() => Load("train.csv", null), "A pixel is no number", $"line {Rows + 1}");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0.5")]
    [InlineData("999")]
    public void APixelRightBehindTheLimitIsNotLookedAt(string cell)
    {
        var (good, wrong) = (string.Join(',', Enumerable.Repeat("7", 784)),
            string.Join(',', Enumerable.Repeat("7", 783).Append(cell)));
        var names = string.Join(',', Enumerable.Range(0, 784).Select(i => $"pixel{i}"));
        scratch.Write("train.csv", Encoding.ASCII.GetBytes(
            $"label,{names}\n0,{good}\n1,{good}\ntwo,{wrong}\n2,{good}\ntwo,{wrong}\n"));
        var data = Load("train.csv", 2);
        Assert.Equal((2, 5), (data.Train.Count, data.AllLabels.Length));
        Assert.Equal(["0", "1", "2", "two"], data.Shape.ClassNames);
        Assert.Equal(data.Train.Image(0).ToArray(), data.Train.Image(1).ToArray());
        Assert.DoesNotContain(data.Guesses, guess => guess.Contains("999", StringComparison.Ordinal));
        if (cell == "x")
        {
            Refused.With(() => Load("train.csv", 3), "A pixel is no number", "line 4");
        }
    }

    [Fact]
    public void AMissingLabelIsFoundBehindTheLimit()
    {
        scratch.Write("train.csv", Table(j => $"{j % 3}", isFirst: false, "0", "0,0\n"));
        Refused.With(() => Load("train.csv", 10), "column");
        scratch.Write("train.csv", Table(j => j == Rows - 1 ? "" : $"{j % 3}", isFirst: false, "0", null));
        Refused.With(() => Load("train.csv", 10), "A label is missing", $"line {Rows}");
    }

    [Fact]
    public void OfMatlabAndCifarTheFirstImagesAreKept()
    {
        File.Copy(Path.Combine(SourceTree.Root, "tests", "MnistGpu.Tests", "Data", "Formats", "files",
            "mnist-original.mat"), scratch.File("m.mat"));
        Directory.CreateDirectory(scratch.File("cifar"));
        var random = new Random(1);
        foreach (var i in (int[])[1, 2])
        {
            var records = new byte[3 * 3073];
            random.NextBytes(records);
            for (var j = 0; j < 3; j++)
            {
                records[j * 3073] = (byte)(i + j);
            }

            scratch.Write($"cifar/data_batch_{i}.bin", records);
        }

        foreach (var (name, limit) in ((string, int)[])[("m.mat", 2), ("cifar", 2), ("cifar", 4)])
        {
            var (whole, part) = (Load(name, null), Load(name, limit));
            Assert.Equal(limit, part.Train.Count);
            Assert.Equal(whole.AllLabels.ToArray(), part.AllLabels.ToArray());
            Assert.Equal(whole.Shape, part.Shape);
            Assert.Equal(whole.Train.X[..(limit * whole.Shape.Pixels)].ToArray(), part.Train.X.ToArray());
        }
    }
}
