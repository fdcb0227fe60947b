using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>All that <c>train</c> has to tell at its end.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Data">The images.</param>
/// <param name="Engine">The engine, with the parameters of the best run.</param>
/// <param name="Choice">What the engine runs on.</param>
/// <param name="Runs">The runs, one per seed; the last may have been interrupted.</param>
/// <param name="Best">The complete run that did best on the development set, or the interrupted one where none is complete.</param>
/// <param name="Position">Where that run ended, with its history.</param>
/// <param name="Shown">What the network makes of <paramref name="ShownSet"/>.</param>
/// <param name="ShownSet">The images that say most about the network: those held out, else the test images, else those trained on.</param>
/// <param name="ShownName">What to call them.</param>
/// <param name="Phases">Where the time went.</param>
/// <param name="Saved">Where the model is, or null.</param>
/// <param name="Report">Where the report is, or null.</param>
/// <param name="CheckpointStep">The step of the last checkpoint written; null for none.</param>
/// <param name="Mark">Whether the recipe's pass mark was reached; null where it was not asked.</param>
/// <param name="Profile">The times of the kernels; null where they were not asked for.</param>
/// <param name="Diverged">Whether a later run than these diverged and ended the repetition.</param>
internal sealed record TrainOutcome(
    TrainRequest Request, DigitData Data, INetworkEngine Engine, EngineChoice Choice, IReadOnlyList<TrainRun> Runs, TrainRun Best, TrainingPosition Position,
    Evaluation Shown, DigitSet ShownSet, string ShownName, Phases Phases, string? Saved, string? Report, long? CheckpointStep, PassMark? Mark, TrainProfile? Profile, bool Diverged)
{
    /// <summary>Whether the user stopped it before all runs were complete.</summary>
    public bool IsInterrupted => !Diverged && CompleteRuns < Request.Repeat;

    public int CompleteRuns => Runs.Count(run => run.IsComplete);
}
