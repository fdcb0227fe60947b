using System.Globalization;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Output;

/// <summary>A run's rows as lines of a table; an asterisk marks each that was the best so far.</summary>
internal static class EpochLines
{
    public static string Header(bool hasDevelopment) => Columns("epoch", "step loss", "training",
        hasDevelopment ? "dev. loss" : null, hasDevelopment ? "development  " : null, "rate", "images/s");

    public static string Row(EpochRow row, bool isBest, long epochs) => Columns(
        $"{row.Epoch}/{epochs}",
        Loss(row.Loss),
        Readable.Percent(row.Accuracy),
        row.Development is null ? null : row.DevelopmentLoss is { } loss ? Loss(loss) : "-",
        row.Development is { } development ? Readable.Percent(development) + (isBest ? " *" : "  ") : null,
        row.Rate == 0 || row.Rate >= 1e-6
            ? row.Rate.ToString("0.0#####", CultureInfo.InvariantCulture)
            : row.Rate.ToString("0.0e0", CultureInfo.InvariantCulture),
        Readable.Count((long)row.ImagesPerSecond));

    private static string Loss(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Columns(string epoch, string loss, string training, string? developmentLoss,
        string? development, string rate, string speed) =>
        TextRow.Format((epoch, 9), (loss, 9), (training, 9), (developmentLoss, 9), (development, 13), (rate, 9),
            (speed, 12));
}
