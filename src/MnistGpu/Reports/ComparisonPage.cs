using System.Globalization;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>The report of <c>compare</c>.</summary>
internal static class ComparisonPage
{
    public static string Of(ComparisonOutcome outcome, DateTimeOffset when)
    {
        var largest = outcome.Groups[^1];
        var fastest = largest.Rows.MaxBy(row => row.ImagesPerSecond)!;
        return ReportPage.Of("Comparison report", $"{fastest.Label} is the fastest here: {Readable.Count((long)fastest.ImagesPerSecond)} images/s",
            $"{outcome.Shape}, {outcome.Steps} full-batch steps, {Readable.Count(largest.Images)} images", when, Markup.Join(
        [
            .. outcome.Groups.Select((group, i) => Group(outcome, group, i)),
            RunPart.Of(Command(outcome), [("data", outcome.Source), ("seed", $"{outcome.Seed}"), .. outcome.Choices.Select(choice => (choice.Name, choice.Description))], [], null),
        ]));
    }

    private static Markup Group(ComparisonOutcome outcome, ComparisonGroup group, int i)
    {
        var rows = group.Rows.OrderByDescending(row => row.ImagesPerSecond).ToArray();
        var bars = rows.Select((row, place) => new Bar(row.Label, row.ImagesPerSecond, $"{Rate(row.ImagesPerSecond)} images/s", row.RatioToSimd is { } ratio ? $"{Ratio(ratio)} simd" : "", place == 0)).ToArray();
        var slow = group == outcome.Groups[^1] ? outcome.TooSlow : [];
        var note = $"{outcome.Shape}, the same start and {outcome.Steps} steps on each; the median step. A bar ten times as fast is one decade longer."
            + (slow.Length == 0 ? "" : $" Too slow for {Readable.Count(outcome.Images)} images: {string.Join(", ", slow)}.");
        return ReportPage.Section($"speed-{i}", $"{Readable.Count(group.Images)} images", note, Markup.Of($"""
            {LogBars.ToSvg($"Images per second, {Readable.Count(group.Images)} images", "images per second, logarithmic", bars)}<div class="scroll" tabindex="0" role="region" aria-label="Figures for {Readable.Count(group.Images)} images"><table class="numbers">
            <caption class="unseen">Figures for {Readable.Count(group.Images)} images</caption>
            <thead><tr><th scope="col">device</th><th scope="col">compile</th><th scope="col">upload</th><th scope="col">a step</th><th scope="col">images/s</th><th scope="col">GFLOP/s</th><th scope="col">ratio</th><th scope="col">difference</th><th scope="col">accuracy</th></tr></thead>
            <tbody>
            {rows.Select(row => Markup.Of($"<tr><th scope=\"row\">{row.Label}</th><td>{row.MillisecondsCompile:0} ms</td><td>{row.MillisecondsUpload:0.0} ms</td><td>{row.MillisecondsPerStep:0.000} ms</td><td>{Readable.Count((long)row.ImagesPerSecond)}</td><td>{row.GigaflopsPerSecond:0.00}</td><td>{(row.RatioToSimd is { } r ? Ratio(r).Replace(" of", "", StringComparison.Ordinal) : "-")}</td><td>{(row.LargestDifference is { } d ? d.ToString("0e+00", CultureInfo.InvariantCulture) : "-")}</td><td>{Readable.Percent(row.Accuracy)}</td></tr>\n"))}</tbody>
            </table></div>
            <p class="note after">Ratio: speed relative to simd. Difference: the largest of a parameter to the reference after all steps, relative to the largest parameter of its tensor. Accuracy: on these images before the last step.</p>
            """));
    }

    private static string Command(ComparisonOutcome outcome) => CommandText.Of(["mnistgpu", "compare", .. CommandText.Words(outcome.Given, "--report", "--json")]);

    /// <summary>Three figures that say something, whatever the size.</summary>
    private static string Ratio(double ratio) => ratio switch
    {
        >= 100 => $"{ratio.ToString("N0", CultureInfo.InvariantCulture)}×",
        >= 0.01 => $"{ratio.ToString("0.00", CultureInfo.InvariantCulture)}×",
        _ => $"1/{(1 / ratio).ToString("N0", CultureInfo.InvariantCulture)} of",
    };

    private static string Rate(double rate) => rate >= 10 ? Readable.Count((long)rate) : rate.ToString("0.0", CultureInfo.InvariantCulture);
}
