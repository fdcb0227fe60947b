using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>The classes of two sets, which are numbered together.</summary>
public sealed class LabelledTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load() => DataSource.Load(scratch.Path, new DataRequest(),
        TestContext.Current.CancellationToken);

    private void Write(string name, params string[] labels) => scratch.Write(name, Encoding.ASCII.GetBytes(
        "label,pixel0,pixel1,pixel2,pixel3\n" + string.Concat(labels.Select(label => $"{label},0,100,200,255\n"))));

    [Theory]
    [InlineData("0 1 2", "two one zero")]
    [InlineData("zero one two", "2 1 0")]
    [InlineData("0 1 2", "0 1 two")]
    public void NamesInOneSetAndNumbersInTheOtherAreRefused(string train, string test)
    {
        Write("train.csv", train.Split(' '));
        Write("test.csv", test.Split(' '));
        Refused.With(() => Load(), "One of two sets has names for its classes, the other numbers", "test.csv");
    }

    [Fact]
    public void NamesInBothSetsAreMatched()
    {
        Write("train.csv", "cat", "dog");
        Write("test.csv", "dog", "cat", "dog");
        Assert.Equal([1, 0, 1], Load().Test!.Labels.ToArray());
    }
}
