using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Formats;

public sealed class CsvReaderTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private static readonly string Header = "label,"
        + string.Join(',', Enumerable.Range(0, 784).Select(i => $"pixel{i}"));

    private static string Line(int label, int row) =>
        $"{label}," + string.Join(',', Enumerable.Range(0, 784).Select(i => (i * 3 + row) % 256));

    private static string Line(int row, int column, string cell)
    {
        var cells = Line(1, row).Split(',');
        cells[column] = cell;
        return string.Join(',', cells);
    }

    private DigitSet Read(params string[] lines) => ReadText(string.Join('\n', lines) + "\n");

    private DigitSet ReadText(string text) => CsvReader.Read(_scratch.Write("a.csv", Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("\n", "")]
    [InlineData("\n", "\n")]
    [InlineData("\r\n", "\r\n")]
    [InlineData("\r\n", "\r\n\r\n\n")]
    public void LinesAreReadWithAnyEnding(string between, string end)
    {
        // Enough lines to cross the reader's buffer many times, at all offsets.
        var lines = Enumerable.Range(0, 400).Select(j => Line(j % 10, j)).Prepend(Header);
        var set = ReadText(string.Join(between, lines) + end);
        Assert.Equal(400, set.Count);
        for (var j = 0; j < 400; j++)
        {
            Assert.Equal(j % 10, set.Labels.Span[j]);
            for (var i = 0; i < 784; i++)
            {
                Assert.Equal((i * 3 + j) % 256, set.Image(j)[i]);
            }
        }
    }

    [Fact]
    public void AByteOrderMarkAndBlankLinesAreSkipped() =>
        Assert.Equal([0, 5],
            ReadText("\uFEFF" + Header + "\n\n" + Line(0, 0) + "\n\r\n" + Line(5, 1)).Labels.ToArray());

    [Theory]
    [InlineData(5, "256", "pixel4")]
    [InlineData(5, "x", "pixel4")]
    [InlineData(5, "-1", "pixel4")]
    [InlineData(5, "12345678901234567", "pixel4")]
    [InlineData(784, "2560", "pixel783")]
    public void AWrongCellIsNamedByLineAndColumn(int column, string cell, string name)
    {
        // Far down, so that the cell lies well behind the first buffer.
        var lines = Enumerable.Range(0, 90).Select(j =>
            Line(1, j)).Prepend(Header).Append(Line(0, column, cell)).ToArray();
        Refused.With(() => Read(lines), "a.csv, line 92", $"column {column + 1} ({name})",
            cell == "x" ? "a number" : "from 0 to 255");
    }

    [Fact]
    public void AnEmptyCellIsNamed() =>
        Refused.With(() => Read(Header, Line(0, 7, "")), "line 2, column 8 (pixel6)", "nothing");

    [Fact]
    public void ALineOfAnotherLengthIsNamed()
    {
        Refused.With(() => Read(Header, Line(1, 0), Line(1, 0)[..^4]), "line 3", "785", "784");
        Refused.With(() => Read(Header, Line(1, 0) + ",5"), "line 2", "785", "more");
        Refused.With(() => Read(Header, Line(1, 0), Line(1, 0)[..^400]), "line 3", "785");
    }

    [Fact]
    public void AWrongHeaderIsNamed()
    {
        Refused.With(() => Read(Header.Replace(",pixel9,", ",", StringComparison.Ordinal), Line(1, 0)),
            "line 1", "number 9 is not there");
        Refused.With(() => Read(Header[..^9], Line(1, 0)), "width and height", "783");
        Refused.With(() => Read(Header + ",pixel784", Line(1, 0)), "width and height", "785");
        Refused.With(() => Read(Header.Replace("pixel9,", "pixel8,", StringComparison.Ordinal), Line(1, 0)),
            "Two columns have one name", "'pixel8'");
        Refused.With(() => Read(Header.Replace("pixel9,", "usage,", StringComparison.Ordinal), Line(1, 0)),
            "column 11", "'usage'");
        Refused.With(() => ReadText(""), "line 1");
        Refused.With(() => Read(Header), "no image");
    }

    [Fact]
    public void ALabelThatIsNoNumberAmongNumbersIsRefusedAndNamesAreClasses()
    {
        var lines = Enumerable.Range(0, 90).Select(j => Line(j % 3, j)).Prepend(Header);
        Refused.With(() => Read([.. lines, Line(0, 0, "seven")]), "no number", "line 92", "'seven'");
        var set = Read(Header, Line(0, 0, "dog"), Line(1, 0, "cat"), Line(2, 0, "dog"));
        Assert.Equal(["cat", "dog"], set.Shape.ClassNames);
        Assert.Equal([1, 0, 1], set.Labels.ToArray());
    }

    [Fact]
    public void MoreClassesThanALabelHoldsAreRefused()
    {
        var lines = Enumerable.Range(0, 257).Select(j => Line(0, 0, $"class {j}")).Prepend(Header);
        Refused.With(() => Read([.. lines]), "too many classes", "256");
    }

    [Fact]
    public void ImagesWithoutLabelsAreRefusedAsSuch() =>
        Refused.With(() => Read(Header["label,".Length..], Line(1, 0)[2..]), "no labels", "train.csv");
}
