using MnistGpu.Program.Settings;

namespace MnistGpu.Tests.Api;

public sealed class NetworkTrainTests
{
    private static readonly ImageSet Set = Shapes.Draw(200);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void EveryEpochIsToldInOrder()
    {
        var (told, reported) = (new List<EpochRow>(), new List<EpochRow>());
        using var network = Network.Train(Set, Shapes.Options with
        {
            OnEpoch = told.Add,
            Progress = new Now(reported.Add),
        }, Cancel);
        Assert.Equal([1, 2, 3, 4], told.Select(row => row.Epoch));
        Assert.Equal(told, reported);
        Assert.All(told, row => Assert.NotNull(row.Development));
    }

    [Fact]
    public void StoppingEarlyKeepsTheNetwork()
    {
        using var network = Network.Train(Set, Shapes.Options with { Epochs = 50, StopWhen = row => row.Epoch == 2 },
            Cancel);
        Assert.Equal(2, network.History.Count);
        Assert.Equal(2, network.Predict(Set.Image(0)).Probabilities.Length);
    }

    [Fact]
    public void PatienceKeepsTheBestEpoch()
    {
        var rows = new List<EpochRow>();
        using var network = Network.Train(Set, Shapes.Options with { Epochs = 200, Patience = 3, OnEpoch = rows.Add },
            Cancel);
        Assert.InRange(rows.Count, 4, 199);
        var held = Set.Digits.Reorder(MnistGpu.Model.Shuffle.Order(200, 0, 0)).Slice(0, 20);
        Assert.Equal(rows.Max(row => row.Development), network.Evaluate(new ImageSet(held), Cancel).Accuracy);
    }

    [Fact]
    public async Task TrainingWithoutAThreadWaitingGivesTheSame()
    {
        using var now = Network.Train(Set, Shapes.Options, Cancel);
        using var later = await Network.TrainAsync(Set, Shapes.Options, Cancel);
        Assert.Equal(now.Model.State.W[1], later.Model.State.W[1]);
    }

    [Fact]
    public async Task TwoTrainingsAtOnceFromTheSameOptionsAndImagesGiveTheBitsOfOne()
    {
        using var alone = Network.Train(Set, Shapes.Options, Cancel);
        var both = await Task.WhenAll(Network.TrainAsync(Set, Shapes.Options, Cancel),
            Network.TrainAsync(Set, Shapes.Options, Cancel));
        Assert.All(both, network => Assert.Equal(alone.Model.State.W[0], network.Model.State.W[0]));
        Array.ForEach(both, network => network.Dispose());
    }

    [Fact]
    public async Task CancelledAtOnceItTrainsNothing()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var rows = 0;
        var options = Shapes.Options with { OnEpoch = _ => rows++ };
        Assert.Throws<OperationCanceledException>(() => Network.Train(Set, options, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Network.TrainAsync(Set, options, source.Token));
        Assert.Equal(0, rows);
    }

    [Fact]
    public void CancelledOnTheWayItThrows()
    {
        using var source = new CancellationTokenSource();
        var options = Shapes.Options with { Epochs = 1000, OnEpoch = _ => source.Cancel() };
        Assert.Throws<OperationCanceledException>(() => Network.Train(Set, options, source.Token));
    }

    [Fact]
    public void AnErrorOfTheCallbackComesThrough() => Assert.Throws<TimeoutException>(() => Network.Train(Set,
        Shapes.Options with { OnEpoch = _ => throw new TimeoutException() }, Cancel));

    [Fact]
    public void ItGoesOnFromAnotherNetworkWhichStaysAsItWas()
    {
        using var first = Network.Train(Set, Shapes.Options with { Epochs = 1 }, Cancel);
        var before = first.Model.State.W[0].ToArray();
        using var second = Network.Train(Set, Shapes.Options with { From = first, Hidden = [99] }, Cancel);
        Assert.Equal(first.Widths, second.Widths);
        Assert.Equal(before, first.Model.State.W[0]);
        Assert.NotEqual(before, second.Model.State.W[0]);
        Assert.Equal("TrainingOptions.Activation", Assert.Throws<UserErrorException>(() => Network.Train(Set,
            Shapes.Options with { From = first, Activation = Activation.ScaledTanh }, Cancel)).Where);
        Assert.Throws<UserErrorException>(() => Network.Train(ImageSet.From(new byte[8], [0, 1], 2, 2),
            Shapes.Options with { From = first }, Cancel));
    }

    [Fact]
    public void WithoutHiddenLayersItIsLinear()
    {
        using var network = Network.Train(Set, Shapes.Options with { Hidden = [] }, Cancel);
        Assert.Equal([36, 2], network.Widths);
    }

    [Fact]
    public void TheReferenceTrainsToo()
    {
        using var network = Network.Train(Set, Shapes.Options with { Epochs = 1, Device = "reference" }, Cancel);
        Assert.Equal("reference", network.Device);
        Assert.Equal(1, network.Predict(Set.Image(0)).Probabilities.ToArray().Sum(), 1e-12);
    }

    [Fact]
    public void KernelsTrainAndAnswerFromAnyThread()
    {
        using var network = Network.Train(Set.Slice(0, 32), Shapes.Options with { Epochs = 1, Device = "cpu" }, Cancel);
        Assert.Equal("cpu", network.Device);
        var expected = network.Predict(Set.Image(0)).Probability;
        Parallel.For(0, 8, new ParallelOptions { CancellationToken = Cancel },
            _ => Assert.Equal(expected, network.Predict(Set.Image(0)).Probability));
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(() => network.Predict(Set.Image(0)));
    }

    public static TheoryData<string, TrainingOptions> Refused => new()
    {
        { nameof(TrainingOptions.Limit), Shapes.Options with { Limit = 0 } },
        { nameof(TrainingOptions.Limit), Shapes.Options with { Limit = 201 } },
        { nameof(TrainingOptions.Development), Shapes.Options with { Development = -1 } },
        { nameof(TrainingOptions.Development), Shapes.Options with { Development = 200 } },
        { nameof(TrainingOptions.Hidden), Shapes.Options with { Hidden = [0] } },
        { nameof(TrainingOptions.Hidden), Shapes.Options with { Hidden = [1 << 24, 1 << 24] } },
        { nameof(TrainingOptions.Hidden), Shapes.Options with { Hidden = null! } },
        { nameof(TrainingOptions.Activation), Shapes.Options with { Activation = (Activation)99 } },
        { nameof(TrainingOptions.Init), Shapes.Options with { Init = (Start)99 } },
        { nameof(TrainingOptions.Epochs), Shapes.Options with { Epochs = -1 } },
        { nameof(TrainingOptions.Epochs), Shapes.Options with { Epochs = long.MaxValue } },
        { nameof(TrainingOptions.Epochs), Shapes.Options with { Epochs = 1_000_001 } },
        { nameof(TrainingOptions.Iterations), Shapes.Options with { Iterations = -1 } },
        { nameof(TrainingOptions.Iterations), Shapes.Options with { Iterations = 1_000_000_000_000_001 } },
        { nameof(TrainingOptions.Batch), Shapes.Options with { Batch = 0 } },
        { nameof(TrainingOptions.Batch), Shapes.Options with { Batch = 181 } },
        { nameof(TrainingOptions.Parts), Shapes.Options with { Parts = 0 } },
        { nameof(TrainingOptions.Parts), Shapes.Options with { Parts = 17 } },
        { nameof(TrainingOptions.Optimizer), Shapes.Options with { Optimizer = (Optimizer)99 } },
        { nameof(TrainingOptions.Rate), Shapes.Options with { Rate = 0 } },
        { nameof(TrainingOptions.Rate), Shapes.Options with { Rate = double.NaN } },
        { nameof(TrainingOptions.Schedule), Shapes.Options with { Schedule = (Schedule)99 } },
        { nameof(TrainingOptions.Decay), Shapes.Options with { Decay = 1 } },
        { nameof(TrainingOptions.FinalRate), Shapes.Options with { FinalRate = 0.001 } },
        { nameof(TrainingOptions.FinalRate),
            Shapes.Options with { FinalRate = 1, Schedule = Schedule.Exponential } },
        { nameof(TrainingOptions.Smoothing), Shapes.Options with { Smoothing = -0.1 } },
        { nameof(TrainingOptions.Dropout), Shapes.Options with { Dropout = 1 } },
        { nameof(TrainingOptions.Dropout), Shapes.Options with { Dropout = 0.5, Hidden = [] } },
        { nameof(TrainingOptions.Averaging), Shapes.Options with { Averaging = double.NaN } },
        { nameof(TrainingOptions.Clip), Shapes.Options with { Clip = double.PositiveInfinity } },
        { nameof(TrainingOptions.Patience), Shapes.Options with { Patience = -1 } },
        { nameof(TrainingOptions.Patience), Shapes.Options with { Patience = 1, Batch = null } },
        { nameof(TrainingOptions.Patience), Shapes.Options with { Patience = 1, Development = 0 } },
        { nameof(TrainingOptions.KeepBest), Shapes.Options with { KeepBest = true, Development = 0 } },
        { nameof(TrainingOptions.Threads), Shapes.Options with { Threads = 1025 } },
        { nameof(TrainingOptions.Device), Shapes.Options with { Device = "toaster" } },
        { nameof(TrainingOptions.Device), Shapes.Options with { Device = " " } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void WhatCannotTrainIsRefusedByTheNameOfItsProperty(string property, TrainingOptions options)
    {
        var error = Assert.Throws<UserErrorException>(() => Network.Train(Set, options, Cancel));
        Assert.StartsWith($"TrainingOptions.{property}", error.Where, StringComparison.Ordinal);
        Assert.NotNull(error.Expected);
        Assert.NotNull(error.Found);
        Assert.DoesNotContain("--", error.Message, StringComparison.Ordinal);
        // The command line says the same in its own words.
        Assert.DoesNotContain("Options.", OptionWords.In(error), StringComparison.Ordinal);
        Assert.Contains("--", OptionWords.In(error), StringComparison.Ordinal);
    }

    [Fact]
    public void EpochsOfMoreStepsThanARunCanCountAreRefused() => Assert.Equal("TrainingOptions.Epochs",
        Assert.Throws<UserErrorException>(() => new TrainingOptions { Epochs = 1_000_000, Batch = 1 }
            .Plan(int.MaxValue, seed: 0)).Where);

    [Fact]
    public void ASetSmallerThanTheUsualBatchIsOneBatch()
    {
        var options = new TrainingOptions { Hidden = [8], Epochs = 3, Development = 0, Device = "simd", Threads = 1 };
        using var usual = Network.Train(Set.Slice(0, 20), options, Cancel);
        using var all = Network.Train(Set.Slice(0, 20), options with { Batch = 20 }, Cancel);
        Assert.Equal(all.Model.State.W[0], usual.Model.State.W[0]);
        Assert.Equal([1L, 2, 3], usual.History.Select(row => row.Step));
        Assert.Equal("TrainingOptions.Batch", Assert.Throws<UserErrorException>(() =>
            Network.Train(Set.Slice(0, 20), options with { Batch = 128 }, Cancel)).Where);
    }

    [Fact]
    public void ImagesInColourAreNotBent() => Assert.Equal("TrainingOptions.Deform",
        Assert.Throws<UserErrorException>(() => Network.Train(ImageSet.From(new byte[24], [0, 1], 2, 2, channels: 3),
            Shapes.Options with { Deform = new() { Shift = 1 } }, Cancel)).Where);

    [Fact]
    public void ATrainingThatDivergesSaysSo()
    {
        var error = Assert.Throws<UserErrorException>(() => Network.Train(Set,
            Shapes.Options with { Optimizer = Optimizer.GradientDescent, Rate = 1e30 }, Cancel));
        Assert.Equal("TrainingOptions.Rate", error.Where);
    }

    [Fact]
    public void NullIsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => Network.Train(null!, cancel: Cancel));
        Assert.Throws<ArgumentNullException>(() => { _ = Network.TrainAsync(null!, cancel: Cancel); });
    }

    private sealed class Now(Action<EpochRow> action) : IProgress<EpochRow>
    {
        public void Report(EpochRow value) => action(value);
    }
}
