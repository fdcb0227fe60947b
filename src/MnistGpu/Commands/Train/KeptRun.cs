using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>A run with what it came to: the best one's is kept, there may be thousands; or all of a
/// committee.</summary>
internal sealed record KeptRun(TrainRun Run, NetworkState State, TrainingPosition Position, DevelopmentSplit Split)
{
    /// <summary>Whether it takes the place of another.</summary>
    public bool IsBetterThan(KeptRun? other) => other is null || (Run.IsComplete && Score > other.Score);

    private double Score => (Run.Development ?? Run.Training).Accuracy;
}
