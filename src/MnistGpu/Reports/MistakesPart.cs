using MnistGpu.Data;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Reports;

/// <summary>The images that the network was surest of and wrong about.</summary>
internal static class MistakesPart
{
    private const int Most = 24;

    /// <summary>The mistaken images, the surest first; of equally sure ones the first.</summary>
    public static int[] Surest(Evaluation evaluation, DigitSet set, int count) => [.. Enumerable.Range(0, set.Count)
        .Where(j => evaluation.Predicted[j] != set.Labels.Span[j]).OrderByDescending(j => evaluation.Confidence[j])
            .ThenBy(j => j).Take(count)];

    public static Markup Render(Evaluation evaluation, DigitSet set, string name)
    {
        var chosen = Surest(evaluation, set, Most);
        var mistakes = Enumerable.Range(0, set.Count).Count(j => evaluation.Predicted[j] != set.Labels.Span[j]);
        if (chosen.Length == 0)
        {
            return ReportPage.Section("mistakes", "Most confidently wrong",
                $"None: every image of the {Lower(name)} is read right.", Markup.Empty);
        }

        var note = chosen.Length < mistakes
            ? $"The {chosen.Length} of {Readable.Count(mistakes)} mistakes on the {Lower(name)} that the network was "
                + "surest of:" : $"All mistakes on the {Lower(name)}, the surest first:";
        note += " what it read and how sure it was, and what it is.";
        return ReportPage.Section("mistakes", "Most confidently wrong", note, Markup.From($"""
            <ul class="pictures mistakes">
            {chosen.Select(j => Picture(evaluation, set, j))}</ul>
            """));
    }

    private static Markup Picture(Evaluation evaluation, DigitSet set, int j)
    {
        var (label, called) = (set.ClassOf(j), set.Shape.ClassNames[evaluation.Predicted[j]]);
        var alt = set.Shape.IsDigits ? $"A handwritten {label}, image {j}" : $"{label}, image {j}";
        var source = Png.Of(set.Image(j), set.Shape);
        var image = Markup.From($"<img src=\"{source}\" {WeightsPart.Size(set.Shape)} alt=\"{alt}\"/>");
        var answer = Markup.From($"<span><b>{called}</b> {Sure(evaluation.Confidence[j])}</span>");
        return Markup.From($"<li>{image}{answer}<small>is {label}</small></li>\n");
    }

    // 100 % would claim more than a float can say. A number and its sign stay on one line.
    private static string Sure(float confidence) =>
        (confidence > 0.9999f ? "> 99.99 %" : Readable.Percent(confidence)).Replace(' ', '\u00A0');

    private static string Lower(string name) => name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];
}
