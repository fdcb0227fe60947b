using MnistGpu.Host;
using MnistGpu.Model;

namespace MnistGpu.Program.Jobs;

/// <summary>What <c>compare</c> measured.</summary>
/// <param name="Source">Where the images are from.</param>
/// <param name="Images">How many the whole job has.</param>
/// <param name="Shape">The network.</param>
/// <param name="Steps">Steps on each device.</param>
/// <param name="Seed">The start's.</param>
/// <param name="Choices">The devices.</param>
/// <param name="Groups">The small job and, where a device was fast enough, the whole one.</param>
/// <param name="Given">The options as they were written.</param>
internal sealed record ComparisonOutcome(string Source, int Images, NetworkShape Shape, int Steps, ulong Seed,
    IReadOnlyList<EngineChoice> Choices, IReadOnlyList<ComparisonGroup> Groups,
    IReadOnlyDictionary<string, string?> Given)
{
    /// <summary>The devices that did not get the whole job.</summary>
    public string[] TooSlow =>
        [.. Choices.Select(choice => choice.Name)
        .Except(Groups.Where(group => group.Images == Images).SelectMany(group => group.Rows)
        .Select(row => row.Device))];
}
