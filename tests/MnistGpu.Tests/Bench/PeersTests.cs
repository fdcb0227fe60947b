using MnistGpu.Bench;

namespace MnistGpu.Tests.Bench;

public sealed class PeersTests
{
    [Theory]
    [InlineData(0.5, 0.50004)]
    [InlineData(0, 0)]
    public void EqualResultsAreCompared(double here, double there) =>
        PeersCommand.RequireEqualResults(here, there, 1e-4, 10);

    [Theory]
    [InlineData(0.5, 0.5001)]
    [InlineData(0.5, 0)]
    [InlineData(double.NaN, 0.5)]
    [InlineData(double.NaN, double.NaN)]
    public void OtherResultsAreRefused(double here, double there) =>
        Assert.Throws<UnequalWorkException>(() => PeersCommand.RequireEqualResults(here, there, 1e-4, 10));
}
