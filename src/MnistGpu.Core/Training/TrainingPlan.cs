using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>The steps of a run.</summary>
/// <param name="Steps">Steps to take, 0 or more.</param>
/// <param name="Rule">How each step changes the parameters; its rate is the schedule's highest.</param>
internal sealed record TrainingPlan(long Steps, UpdateRule Rule)
{
    // Full-batch runs have a row for each tenth: one a step would spend more on judging than on training.
    private const int FullBatchRows = 10;

    /// <summary>Which images each step takes; null for all of them in every step.</summary>
    public Batches? Batches { get; init; }

    /// <summary>
    /// S, how many parts a batch is cut into, from 1: their gradients are summed one by one and added by a fixed tree,
    /// so that ranks may share them.
    /// </summary>
    public int Parts { get; init; } = 1;

    /// <summary>How the rate changes over the steps.</summary>
    public Schedule Schedule { get; init; }

    /// <summary>The share of the rate that the exponential schedule ends at, above 0 and at most 1.</summary>
    public double Last { get; init; } = Schedules.ExponentialLast;

    /// <summary>
    /// Early stopping: rows without a better development accuracy after which the run ends; 0 for never.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>Whether the best row's parameters are kept; null for only where the run may end early.</summary>
    public bool? KeepBest { get; init; }

    /// <summary>Whether the best row's parameters are kept.</summary>
    public bool KeepsBest => KeepBest ?? Patience > 0;

    /// <summary>Steps from one checkpoint to the next; 0 for those of a row.</summary>
    public long CheckpointEvery { get; init; }

    /// <summary>Steps of a row of the history: an epoch, or a tenth of the run where a step takes all images.</summary>
    public long RowSteps => Batches?.PerEpoch ?? Math.Max(1, Steps / FullBatchRows);

    /// <summary>The rule at a step, counted from 0.</summary>
    public UpdateRule RuleAt(long step) =>
        Schedule == Schedule.Constant ? Rule : Rule.Scaled(Schedule.Factor(step, Steps, Last));

    /// <summary>
    /// The epoch of a step, which dropout and deformations are drawn by; a step over all images is an epoch.
    /// </summary>
    public uint EpochOf(long step) => (uint)(Batches is { } batches ? step / batches.PerEpoch : step);

    /// <summary>Whether a row ends after <paramref name="steps"/> steps.</summary>
    public bool EndsRow(long steps) => steps == Steps || steps % RowSteps == 0;

    /// <summary>
    /// Whether what a row counts begins with this step: the epoch's first, or the row's last where a step takes all
    /// images.
    /// </summary>
    public bool BeginsCount(long step) => Batches is { } batches ? step % batches.PerEpoch == 0 : EndsRow(step + 1);

    /// <summary>Whether a checkpoint is due after <paramref name="steps"/> steps.</summary>
    public bool IsCheckpoint(long steps) => steps % (CheckpointEvery > 0 ? CheckpointEvery : RowSteps) == 0;

    /// <summary>Whether a run has nothing left to do.</summary>
    public bool IsDone(TrainingPosition position) => position.Step >= Steps || RanOut(position);

    /// <summary>Whether a run has waited long enough for a better row.</summary>
    public bool RanOut(TrainingPosition position) => Patience > 0 && position.RowsSinceBest >= Patience;
}
