using MnistGpu.Bench.Ladder;
using MnistGpu.Model;
using MnistGpu.Ranks;
using MnistGpu.Reference;
using MnistGpu.Simd;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Ranks;

/// <summary>Trainings by several ranks, each a thread with an engine of its own, beside that of one.</summary>
public abstract class RankTraining
{
    // More than one block of parameters, and not a whole number of them.
    private static readonly NetworkShape Shape = NetworkShape.Parse("64-25-9-10");
    private const int Images = 53, Held = 20;

    private static readonly RandomImages Training = new(Shape, Images), Development = new(Shape, Held, seed: 9);

    public static TheoryData<int, int> Counts
    {
        get
        {
            var counts = new TheoryData<int, int>();
            foreach (var ranks in (int[])[1, 2, 3, 5, 8])
            {
                foreach (var parts in (int[])[1, 3, 8, 16])
                {
                    counts.Add(ranks, parts);
                }
            }

            return counts;
        }
    }

    /// <summary>Recipes that meet everything a step does.</summary>
    private static IEnumerable<(TrainingPlan Plan, Regularization Regularization)> Recipes(int parts)
    {
        // Batches of 20, 20 and 13 images: fewer than 16 parts have images in the last.
        var batches = new TrainingPlan(7, new UpdateRule(0.01, Optimizer.Adam) { Averaging = 0.9, ClipNorm = 0.5 })
        {
            Batches = new Batches(Images, 20, 5),
            Schedule = Schedule.Cosine,
            Parts = parts,
            KeepBest = true,
        };
        yield return (batches, new() { Dropout = new(0.2), LabelSmoothing = 0.1, Seed = 3 });
        yield return (batches with
        {
            Batches = new Batches(Images, 6, 5),
            Rule = new UpdateRule(0.05, Optimizer.Momentum) { WeightDecay = 0.01 },
        }, Regularization.None);
        yield return (new TrainingPlan(3, new UpdateRule(0.1)) { Parts = parts },
            new() { Deformation = new() { Rotation = 10 }, Seed = 3 });
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void AnyNumberOfRanksGivesTheSameBits(int ranks, int parts)
    {
        foreach (var (plan, regularization) in Recipes(parts))
        {
            var alone = Train(OneRank.Instance, plan, regularization);
            foreach (var shared in ThreadRanks.Run(ranks, one => Train(one, plan, regularization), IsShared))
            {
                AssertSame(alone, shared);
            }
        }
    }

    [Fact]
    public void ARunGoesOnWithAnotherNumberOfRanks()
    {
        foreach (var (plan, regularization) in Recipes(8))
        {
            var alone = Train(OneRank.Instance, plan, regularization);
            var stopped = ThreadRanks.Run(3, one => Train(one, plan, regularization, stopAfter: 2), IsShared)[0];
            Assert.Equal(2, stopped.Position.Step);
            foreach (var ranks in (int[])[1, 2, 5])
            {
                var resumed = ThreadRanks.Run(ranks, one => Train(one, plan, regularization, stopped), IsShared);
                Assert.All(resumed, one => AssertSame(alone, one));
            }
        }
    }

    [Fact]
    public void AllRanksStopAfterTheSameStep()
    {
        var (plan, regularization) = Recipes(3).First();
        var ends = ThreadRanks.Run(4, one => Train(one, plan, regularization, stopAfter: one.Rank == 2 ? 3 : 99),
            IsShared);
        Assert.All(ends, end => Assert.Equal(3, end.Position.Step));
        Assert.All(ends, end => AssertSame(ends[0], end));
    }

    [Fact]
    public void RanksWithOnePartStopTogether()
    {
        var (plan, regularization) = Recipes(1).First();
        Assert.Equal(1, new TrainingPlan(1, plan.Rule).Parts);
        var stops = ThreadRanks.Run(2, one => Train(one, plan, regularization, stopAfter: one.Rank == 1 ? 2 : 99),
            IsShared);
        Assert.All(stops, stop => Assert.Equal(2, stop.Position.Step));
    }

    /// <summary>Whether the engines are on one device.</summary>
    protected virtual bool IsShared => false;

    private protected abstract INetworkEngine Create(NetworkShape shape);

    private Trained Train(IRanks ranks, TrainingPlan plan, Regularization regularization, Trained? from = null,
        int stopAfter = int.MaxValue)
    {
        // Batches remember the epoch's order: each rank, as each process, has its own.
        var size = plan.Batches?.PartAt(0).Count;
        plan = plan with { Batches = size is { } images ? new Batches(Images, images, 5) : null };
        using var engine = Create(Shape);
        using var cancel = new CancellationTokenSource();
        engine.Regularization = regularization;
        engine.Load(from?.Saved ?? Initialization.Draw(Shape, Start.Uniform, 1));
        engine.Attach(Training.X, Training.Labels);
        var position = from?.Copy() ?? new TrainingPosition();
        NetworkState? saved = null;
        var watch = new TrainingWatch
        {
            Progress = p =>
            {
                // Ranks stop after the step in which one of them tells the others so.
                if (p.Step >= stopAfter - 1)
                {
                    cancel.Cancel();
                }
            },
            Development = () => ranks.Rank == 0 ? engine.Evaluate(Development.X, Development.Labels)
                : throw new InvalidOperationException("Only rank 0 judges."),
            Checkpoint = _ => saved = engine.Save(),
        };
        var result = Trainer.Run(engine, plan, watch, cancel.Token, position, ranks);
        return new Trained(plan.Parts, result, position, saved ?? engine.Save());
    }

    private static void AssertSame(Trained expected, Trained actual)
    {
        Agreement.SameBits(expected.Saved, actual.Saved);
        Assert.Equal(expected.Saved.Step, actual.Saved.Step);
        Assert.Equal(expected.Position.Step, actual.Position.Step);
        AssertSameTotals(expected, actual.Position.Row);
        Assert.Equal(expected.Position.History.Select(row => row with { ImagesPerSecond = 0 }),
            actual.Position.History.Select(row => row with { ImagesPerSecond = 0 }));
        Assert.Equal(expected.Position.Best is null, actual.Position.Best is null);
        if (expected.Position.Best is { } best)
        {
            Agreement.SameBits(best, actual.Position.Best!);
        }
    }

    // Of one part, one rank alone reads the losses of several steps at once, as many as its speed allows: an order of
    // additions, each of which rounds by 2⁻⁵³ of the sum. Of several, all read every step's.
    private static void AssertSameTotals(Trained expected, Totals actual)
    {
        var row = expected.Position.Row;
        Assert.Equal((row.Images, row.Hits), (actual.Images, actual.Hits));
        Assert.Equal(row.Loss, actual.Loss,
            expected.Parts > 1 ? 0 : 2 * expected.Position.Step * Math.ScaleB(row.Loss, -53));
    }

    /// <summary>What a training came to.</summary>
    private sealed record Trained(int Parts, TrainingResult Result, TrainingPosition Position, NetworkState Saved)
    {
        public TrainingPosition Copy() => new()
        {
            Step = Position.Step,
            Row = Position.Row,
            Best = Position.Best,
            History = [.. Position.History],
        };
    }
}

public sealed class ReferenceRankTraining : RankTraining
{
    private protected override INetworkEngine Create(NetworkShape shape) => new ReferenceEngine(shape);
}

public sealed class SimdRankTraining : RankTraining
{
    private protected override INetworkEngine Create(NetworkShape shape) => SimdEngine.Create(shape, 1);
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclRankTraining(GpuDevices devices) : RankTraining
{
    protected override bool IsShared => true;

    private protected override INetworkEngine Create(NetworkShape shape) =>
        new MnistGpu.Gpu.GpuEngine(devices.Pocl, shape);
}
