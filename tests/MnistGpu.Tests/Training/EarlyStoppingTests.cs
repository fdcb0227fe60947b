using MnistGpu.Bench.Ladder;
using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class EarlyStoppingTests : IDisposable
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("20-6-10");
    private readonly ReferenceEngine engine = new(Shape);

    public EarlyStoppingTests()
    {
        var images = new RandomImages(Shape, 50);
        engine.Load(Initialization.Draw(Shape, Start.Uniform, 1));
        engine.Attach(images.X, images.Labels);
    }

    public void Dispose() => engine.Dispose();

    [Fact]
    public void ARunEndsAfterThePatienceAndKeepsTheBestRowsParameters()
    {
        double[] accuracies = [0.3, 0.5, 0.4, 0.5, 0.2];
        var states = new List<NetworkState>();
        var best = new List<bool>();
        var position = new TrainingPosition();
        var watch = new TrainingWatch
        {
            Development = () => new Totals(100, 1, (long)(100 * accuracies[states.Count])),
            Row = (_, isBest) =>
            {
                states.Add(engine.Save());
                best.Add(isBest);
            },
        };
        var result = Trainer.Run(engine, Plan(patience: 3), watch, TestContext.Current.CancellationToken, position);
        Assert.Equal((TrainingEnd.RanOut, 5 * 4), (result.End, result.Steps));
        Assert.Equal([true, true, false, false, false], best);
        Agreement.SameBits(states[1], position.Best!);
        Assert.Equal(2, position.BestRow!.Epoch);
    }

    [Theory]
    [InlineData(0, true, 2)]
    [InlineData(3, false, null)]
    [InlineData(0, null, null)]
    [InlineData(3, null, 2)]
    public void TheBestRowsParametersAreKeptWhereThePlanSaysSo(int patience, bool? keep, int? epoch)
    {
        double[] accuracies = [0.3, 0.5, 0.4, 0.5, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1];
        var states = new List<NetworkState>();
        var position = new TrainingPosition();
        var watch = new TrainingWatch
        {
            Development = () => new Totals(100, 25, (long)(100 * accuracies[states.Count])),
            Row = (_, _) => states.Add(engine.Save()),
        };
        Trainer.Run(engine, Plan(patience) with { KeepBest = keep }, watch, TestContext.Current.CancellationToken,
            position);
        Assert.Equal(patience == 0 ? 10 : 5, position.History.Count);
        Assert.All(position.History, row => Assert.Equal(0.25, row.DevelopmentLoss));
        Assert.Equal(epoch is null, position.Best is null);
        if (epoch is { } best)
        {
            Agreement.SameBits(states[best - 1], position.Best!);
        }
    }

    [Fact]
    public void WithoutPatienceAllStepsAreTakenAndNothingIsKept()
    {
        var position = new TrainingPosition();
        var watch = new TrainingWatch { Development = () => new Totals(100, 1, 50) };
        Assert.Equal(TrainingEnd.Finished,
            Trainer.Run(engine, Plan(patience: 0), watch, TestContext.Current.CancellationToken, position).End);
        Assert.Equal((10, 1), (position.History.Count, position.BestRow!.Epoch));
        Assert.Null(position.Best);
    }

    [Fact]
    public void ARowCountsItsEpochOnlyAndHasTheLastRate()
    {
        var position = new TrainingPosition();
        var byHand = new ReferenceEngine(Shape);
        byHand.Load(engine.Save());
        var images = new RandomImages(Shape, 50);
        byHand.Attach(images.X, images.Labels);
        var plan = Plan(patience: 0) with { Schedule = Schedule.Exponential, Last = 1e-3 };
        Trainer.Run(engine, plan, null, TestContext.Current.CancellationToken, position);
        var batches = new Batches(50, 16, 5);
        for (var step = 0; step < 40; step++)
        {
            byHand.Step(batches.ImagesAt(step), plan.RuleAt(step), (uint)(step / 4));
            if (step % 4 == 3)
            {
                var (totals, row) = (byHand.ReadTotals(), position.History[step / 4]);
                Assert.Equal((step / 4 + 1, step + 1, totals.Accuracy, plan.RuleAt(step).Alpha),
                    (row.Epoch, row.Step, row.Accuracy, row.Rate));
                Assert.Equal(totals.MeanLoss, row.Loss, 9);
                Assert.Null(row.Development);
            }
        }

        Assert.Equal(1e-3 * Math.Pow(1e3, 1 / 40.0) * 0.1, position.History[^1].Rate, 12);
    }

    [Fact]
    public void AFullBatchRunHasARowForEachTenthThatCountsItsLastStep()
    {
        var position = new TrainingPosition();
        Trainer.Run(engine, new TrainingPlan(100, new UpdateRule(0.1)), null, TestContext.Current.CancellationToken,
            position);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (10L * i, 10L * i)),
            position.History.Select(row => (row.Epoch, row.Step)));
        Assert.Equal(50, position.Row.Images);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void GoingOnFromAnyCheckpointGivesTheSameBitsAndRows(int every)
    {
        var start = engine.Save();
        var images = new RandomImages(Shape, 50);
        var checkpoints = new List<(NetworkState State, long Step, Totals Row, EpochRow[] History)>();
        var plan = Plan(patience: 0) with
        {
            CheckpointEvery = every,
            Rule = new UpdateRule(0.01, Optimizer.Adam) { Averaging = 0.9, ClipNorm = 0.5 }
        };
        engine.Regularization = new Regularization { Dropout = new Dropout(0.3), LabelSmoothing = 0.1, Seed = 3 };
        var whole = new TrainingPosition();
        Trainer.Run(engine, plan, new TrainingWatch
        {
            Checkpoint = at => checkpoints.Add((engine.Save(), at.Step,
            at.Row, [.. at.History]))
        }, TestContext.Current.CancellationToken, whole);
        Assert.Equal(40 / every + (40 % every == 0 ? 0 : 1), checkpoints.Count);
        foreach (var checkpoint in checkpoints)
        {
            using var other = new ReferenceEngine(Shape) { Regularization = engine.Regularization };
            other.Load(checkpoint.State);
            other.Attach(images.X, images.Labels);
            var position = new TrainingPosition
            {
                Step = checkpoint.Step,
                Row = checkpoint.Row,
                History = [.. checkpoint.History]
            };
            var result = Trainer.Run(other, plan with { Batches = new Batches(50, 16, 5) }, null,
                TestContext.Current.CancellationToken, position);
            Assert.Equal(40 - checkpoint.Step, result.Taken);
            Agreement.SameBits(engine.Save(), other.Save());
            Agreement.SameBits(engine.Save().Average!, other.Save().Average!);
            Assert.Equal(whole.History.Select(row => row with { ImagesPerSecond = 0 }),
                position.History.Select(row => row with { ImagesPerSecond = 0 }));
        }
    }

    private static TrainingPlan Plan(int patience) =>
        new(40, new UpdateRule(0.1)) { Batches = new Batches(50, 16, 5), Patience = patience };
}
