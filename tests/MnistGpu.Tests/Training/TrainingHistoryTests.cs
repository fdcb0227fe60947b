using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class TrainingHistoryTests
{
    [Fact]
    public void RowsComeBackWithTheLossOnTheDevelopmentSet()
    {
        EpochRow[] rows =
        [
            new(1, 10, 2.5, 0.1, 0.25, 0.01, 1000) { DevelopmentLoss = 1.0 / 3 },
            new(2, 20, 1.5, 0.2, null, 0.01, 1000),
        ];
        var csv = TrainingHistory.ToCsv(new TrainingPosition { History = [.. rows] });
        Assert.StartsWith("epoch,step,loss,train_accuracy,dev_accuracy,rate,images_per_second,best,dev_loss\n", csv,
            StringComparison.Ordinal);
        Assert.Equal(rows, TrainingHistory.Parse(csv));
    }

    [Fact]
    public void RowsOfEarlierVersionsAreRead()
    {
        var row = Assert.Single(TrainingHistory.Parse(
            "epoch,step,loss,train_accuracy,dev_accuracy,rate,images_per_second,best\n"
            + "1,10,2.5,0.1,0.25,0.01,1000,1\n"));
        Assert.Equal(new EpochRow(1, 10, 2.5, 0.1, 0.25, 0.01, 1000), row);
    }

    [Theory]
    [InlineData("1,10,2.5,0.1,0.25,0.01,1000,1")]
    [InlineData("1,10,2.5,0.1,0.25,0.01,1000,1,-1")]
    [InlineData("1,10,2.5,0.1,0.25,0.01,1000,1,NaN")]
    [InlineData("1,10,2.5,0.1,0.25,0.01,1000,1,2,3")]
    public void ARowThatIsNoneIsRefused(string row) => Assert.Throws<FormatException>(() => TrainingHistory.Parse(
        $"epoch,step,loss,train_accuracy,dev_accuracy,rate,images_per_second,best,dev_loss\n{row}\n"));
}
