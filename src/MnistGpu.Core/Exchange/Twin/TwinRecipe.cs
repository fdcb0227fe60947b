using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Exchange.Twin;

/// <summary>All that a run's model follows from.</summary>
/// <param name="Model">The parameters that came of it.</param>
/// <param name="Plan">The steps that it was to take.</param>
/// <param name="Steps">Those that the model took.</param>
/// <param name="Images">The images to train on, in file order.</param>
internal sealed record TwinRecipe(NetworkState Model, TrainingPlan Plan, long Steps, DigitSet Images)
{
    /// <summary>Images taken in file order, those held out included.</summary>
    public required int Taken { get; init; }

    /// <summary>Images held out, the first of those taken.</summary>
    public required int HeldOut { get; init; }

    /// <summary>Whether those taken were shuffled before some were held out.</summary>
    public required bool IsShuffled { get; init; }

    /// <summary>Images in a step; null for all.</summary>
    public required int? Batch { get; init; }

    /// <summary>Where order, start, masks and deformations are drawn from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How the parameters started.</summary>
    public required Start Start { get; init; }

    /// <summary>What they started as, where a file said; else null.</summary>
    public NetworkState? StartState { get; init; }

    /// <summary>Smoothing, dropout and deformations.</summary>
    public required Regularization Regularization { get; init; }

    /// <summary>The folder of IDX files that the images are in; null where the script brings them.</summary>
    public string? IdxFolder { get; init; }

    /// <summary>The command that trained the model, for people.</summary>
    public string Command { get; init; } = "";
}
