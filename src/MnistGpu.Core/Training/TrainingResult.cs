namespace MnistGpu.Training;

/// <summary>How a run of training ended.</summary>
internal enum TrainingEnd
{
    /// <summary>All steps were taken.</summary>
    Finished,

    /// <summary>The development accuracy had not become better for as long as the plan waits.</summary>
    RanOut,

    /// <summary>The loss stopped being a number.</summary>
    Diverged,

    /// <summary>The user stopped it; the step under way was finished.</summary>
    Cancelled,
}

/// <summary>How a run went.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Steps">Steps done, those before a resumption included.</param>
/// <param name="LastGoodStep">The last step known to have had a finite loss; below <paramref name="Steps"/> only where
/// it diverged.</param>
/// <param name="Taken">Steps taken since the start or the resumption.</param>
/// <param name="Images">Images in these steps.</param>
/// <param name="Elapsed">Time in training for these steps.</param>
internal readonly record struct TrainingResult(TrainingEnd End, long Steps, long LastGoodStep, long Taken, long Images,
    TimeSpan Elapsed);
