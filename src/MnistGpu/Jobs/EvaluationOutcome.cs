using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>What <c>evaluate</c> found.</summary>
/// <param name="Path">The model's file.</param>
/// <param name="Model">The model.</param>
/// <param name="Data">The source of the images.</param>
/// <param name="Set">The images.</param>
/// <param name="Part">What to call them: test or train.</param>
/// <param name="Network">What evaluated them.</param>
/// <param name="Totals">Loss and hits.</param>
/// <param name="Evaluation">The answers.</param>
/// <param name="Phases">Where the time went.</param>
/// <param name="Given">The options as the user gave them.</param>
internal sealed record EvaluationOutcome(
    string Path, ModelFile Model, DigitData Data, DigitSet Set, string Part, Network Network, Totals Totals,
        Evaluation Evaluation, Phases Phases, IReadOnlyDictionary<string, string?> Given);
