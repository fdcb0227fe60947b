using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Program.Output;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>One training with one seed, and how good it became.</summary>
internal sealed record TrainRun(
    ulong Seed, int Images, NetworkState State, TrainingResult Result, DevelopmentSplit Split, Evaluation Training, Evaluation? Development, Evaluation? Test)
{
    public double MillisecondsPerStep => Result.Elapsed.TotalMilliseconds / Result.Steps;

    public double ImagesPerSecond => Images * (double)Result.Steps / Result.Elapsed.TotalSeconds;

    public static TrainRun Of(INetworkEngine engine, ulong seed, TrainingResult result, DevelopmentSplit split, DigitSet? test) => new(
        seed, split.Training.Count, engine.Save(), result, split,
        Evaluation.Of(engine, split.Training),
        split.Development is { } dev ? Evaluation.Of(engine, dev) : null,
        test is null ? null : Evaluation.Of(engine, test));
}

/// <summary>All that <c>train</c> has to tell at its end.</summary>
internal sealed record TrainOutcome(
    TrainRequest Request, DigitData Data, INetworkEngine Engine, EngineChoice Choice, IReadOnlyList<TrainRun> Runs, TrainRun Best, Phases Phases, string? Saved);
