using MnistGpu.Model;

namespace MnistGpu.Tests.Model;

public sealed class DropoutShareTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void DropoutOfEverythingOrOfNothingLessIsRefused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(share));
}
