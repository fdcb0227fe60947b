using System.Globalization;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>The spread over the seeds of a repeated training.</summary>
internal static class SeedsPart
{
    // Longer lists are cut to their ends: what lies between is in the picture.
    private const int Most = 24, End = 10;

    public static Markup Render(IReadOnlyList<TrainRun> complete)
    {
        if (complete.Count == 0)
        {
            return Markup.Empty;
        }

        var rows = new (string Name, Func<TrainRun, Totals?> Of)[] { ("development", run => run.Development),
            ("test", run => run.Test), ("training", run => run.Training) }
            .Select(set => (set.Name, Spread: Spread.From(complete.Select(set.Of))))
            .Where(row => row.Spread is not null)
            .Select(row => new DotRow(row.Name, row.Spread!.Values,
                $"{Readable.Percent(row.Spread.Mean)} ± {Readable.Percent(row.Spread.Deviation)}"))
            .ToArray();
        var (first, last) = (complete[0].Seed, complete[^1].Seed);
        return ReportPage.Section("seeds", "Spread over the seeds",
            $"{Readable.Count(complete.Count)} complete run{(complete.Count == 1 ? "" : "s")}, "
                + $"seed{(first == last ? $" {first}" : $"s {first} to {last}")}. A dot for each, a line at the mean; "
                + "the deviation is that of a sample, with n − 1.",
            Markup.From(
                $"<div class=\"spread\">{DotRows.ToSvg("Accuracy of each seed", rows)}{Table(complete)}</div>"));
    }

    private static Markup Table(IReadOnlyList<TrainRun> runs)
    {
        var ranked = runs.OrderByDescending(run => (run.Development ?? run.Training).Accuracy).ToArray();
        var shown = ranked.Length <= Most ? runs : [.. ranked[..End], .. ranked[^End..]];
        var (hasDevelopment, hasTest) = (runs.Any(run => run.Development is not null),
            runs.Any(run => run.Test is not null));
        var (development, test) = (hasDevelopment ? "development" : null, hasTest ? "test" : null);
        var open = runs.Count <= Most ? Markup.From($" open=\"open\"") : Markup.Empty;
        var summary = ranked.Length <= Most ? "Each seed" : $"The {End} best and the {End} worst seeds";
        return Markup.From($"""
            <details{open}><summary>{summary}</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Seeds"><table class="numbers">
            <caption class="unseen">Accuracy of each seed</caption>
            <thead>{HtmlTable.Head("seed", development, test, "training", "loss")}</thead>
            <tbody>
            {shown.Select(Row)}</tbody>
            </table></div></details>
            """);

        Markup Row(TrainRun run) => HtmlTable.Row(
            run.Seed.ToString(CultureInfo.InvariantCulture),
            ReferenceEquals(run, ranked[0]),
            hasDevelopment ? Share(run.Development) : null,
            hasTest ? Share(run.Test) : null,
            Share(run.Training),
            run.Training.MeanLoss.ToString("0.0000", CultureInfo.InvariantCulture));
    }

    private static string Share(Totals? totals) => totals is { } t ? Readable.Percent(t.Accuracy) : "";
}
