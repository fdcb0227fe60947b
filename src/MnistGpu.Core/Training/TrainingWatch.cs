using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>Where a run is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Recent">The totals of the steps since the last report, each of the parameters before its
/// update.</param>
/// <param name="Taken">Steps taken since the start or the resumption.</param>
/// <param name="Elapsed">Time in training for these.</param>
internal readonly record struct TrainingProgress(long Step, long Steps, Totals Recent, long Taken, TimeSpan Elapsed);

/// <summary>What <see cref="Trainer"/> calls during a run, on its own thread.</summary>
internal sealed record TrainingWatch
{
    /// <summary>Called after each reading of the totals; must be quick.</summary>
    public Action<TrainingProgress>? Progress { get; init; }

    /// <summary>Returns loss and hits on the development set; called at the end of each row.</summary>
    public Func<Totals>? Development { get; init; }

    /// <summary>Called with each row, and whether it is the best so far.</summary>
    public Action<EpochRow, bool>? Row { get; init; }

    /// <summary>
    /// Called after each reading, its row and its checkpoint, while the training's clock stands still. It may read the
    /// engine, but not change it.
    /// </summary>
    public Action? Pause { get; init; }

    /// <summary>Saves a checkpoint; called as often as the plan says, and at the end.</summary>
    public Action<TrainingPosition>? Checkpoint { get; init; }
}
