using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Web.Live;

/// <summary>Where a run is.</summary>
/// <param name="Plan">Its steps.</param>
/// <param name="Now">The last reading.</param>
/// <param name="Recent">What the last update was made from; of step 0 before the first.</param>
/// <param name="Development">The accuracy of the last row on the development set; null for none.</param>
internal readonly record struct LiveMoment(TrainingPlan Plan, TrainingProgress Now, LivePoint Recent,
    double? Development)
{
    /// <summary>The loss of the last row on the development set; null for none.</summary>
    public double? DevelopmentLoss { get; init; }

    /// <summary>What the parameters that are saved came to; null before they are evaluated.</summary>
    public TrainRun? Final { get; init; }
}
