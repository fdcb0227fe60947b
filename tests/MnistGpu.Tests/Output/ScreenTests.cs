using MnistGpu.Data;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;

namespace MnistGpu.Tests.Output;

/// <summary>What is printed fits a terminal.</summary>
public sealed class ScreenTests
{
    [Theory]
    [InlineData("one two three four", 14, "one two|  three four")]
    [InlineData("about 57.80 % of it", 12, "about|  57.80 % of|  it")]
    [InlineData("it took 12 ms, and", 12, "it took|  12 ms, and")]
    [InlineData("averyverylongwordofitsown a", 12, "averyverylongwordofitsown|  a")]
    [InlineData("", 12, "")]
    public void LinesBreakBetweenWordsAndNeverBeforeAUnit(string text, int width, string lines) =>
        Assert.Equal(lines.Replace('|', '\n'), Wrapping.Wrap(text, "  ", width));

    [Theory]
    [InlineData(1)]
    [InlineData(123)]
    [InlineData(5923)]
    public void TheMatrixHasColumnsOfOneWidth(int largest)
    {
        var confusion = new int[10, 10];
        (confusion[3, 3], confusion[4, 9], confusion[9, 0]) = (largest, 1, 22);
        var lines = ConfusionTable.Lines(confusion, Mnist.Shape).ToArray();
        Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));
        Assert.InRange(lines[0].Length, 40, 80);
        var ends = Enumerable.Range(0, 10).Select(digit => lines[0].IndexOf($" {digit}", StringComparison.Ordinal));
        Assert.Single(ends.Zip(ends.Skip(1), (left, right) => right - left).Distinct());
    }

    [Theory]
    [InlineData(1, "1 epoch")]
    [InlineData(2, "2 epochs")]
    [InlineData(0, "0 epochs")]
    [InlineData(1.5, "1.5 epochs")]
    [InlineData(12_000, "12,000 epochs")]
    public void OneIsNoPlural(double number, string text) => Assert.Equal(text, Readable.Count(number, "epoch"));

    [Fact]
    public void TheTableOfAComparisonFitsEightyColumnsAndNamesWhatIsSlow()
    {
        var row = new ComparisonRow
        {
            Device = "opencl:0",
            Fused = false,
            Products = "pipelined-64",
            MillisecondsCompile = 123,
            MillisecondsUpload = 1.5,
            MillisecondsPerStep = 123_456.789,
            ImagesPerSecond = 123_456_789,
            GigaflopsPerSecond = 12,
            LaunchesPerStep = 18,
            BytesPerStep = 1e9,
            Accuracy = 1,
            RatioToSimd = 0.0005,
        };
        var lines = ComparisonText.Narrow(new ComparisonGroup(41_000, [row, row with { RatioToSimd = 1 }])).ToArray();
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains("1/2,000", lines[1], StringComparison.Ordinal);
        Assert.Contains("1.00×", lines[2], StringComparison.Ordinal);
    }
}
