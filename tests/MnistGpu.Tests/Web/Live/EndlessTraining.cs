using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Web.Live;
using MnistGpu.Simd;
using MnistGpu.Training;

namespace MnistGpu.Tests.Web.Live;

/// <summary>
/// A training with its live page, in this process. It goes on until the test has seen enough, and then ends by itself:
/// no epoch gets better any more.
/// </summary>
internal sealed class EndlessTraining : IDisposable
{
    public const string Line = "Done: as good as it gets";

    private const int Images = 4000, Batch = 10;

    // So many that each epoch of days is a little better than the one before it.
    private const long Judged = 1_000_000_000_000_000;

    private readonly CancellationTokenSource stop = new();
    private readonly DigitSet held = SyntheticDigits.Draw(1000, 1, SyntheticPart.Test);
    private readonly INetworkEngine engine = SimdEngine.Create(NetworkShape.Parse("784-16-10"), 1);
    private readonly LiveTraining live;
    private readonly Task<TrainingResult> training;
    private volatile bool isEnough;
    private long better;
    private bool isDisposed;

    public EndlessTraining()
    {
        var digits = SyntheticDigits.Draw(Images, 1, SyntheticPart.Train);
        engine.Load(Initialization.Draw(engine.Shape, Start.He, 1));
        engine.Attach(digits.X, digits.Labels);
        var plan = new TrainingPlan(1_000_000_000, new UpdateRule(0.001, Optimizer.Adam))
        {
            Batches = new Batches(Images, Batch, 1),
            Patience = 1,
            Schedule = Schedule.Cosine,
        };
        live = new LiveTraining(0, stop.Cancel, stop.Token);
        live.Begin(new LiveRun("784-16-10, seed 1", engine, plan, Images, held, "Development set", []));
        var watch = live.Beside(new TrainingWatch { Development = Judge }, look => look());
        training = Task.Run(() => Trainer.Run(engine, plan, watch, stop.Token));
    }

    public Uri Url => live.Url;

    /// <summary>Has it end, and tells its page so.</summary>
    public async Task End()
    {
        isEnough = true;
        var result = await training;
        Assert.Equal(TrainingEnd.RanOut, result.End);
        live.Evaluating();
        var confusion = Evaluation.Create(engine, held, CancellationToken.None).Confusion;
        var totals = Evaluation.Totals(engine, held, CancellationToken.None);
        live.Result(new TrainRun(1, Images, result, null, totals, totals, null),
            engine.SaveEvaluationParameters(), confusion, "Development set");
        live.End(Line, isDone: true);
    }

    /// <summary>Ends it in any case, and its server.</summary>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        stop.Cancel();
        training.GetAwaiter().GetResult();
        live.Dispose();
        engine.Dispose();
        stop.Dispose();
    }

    private Totals Judge()
    {
        // Leaves the cores to the browser: what the page shows, it shows after any epoch.
        Thread.Sleep(isEnough ? 0 : 100);
        better += isEnough ? 0 : 1;
        var hits = Judged - Judged / (better + 1);
        return Evaluation.Totals(engine, held, CancellationToken.None) with { Images = Judged, Hits = hits };
    }
}
