using System.Globalization;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Output;

/// <summary>What <c>compare</c> prints: a table for every size, and which device is the fastest.</summary>
internal static class ComparisonText
{
    private const string Legend = "A step is the median. Speed is relative to simd at this size.";

    private const string WideLegend = Legend + " Fusion: whether kernels compute several equations in one (on) or one "
        + "each (off). Products: the kernel that computes them, or auto. Diff.: the largest difference of a parameter "
        + "to the reference after all steps, relative to the largest parameter of its tensor. Accuracy: on these "
        + "images before the last step. Launches and MB: the kernels that a step launches, and the megabytes that they "
        + "have to move at least.";

    /// <summary>Prints it.</summary>
    /// <param name="outcome">What was measured.</param>
    /// <param name="isWide">Whether the table has all that was measured, in some 130 columns.</param>
    public static void Write(ComparisonOutcome outcome, bool isWide)
    {
        foreach (var choice in outcome.Choices)
        {
            Console.WriteLine(Readable.Row(choice.Name, choice.Description));
        }

        foreach (var group in outcome.Groups)
        {
            Console.WriteLine();
            Say($"{outcome.Shape}, {Readable.Count(group.Images, "image")}, "
                + $"{Readable.Count(outcome.Steps, "full-batch step")}, {outcome.Source}");
            foreach (var line in isWide ? Wide(group) : Narrow(group))
            {
                Console.WriteLine(line);
            }
        }

        Console.WriteLine();
        Say(isWide ? WideLegend : Legend + " --wide shows compilation, upload, kernels and differences too.");
        if (outcome.TooSlow is { Length: > 0 } slow)
        {
            Say($"Too slow for {Readable.Count(outcome.Images)} images, so at "
                + $"{Readable.Count(outcome.Groups[0].Images)} only: {string.Join(", ", slow)} (--seconds gives them "
                + "longer).");
        }

        var largest = outcome.Groups[^1];
        Say($"{largest.Rows.MaxBy(row => row.ImagesPerSecond)!.Label} is the fastest here, at "
            + $"{Readable.Count(largest.Images, "image")}.");
    }

    /// <summary>The main table, for 80 columns.</summary>
    internal static IEnumerable<string> Narrow(ComparisonGroup group)
    {
        var width = group.Rows.Max(row => row.Label.Length);
        return group.Rows.Select(row => Row(row.Label, $"{row.MillisecondsPerStep:0.000}",
                Readable.Count((long)row.ImagesPerSecond), Ratio(row), Readable.Percent(row.Accuracy)))
            .Prepend(Row("device", "ms a step", "images/s", "speed", "accuracy"));

        string Row(string device, string step, string speed, string ratio, string accuracy) =>
            TextRow.Format((device, -width), (step, 12), (speed, 12), (ratio, 9), (accuracy, 9));
    }

    private static IEnumerable<string> Wide(ComparisonGroup group) => group.Rows.Select(row => Columns(
            row.Device,
            row.Fused switch { true => "on", false => "off", null => "-" },
            row.Products?.Split(',')[0] ?? "-",
            $"{row.MillisecondsCompile:0} ms",
            $"{row.MillisecondsUpload:0.0} ms",
            $"{row.MillisecondsPerStep:0.000}",
            Readable.Count((long)row.ImagesPerSecond),
            $"{row.GigaflopsPerSecond:0.00}",
            Ratio(row),
            row.LargestDifference is { } difference ? $"{difference:0e+00}" : "-",
            Readable.Percent(row.Accuracy),
            row.LaunchesPerStep is { } launches ? $"{launches:0.#}" : "-",
            row.BytesPerStep is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1}") : "-"))
        .Prepend(Columns("device", "fusion", "products", "compile", "upload", "ms a step", "images/s", "GFLOP/s",
            "speed", "diff.", "accuracy", "launches", "MB"));

    private static string Columns(params string[] cells) => TextRow.Format(cells.Zip(
        (int[])[-10, -7, -10, 10, 9, 11, 11, 8, 8, 6, 9, 9, 9], (cell, width) => ((string?)cell, width)));

    private static string Ratio(ComparisonRow row) => row.RatioToSimd is { } ratio ? Readable.Ratio(ratio) : "-";

    private static void Say(string text) => Console.WriteLine("  " + Wrapping.Wrap(text, "  ", Wrapping.Width));
}
