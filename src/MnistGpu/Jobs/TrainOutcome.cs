using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Ranks;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>What all runs of a training have in common.</summary>
/// <param name="Data">The images.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Choice">What the engine runs on.</param>
internal sealed record TrainSetup(DigitData Data, INetworkEngine Engine, EngineChoice Choice)
{
    /// <summary>Who trains together.</summary>
    public IRanks Ranks { get; init; } = OneRank.Instance;
}

/// <summary>
/// The run that the model is of: the complete one that did best on the development set, or the interrupted one where
/// none is complete; of a committee, all runs together, with the first one's history.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Position">Where it ended, with its history.</param>
/// <param name="Evaluation">What its network makes of <paramref name="Set"/>.</param>
/// <param name="Set">The images that say most about it: those held out, else the test images, else those trained
/// on.</param>
/// <param name="SetName">What to call them.</param>
internal sealed record BestRun(TrainRun Run, TrainingPosition Position, Evaluation Evaluation, DigitSet Set,
    string SetName);

/// <summary>The files that a training wrote.</summary>
/// <param name="Model">Where the model is, or null.</param>
/// <param name="Report">Where the report is, or null.</param>
/// <param name="CheckpointStep">The step of the last checkpoint; null for none.</param>
internal sealed record WrittenFiles(string? Model, string? Report, long? CheckpointStep)
{
    /// <summary>What was where the model is now; null for nothing.</summary>
    public ReplacedModel? Replaced { get; init; }
}

/// <summary>A file that a model took the place of.</summary>
/// <param name="Path">Where it is now.</param>
/// <param name="Accuracy">How good it was, and on what; null where it does not say.</param>
internal sealed record ReplacedModel(string Path, string? Accuracy);

/// <summary>All that <c>train</c> has to tell at its end.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Setup">What it ran on; the engine has the parameters of the best run, or those of a committee's
/// last.</param>
/// <param name="Runs">The runs, one per seed; the last may have been interrupted.</param>
/// <param name="Best">The best of them, or all as a committee.</param>
/// <param name="Files">What was written.</param>
/// <param name="Phases">Where the time went.</param>
internal sealed record TrainOutcome(
    TrainRequest Request, TrainSetup Setup, IReadOnlyList<TrainRun> Runs, BestRun Best, WrittenFiles Files,
        Phases Phases)
{
    /// <summary>Whether the recipe's pass mark was reached; null where it was not asked.</summary>
    public PassMark? Mark { get; init; }

    /// <summary>The times of the kernels; null where they were not asked for.</summary>
    public TrainProfile? Profile { get; init; }

    /// <summary>Whether a later run than these diverged and ended the repetition.</summary>
    public bool Diverged { get; init; }

    /// <summary>Whether the user stopped it before all runs were complete.</summary>
    public bool IsInterrupted => !Diverged && CompleteRuns < Request.Runs;

    /// <summary>Runs that went to their end.</summary>
    public int CompleteRuns => Runs.Count(run => run.IsComplete);
}
