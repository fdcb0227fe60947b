using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("20-6-10");
    private readonly ReferenceEngine engine = new(Shape);

    public TrainerTests()
    {
        var images = new RandomImages(Shape, 50);
        engine.Load(Initialization.Draw(Shape, Start.Uniform, 1));
        engine.Attach(images.X, images.Labels);
    }

    public void Dispose() => engine.Dispose();

    [Fact]
    public void TakesTheStepsAskedForAndReportsThemAll()
    {
        var images = 0L;
        var last = 0L;
        var result = Trainer.Run(engine, new TrainingPlan(500, new UpdateRule(0.1)), new TrainingWatch
        {
            Progress = p =>
            (images, last) = (images + p.Recent.Images, p.Step)
        }, TestContext.Current.CancellationToken);
        Assert.Equal((TrainingEnd.Finished, 500, 500), (result.End, result.Steps, result.LastGoodStep));
        Assert.Equal((500 * 50, 500), (images, last));
        Assert.Equal(500, engine.Save().Step);
    }

    [Fact]
    public void TheLossFalls()
    {
        var losses = new List<double>();
        Trainer.Run(engine, new TrainingPlan(300, new UpdateRule(0.1)),
            new TrainingWatch { Progress = p => losses.Add(p.Recent.MeanLoss) }, TestContext.Current.CancellationToken);
        Assert.True(losses[^1] < 0.9 * losses[0], $"from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void BatchesAndScheduleAreThePlans()
    {
        using var byHand = new ReferenceEngine(Shape);
        var images = new RandomImages(Shape, 50);
        byHand.Load(engine.Save());
        byHand.Attach(images.X, images.Labels);
        var rule = new UpdateRule(0.01, Optimizer.Adam) { WeightDecay = 0.1, Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-3 };
        var plan = new TrainingPlan(9, rule) { Batches = new Batches(50, 16, 5), Schedule = Schedule.OneCycle };
        Trainer.Run(engine, plan, null, TestContext.Current.CancellationToken);
        var batches = new Batches(50, 16, 5);
        for (var step = 0; step < 9; step++)
        {
            var now = new UpdateRule(0.01 * Schedule.OneCycle.Factor(step, 9), Optimizer.Adam)
            {
                WeightDecay = 0.1,
                Beta1 = 0.8,
                Beta2 = 0.9,
                Epsilon = 1e-3
            };
            byHand.Step(batches.ImagesAt(step), now);
        }

        Agreement.SameBits(byHand.Save(), engine.Save());
    }

    [Fact]
    public void NoStepsLeaveTheParametersAsTheyAre()
    {
        var before = engine.Save();
        var result = Trainer.Run(engine, new TrainingPlan(0, new UpdateRule(0.1)), null,
            TestContext.Current.CancellationToken);
        Assert.Equal((TrainingEnd.Finished, 0), (result.End, result.Steps));
        Agreement.SameBits(before, engine.Save());
    }

    [Fact]
    public void ALossThatIsNoNumberStopsTheRun()
    {
        // Parameters whose logits overflow a double: from the first step on there is no loss.
        var state = engine.Save();
        Array.Fill(state.W[0], 1e200);
        Array.Fill(state.W[1], 1e200);
        engine.Load(state);
        var result = Trainer.Run(engine, new TrainingPlan(100_000, new UpdateRule(0.1)), null,
            TestContext.Current.CancellationToken);
        Assert.Equal((TrainingEnd.Diverged, 1, 0), (result.End, result.Steps, result.LastGoodStep));
    }

    [Fact]
    public void ACancelledRunFinishesTheStepUnderWay()
    {
        using var source = new CancellationTokenSource();
        var result = Trainer.Run(engine, new TrainingPlan(1_000_000, new UpdateRule(0.1)),
            new TrainingWatch { Progress = p => { if (p.Step >= 20) { source.Cancel(); } } }, source.Token);
        Assert.Equal(TrainingEnd.Cancelled, result.End);
        Assert.Equal(result.Steps, engine.Save().Step);
        Assert.InRange(result.Steps, 20, 999_999);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e-50)]
    [InlineData(1e50)]
    public void ARateThatCannotTrainIsRefused(double alpha) => Assert.Contains("TrainingOptions.Rate",
        Assert.Throws<UserErrorException>(() => new UpdateRule(alpha)).Message, StringComparison.Ordinal);
}
