using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class MeanAnswerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void TheMeanOfTheProbabilitiesAnswers(int networks)
    {
        var AL = new double[4];
        MeanAnswer.Predict(networks, [7, 9], AL, (i, X, own) =>
        {
            Assert.Equal([7, 9], X.ToArray());
            Assert.Equal(4, own.Length);
            double[] each = [i, 1 - i, 0.25 * i, 2];
            each.CopyTo(own);
        });
        var last = networks - 1;
        Assert.Equal([last / 2.0, 1 - last / 2.0, 0.125 * last, 2], AL);
    }
}
