using System.Globalization;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Reports;

/// <summary>The report of <c>compare</c>.</summary>
internal static class ComparisonPage
{
    private const string Legend =
        "Ratio: speed relative to simd. Difference: the largest of a parameter to the reference after all steps, "
        + "relative to the largest parameter of its tensor. Accuracy: on these images before the last step.";

    private static readonly string[] Headings =
        ["device", "compile", "upload", "a step", "images/s", "GFLOP/s", "ratio", "difference", "accuracy"];

    public static string Render(ComparisonOutcome outcome, DateTimeOffset when)
    {
        var largest = outcome.Groups[^1];
        var fastest = largest.Rows.MaxBy(row => row.ImagesPerSecond)!;
        return ReportPage.Render("Comparison report",
            $"{fastest.Label} is the fastest here: {Readable.Count((long)fastest.ImagesPerSecond)} images/s",
            $"{outcome.Shape}, {Readable.Count(outcome.Steps, "full-batch step")}, {Readable.Count(largest.Images)} "
                + "images", when,
                Markup.Join(
        [
            .. outcome.Groups.Select((group, i) => Group(outcome, group, i)),
            RunPart.Render(Command(outcome), [("data", outcome.Source), ("seed", $"{outcome.Seed}"),
                .. outcome.Choices.Select(choice => (choice.Name, choice.Description))], [], hasKernels: true),
        ]));
    }

    private static Markup Group(ComparisonOutcome outcome, ComparisonGroup group, int i)
    {
        var rows = group.Rows.OrderByDescending(row => row.ImagesPerSecond).ToArray();
        var bars = rows.Select((row, place) =>
            new Bar(row.Label, row.ImagesPerSecond, $"{Rate(row.ImagesPerSecond)} images/s",
            row.RatioToSimd is { } ratio ? $"{Readable.Ratio(ratio)} {(ratio < 0.01 ? "of " : "")}simd" : "",
            place == 0)).ToArray();
        var images = $"{Readable.Count(group.Images)} images";
        var chart = LogBars.ToSvg($"Images per second, {images}", "images per second, logarithmic", bars);
        var slow = group == outcome.Groups[^1] ? outcome.TooSlow : [];
        var note = $"{outcome.Shape}, the same start and {outcome.Steps} steps on each; the median step. A bar ten "
            + "times as fast is one decade longer."
            + (slow.Length == 0 ? ""
                : $" Too slow for {Readable.Count(outcome.Images)} images: {string.Join(", ", slow)}.");
        return ReportPage.Section($"speed-{i}", $"{Readable.Count(group.Images)} images", note, Markup.From($"""
            {chart}{HtmlTable.Scroll($"Figures for {images}")}<table class="numbers">
            <caption class="unseen">Figures for {images}</caption>
            <thead>{HtmlTable.Head(Headings)}</thead>
            <tbody>
            {rows.Select(Row)}</tbody>
            </table></div>
            <p class="note after">{Legend}</p>
            """));
    }

    private static Markup Row(ComparisonRow row) => HtmlTable.Row(row.Label, isBest: false, Cells(row));

    private static IEnumerable<string?> Cells(ComparisonRow row) =>
    [
        Text(row.MillisecondsCompile, "0 ms"),
        Text(row.MillisecondsUpload, "0.0 ms"),
        Text(row.MillisecondsPerStep, "0.000 ms"),
        Readable.Count((long)row.ImagesPerSecond),
        Text(row.GigaflopsPerSecond, "0.00"),
        row.RatioToSimd is { } ratio ? Readable.Ratio(ratio) : "-",
        row.LargestDifference is { } difference ? Text(difference, "0e+00") : "-",
        Readable.Percent(row.Accuracy),
    ];

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Command(ComparisonOutcome outcome) =>
        StartedAs.Command(["compare", .. CommandText.Words(outcome.Given, "--report", "--json")]);

    private static string Rate(double rate) =>
        rate >= 10 ? Readable.Count((long)rate) : rate.ToString("0.0", CultureInfo.InvariantCulture);
}
