using System.Diagnostics.CodeAnalysis;
using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Ranks;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>
/// One training with one seed, from the images to the parameters: <see cref="Network.Train"/> and the program's
/// <c>train</c> are this and nothing beside it.
/// </summary>
internal sealed class TrainingRun
{
    private readonly TrainingOptions options;
    private INetworkEngine? engine;

    /// <summary>Holds images out, and plans the steps. No engine is needed yet.</summary>
    /// <param name="options">How to train, the seed among it.</param>
    /// <param name="images">The images there are.</param>
    /// <param name="position">Where to go on; null for the beginning. It is moved along.</param>
    /// <param name="every">Steps from one checkpoint to the next; 0 for those of a row.</param>
    /// <exception cref="UserErrorException">An option cannot be used with these images.</exception>
    public TrainingRun(TrainingOptions options, DigitSet images, TrainingPosition? position = null,
        long every = 0)
    {
        this.options = options;
        Split = options.HoldOut(images, options.Seed);
        Plan = options.Plan(Split.Training.Count, options.Seed) with { CheckpointEvery = every };
        Position = position ?? new TrainingPosition();
    }

    /// <summary>The images to train on, and those held out.</summary>
    public DevelopmentSplit Split { get; }

    /// <summary>The steps.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Where it is.</summary>
    public TrainingPosition Position { get; }

    /// <summary>Who trains together.</summary>
    public IRanks Ranks { get; init; } = OneRank.Instance;

    /// <summary>Does each piece of work, whose name comes with it: upload, compile or evaluate; who wants to know how
    /// long they take puts a clock here.</summary>
    public Action<string, Action> Do { get; init; } = (_, work) => work();

    /// <summary>How it went, once it went.</summary>
    public TrainingResult Result { get; private set; }

    /// <summary>Brings the start and the images to an engine, which is then ready to step.</summary>
    /// <param name="engines">What compiles for it.</param>
    /// <param name="ready">The engine; it stays the caller's.</param>
    /// <param name="start">The parameters; null to draw them.</param>
    /// <exception cref="UserErrorException">The device has no room, or its compiler refuses.</exception>
    public void Begin(IEngineList engines, INetworkEngine ready, NetworkState? start)
    {
        engine = ready;
        Do("upload", () => options.BringTo(ready, start, Split.Training, options.Seed));
        Do("compile", () => options.Prepare(engines, ready, Split.Training.Count));
    }

    /// <summary>Takes the steps until they are done, the loss is no number, no row gets better, the options say to
    /// stop, or the user does.</summary>
    /// <param name="watch">What to call meanwhile, beside the callbacks of the options; null for nothing. How the
    /// epochs are judged is not its matter.</param>
    /// <param name="cancel">Stops after the step under way.</param>
    public TrainingResult Take(TrainingWatch? watch, CancellationToken cancel)
    {
        RequireBegun();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        watch ??= new TrainingWatch();
        return Result = Trainer.Run(engine, Plan, watch with
        {
            Development = Split.Development is { } held ? () => Judge(held) : null,
            Row = (row, isBest) =>
            {
                watch.Row?.Invoke(row, isBest);
                options.OnEpoch?.Invoke(row);
                options.Progress?.Report(row);
                if (options.StopWhen?.Invoke(row) == true)
                {
                    stop.Cancel();
                }
            },
        }, stop.Token, Position, Ranks);
    }

    /// <summary>The parameters that it came to: the best epoch's where they were kept, else those that answer; null
    /// where it diverged.</summary>
    public NetworkState? Learnt()
    {
        RequireBegun();
        var state = Position.Best ?? engine.SaveEvaluationParameters();
        return Result.End != TrainingEnd.Diverged && state.IsFinite ? state : null;
    }

    private Totals Judge(DigitSet held)
    {
        var totals = default(Totals);
        Do("evaluate", () => totals = Evaluation.Totals(engine!, held, CancellationToken.None));
        return totals;
    }

    [MemberNotNull(nameof(engine))]
    private void RequireBegun() =>
        _ = engine ?? throw new InvalidOperationException("A run begins before it takes its steps.");
}
