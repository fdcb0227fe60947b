using System.Globalization;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>Loss and accuracy over the run, from its history.</summary>
internal static class CurvesPart
{
    private const int TableRows = 60;
    private const string Caption = "The numbers behind the curves";

    /// <param name="rows">The history.</param>
    /// <param name="isFullBatch">Whether a step takes all images, so that a row is a tenth of the run.</param>
    /// <param name="of">Which run it is of, where there were several; else empty.</param>
    public static Markup Render(IReadOnlyList<EpochRow> rows, bool isFullBatch, string of)
    {
        if (rows.Count == 0)
        {
            return Markup.Empty;
        }

        var best = rows.Where(row => row.Development is not null).MaxBy(row => row.Development);
        var unit = isFullBatch ? "step" : "epoch";
        // No label where the whole line is one point.
        var marked = best is not null && rows.Count > 1
            ? ((double X, double Y, string Text)?)(best.Epoch, 100 * best.Development!.Value,
            $"best {Readable.Percent(best.Development.Value)}") : null;
        var last = rows[^1];
        var losses = new List<Line>
        {
            new("step loss", "training", [.. rows.Select(row => ((double)row.Epoch, row.Loss))]),
        };
        if (rows.Any(row => row.DevelopmentLoss is not null))
        {
            losses.Add(new Line("development", "development", [.. rows.Where(row => row.DevelopmentLoss is not null)
                .Select(row => ((double)row.Epoch, row.DevelopmentLoss!.Value))]));
        }

        var loss = new LineChart("Loss",
            $"From {Number(rows[0].Loss)} to {Number(last.Loss)} over {Readable.Count(last.Epoch)} {unit}s", unit,
            losses)
        {
            YLimits = (0, double.PositiveInfinity),
            IsLogarithmic = true,
        };
        var accuracies = new List<Line> { new("training", "training",
            [.. rows.Select(row => ((double)row.Epoch, 100 * row.Accuracy))]) };
        if (best is not null)
        {
            accuracies.Add(new Line("development", "development",
                [.. rows.Where(row => row.Development is not null)
                .Select(row => ((double)row.Epoch, 100 * row.Development!.Value))]));
        }

        var ends = $"Training from {Readable.Percent(rows[0].Accuracy)} to {Readable.Percent(last.Accuracy)}";
        var top = best is null
            ? ""
            : $"; development at best {Readable.Percent(best.Development!.Value)}, "
                + $"after {unit} {Readable.Count(best.Epoch)}";
        var accuracy = new LineChart("Accuracy", ends + top, unit, accuracies)
        {
            YLimits = (0, 100),
            YText = (value, step) => $"{Ticks.Text(value, step)} %",
            Mark = marked,
        };
        var note = (isFullBatch ? "One point for each tenth of the run"
            : "One point for each epoch, its loss and training accuracy measured as it went")
            + (best is null ? "." : "; the development set is judged afterwards.")
            + " The step loss has the run's label smoothing and dropout in it, the development loss has not." + of;
        return ReportPage.Section("curves", "Learning curves", note, Markup.From($"""
            <div class="pair">
            <figure><figcaption>Loss</figcaption>{loss.Legend()}{loss.ToSvg()}</figure>
            <figure><figcaption>Accuracy</figcaption>{accuracy.Legend()}{accuracy.ToSvg()}</figure>
            </div>
            {Table(rows, best, unit)}
            """));
    }

    private static Markup Table(IReadOnlyList<EpochRow> rows, EpochRow? best, string unit)
    {
        var every = (rows.Count + TableRows - 1) / TableRows;
        var shown = rows.Where((row, i) => i % every == 0 || i == rows.Count - 1 || ReferenceEquals(row, best))
            .ToArray();
        var development = best is null ? null : "development";
        return Markup.From($"""
            <details><summary>The numbers{(every == 1 ? "" : $", every {every}th row")}</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="{Caption}"><table class="numbers">
            <caption class="unseen">{Caption}</caption>
            <thead>{HtmlTable.Head(unit, "step loss", "training",
                development is null ? null : "dev. loss", development, "rate", "images/s")}</thead>
            <tbody>
            {shown.Select(row => Row(row, best))}</tbody>
            </table></div></details>
            """);
    }

    private static Markup Row(EpochRow row, EpochRow? best) => HtmlTable.Row(
        Readable.Count(row.Epoch),
        ReferenceEquals(row, best),
        Number(row.Loss),
        Readable.Percent(row.Accuracy),
        best is null ? null : row.DevelopmentLoss is { } loss ? Number(loss) : "",
        best is null ? null : row.Development is { } development ? Readable.Percent(development) : "",
        row.Rate.ToString("0.0#####", CultureInfo.InvariantCulture),
        Readable.Count((long)row.ImagesPerSecond));

    private static string Number(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);
}
