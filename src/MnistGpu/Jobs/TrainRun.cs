using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Ranks;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>One training with one seed, and how good it became. Small, because there may be thousands.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Images">Images to train on.</param>
/// <param name="Result">How the training went.</param>
/// <param name="Work">What its steps were to the device; null for engines without kernels.</param>
/// <param name="Training">Loss and hits on the training images, afterwards.</param>
/// <param name="Development">The same on the images held out, if any.</param>
/// <param name="Test">The same on the test images, if any.</param>
internal sealed record TrainRun(ulong Seed, int Images, TrainingResult Result, StepWork? Work, Totals Training,
    Totals? Development, Totals? Test)
{
    /// <summary>Bytes that rank 0 sent to the other ranks in a step, on the average; 0 where it is alone.</summary>
    public double SentBytesPerStep { get; init; }

    public double MillisecondsPerStep => Result.Elapsed.TotalMilliseconds / Result.Taken;

    public double ImagesPerSecond => Result.Images / Result.Elapsed.TotalSeconds;

    public bool IsComplete => Result.End is TrainingEnd.Finished or TrainingEnd.RanOut;

    public static TrainRun Create(INetworkEngine engine, ulong seed, TrainingResult result, StepWork? work,
        DevelopmentSplit split, DigitSet? test, IRanks ranks) => new(
        seed, split.Training.Count, result, work,
        Evaluation.Totals(engine, split.Training, ranks, CancellationToken.None),
        split.Development is { } dev ? Evaluation.Totals(engine, dev, ranks, CancellationToken.None) : null,
        test is null ? null : Evaluation.Totals(engine, test, ranks, CancellationToken.None));

}
