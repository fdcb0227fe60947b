using System.Globalization;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Output;

/// <summary>A run's rows as lines of a table; an asterisk marks each that was the best so far.</summary>
internal static class EpochLines
{
    public static string Header(bool hasDevelopment) =>
        Columns("epoch", "loss", "training", hasDevelopment ? "development" : null, "rate", "images/s");

    public static string Row(EpochRow row, bool isBest, long epochs) => Columns(
        $"{row.Epoch}/{epochs}",
        row.Loss.ToString("0.0000", CultureInfo.InvariantCulture),
        Readable.Percent(row.Accuracy),
        row.Development is { } development ? Readable.Percent(development) + (isBest ? " *" : "  ") : null,
        row.Rate.ToString("0.0#####", CultureInfo.InvariantCulture),
        Readable.Count((long)row.ImagesPerSecond));

    private static string Columns(
        string epoch, string loss, string training, string? development, string rate, string speed) =>
        TextRow.Of((epoch, 9), (loss, 9), (training, 10), (development, 14), (rate, 10), (speed, 12));
}
