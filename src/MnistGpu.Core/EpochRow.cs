namespace MnistGpu;

/// <summary>
/// What a run's history keeps of an epoch, or, where a step takes all images, of the last step of each tenth of the
/// run.
/// </summary>
/// <param name="Epoch">Epochs done, from 1; where a step takes all images, steps.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">The mean loss of the steps, each of the parameters before its update, with the run's label
/// smoothing and dropout.</param>
/// <param name="Accuracy">The share of hits in the same.</param>
/// <param name="Development">The share of hits on the development set afterwards; null where there is none.</param>
/// <param name="Rate">α of the last step.</param>
/// <param name="ImagesPerSecond">Images trained on per second of training; evaluation and checkpoints are not in
/// it.</param>
public sealed record EpochRow(long Epoch, long Step, double Loss, double Accuracy, double? Development, double Rate,
    double ImagesPerSecond)
{
    /// <summary>
    /// The mean of −ln AL[label] on the development set afterwards, in nats, without smoothing and dropout; null
    /// where there is no such set, or the loss is no number, or an earlier version kept none.
    /// </summary>
    public double? DevelopmentLoss { get; init; }
}
