using MnistGpu.Program.Jobs;

namespace MnistGpu.Tests.Output;

public sealed class ReadableTests
{
    [Fact]
    public void PhasesStandInTheOrderOfARunWhateverCameFirst()
    {
        var phases = new Phases();
        foreach (var name in (string[])["load", "evaluate", "other", "checkpoint", "train", "upload", "compile"])
        {
            phases.Add(name, TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["load", "compile", "upload", "train", "evaluate", "checkpoint", "other"],
            phases.All.Select(phase => phase.Name));
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.000004, "4 µs")]
    [InlineData(0.0015, "1.50 ms")]
    [InlineData(0.25, "250 ms")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.97, "1 min 0 s")]
    [InlineData(105, "1 min 45 s")]
    [InlineData(3599, "59 min 59 s")]
    [InlineData(6840, "1 h 54 min")]
    [InlineData(90_000, "25 h 0 min")]
    public void DurationsAreNotRoundedUpToTheNextUnit(double seconds, string text) =>
        Assert.Equal(text, Readable.Duration(TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))));
}
