using System.Globalization;
using System.Text;

namespace MnistGpu.Training;

/// <summary>
/// A run's rows as CSV: with --history a file, and the same text in the metadata of models and checkpoints.
/// </summary>
public static class TrainingHistory
{
    private const string Header = "epoch,step,loss,train_accuracy,dev_accuracy,rate,images_per_second,best";
    private const int Columns = 8;

    /// <summary>The rows, each a line that ends with LF; the best one is marked with 1.</summary>
    public static string ToCsv(TrainingPosition position)
    {
        var best = position.BestRow;
        var text = new StringBuilder(Header).Append('\n');
        foreach (var row in position.History)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{row.Epoch},{row.Step},{row.Loss:R},{row.Accuracy:R},{row.Development:R},{row.Rate:R},");
            text.Append(CultureInfo.InvariantCulture,
                $"{row.ImagesPerSecond:0},{(ReferenceEquals(row, best) ? 1 : 0)}\n");
        }

        return text.ToString();
    }

    /// <summary>The rows of a text that <see cref="ToCsv"/> made.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static List<EpochRow> Parse(string csv)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0] != Header)
        {
            throw new FormatException($"'{lines.FirstOrDefault()}' is not the first line '{Header}'.");
        }

        return [.. lines.Skip(1).Select(ParseRow)];
    }

    private static EpochRow ParseRow(string line)
    {
        var cells = line.Split(',');
        return cells.Length == Columns
            ? new EpochRow(Whole(cells[0]), Whole(cells[1]), Number(cells[2]), Number(cells[3]),
                cells[4].Length == 0 ? null : Number(cells[4]), Number(cells[5]), Number(cells[6]))
            : throw new FormatException($"'{line}' has not the {Columns} columns of '{Header}'.");

        static long Whole(string cell) => long.Parse(cell, NumberStyles.None, CultureInfo.InvariantCulture);

        static double Number(string cell) => double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
