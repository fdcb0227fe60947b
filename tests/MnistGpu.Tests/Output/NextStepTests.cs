using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Tests.Reports;

namespace MnistGpu.Tests.Output;

/// <summary>What is told to do next follows from what came of the run.</summary>
public sealed class NextStepTests
{
    [Theory]
    [InlineData("--rate 10 --data D", 2400, 1000, "train --rate 0.1 --data D")]
    [InlineData("--optimizer adam --rate 1", 2400, 1000, "train --rate 0.001 --optimizer adam")]
    [InlineData("--data D", 2400, 1000, "train --init he --data D")]
    [InlineData("--data D", 500, 5780, "train --preset quick --data D")]
    [InlineData("--data D --iterations 9", 500, 5780, "train --init he --data D --iterations 9")]
    [InlineData("--init he --data D", 500, 8000, "train --hidden 128 --data D --init he")]
    [InlineData("--preset quick --data D", 100, 9850, "serve model.safetensors")]
    public void ItIsTheCommandForTheSymptom(string options, double loss, int hits, string command)
    {
        using var outcomes = new Outcomes("784-10");
        var next = NextStep.After(outcomes.Of(options, loss: loss, hits: hits))!;
        Assert.Equal($"mnistgpu {command}", next.Command);
    }

    [Fact]
    public void DigitsDrawnByAProgramAreNamedBeforeAnyOtherHint()
    {
        using var outcomes = new Outcomes("784-10");
        var outcome = outcomes.Of("");
        var setup = outcome.Setup with { Data = outcome.Setup.Data with { Notice = "no data" } };
        var next = NextStep.After(outcome with { Setup = setup })!;
        Assert.Contains("drawn by a program", next.Text, StringComparison.Ordinal);
        Assert.Equal("mnistgpu data download", next.Command);
    }

    [Fact]
    public void OneAnswerForNearlyAllImagesIsSeenAndAnImageSetOfOneDigitIsNot()
    {
        var confusion = new int[10, 10];
        for (var digit = 0; digit < 10; digit++)
        {
            (confusion[digit, 1], confusion[digit, digit]) = (19, digit == 1 ? 19 : 1);
        }

        Assert.Equal(1, Verdict.OneAnswer(confusion)!.Value.Class);
        var ones = new int[10, 10];
        ones[1, 1] = 100;
        Assert.Null(Verdict.OneAnswer(ones));
        Assert.Null(Verdict.OneAnswer(new int[10, 10]));
    }

    [Theory]
    [InlineData("--batch 10 --epochs 3", "last step; epoch 2 was 20.00 points better", "--keep best saves it")]
    [InlineData("--batch 10 --epochs 3 --keep best", "epoch 2, the best, with 90.00 % development", "")]
    [InlineData("--batch 10 --epochs 3 --patience 1 --keep last", "after the last step", "20.00 points better")]
    [InlineData("--keep best", "step 2, the best, with 90.00 % development", "")]
    public void TheLineSaysWhichEpochWasSaved(string options, string says, string more)
    {
        using var outcomes = new Outcomes("784-10");
        double[] accuracies = [0.5, 0.9, 0.7];
        var rows = accuracies.Select((accuracy, i) => new EpochRow(i + 1, 10 * (i + 1), 1, 0.5, accuracy, 0.1, 1));
        var saved = TrainSummary.Saved(outcomes.Of(options, [.. rows]));
        Assert.Contains(says, saved, StringComparison.Ordinal);
        Assert.Contains(more, saved, StringComparison.Ordinal);
    }

    [Fact]
    public void AResultThatTheWarningIsOfIsNotCalledGood()
    {
        using var outcomes = new Outcomes("784-10");
        Assert.Contains("worse than guessing", Verdict.Judge(outcomes.Of("--rate 10", loss: 2400)),
            StringComparison.Ordinal);
        Assert.Null(Verdict.Judge(outcomes.Of("", loss: 500)));
    }
}
