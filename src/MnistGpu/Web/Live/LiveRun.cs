using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Web.Live;

/// <summary>What of a run the live page shows beside its readings.</summary>
/// <param name="Lead">What is trained, in one line.</param>
/// <param name="Engine">The engine that trains.</param>
/// <param name="Plan">Its steps.</param>
/// <param name="Images">Images to train on.</param>
/// <param name="Judged">The images of the confusion matrix.</param>
/// <param name="JudgedName">What to call them.</param>
/// <param name="Earlier">The rows from before a resumption.</param>
internal sealed record LiveRun(string Lead, INetworkEngine Engine, TrainingPlan Plan, int Images, DigitSet Judged,
    string JudgedName, IReadOnlyList<EpochRow> Earlier)
{
    /// <summary>Whether the images judged are the whole development set.</summary>
    public bool IsDevelopment { get; init; }
}
