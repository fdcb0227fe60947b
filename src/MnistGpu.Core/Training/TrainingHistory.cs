using System.Globalization;
using System.Text;

namespace MnistGpu.Training;

/// <summary>
/// A run's rows as CSV: with --history a file, and the same text in the metadata of models and checkpoints.
/// </summary>
internal static class TrainingHistory
{
    private const string Header = OldHeader + ",dev_loss";

    // Of versions that kept no loss on the development set.
    private const string OldHeader = "epoch,step,loss,train_accuracy,dev_accuracy,rate,images_per_second,best";

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
                $"{row.ImagesPerSecond:0},{(ReferenceEquals(row, best) ? 1 : 0)},{row.DevelopmentLoss:R}\n");
        }

        return text.ToString();
    }

    /// <summary>The rows of a text that <see cref="ToCsv"/> made.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static List<EpochRow> Parse(string csv)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0] is not (Header or OldHeader))
        {
            throw new FormatException($"'{lines.FirstOrDefault()}' is not the first line '{Header}'.");
        }

        List<EpochRow> rows = [.. lines.Skip(1).Select(line => ParseRow(line, lines[0].Split(',').Length))];
        for (var i = 1; i < rows.Count; i++)
        {
            if (rows[i].Step <= rows[i - 1].Step)
            {
                throw new FormatException($"a row of step {rows[i].Step} after one of step {rows[i - 1].Step}");
            }
        }

        return rows;
    }

    private static EpochRow ParseRow(string line, int columns)
    {
        var cells = line.Split(',');
        return cells.Length == columns
            ? new EpochRow(Whole(cells[0]), Whole(cells[1]), Within(cells[2], double.MaxValue), Within(cells[3], 1),
                cells[4].Length == 0 ? null : Within(cells[4], 1), Within(cells[5], double.MaxValue), Number(cells[6]))
            {
                DevelopmentLoss = columns > 8 && cells[8].Length > 0 ? Within(cells[8], double.MaxValue) : null,
            }
            : throw new FormatException($"'{line}' has not the {columns} columns of the first line.");

        static long Whole(string cell) => long.Parse(cell, NumberStyles.None, CultureInfo.InvariantCulture);

        // A number that is none is within nothing.
        static double Within(string cell, double most) => Number(cell) is var number && number >= 0 && number <= most
            ? number : throw new FormatException($"{cell}, which is not from 0 to {most}");

        static double Number(string cell) => double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
