using MnistGpu.Data.Formats;

namespace MnistGpu.Program.Jobs;

/// <summary>What <c>predict</c> is asked.</summary>
/// <param name="Model">The model's file.</param>
/// <param name="Names">The pictures, or one file of many images.</param>
/// <param name="Device">What computes.</param>
/// <param name="Csv">Where a table of the answers goes; null for none.</param>
/// <param name="Probabilities">Whether the table has a column for each class.</param>
/// <param name="Kaggle">Where Kaggle's table goes; null for none.</param>
/// <param name="Json">Whether the answers are told as JSON.</param>
internal sealed record PredictRequest(string Model, string[] Names, string Device, string? Csv, bool Probabilities,
    string? Kaggle, bool Json)
{
    /// <summary>What the user says of a file of many images.</summary>
    public ReadAs ReadAs { get; init; } = ReadAs.Guessed;
}
