using MnistGpu.Data;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>Which classes are taken for which, and how well each is read.</summary>
internal static class ConfusionPart
{
    // So that the text keeps its contrast on the strongest shade.
    private const double Strongest = 0.42;

    /// <param name="confusion">How many images of class [row] were called [column].</param>
    /// <param name="shape">The classes.</param>
    /// <param name="set">What set of images it is.</param>
    public static Markup Render(int[,] confusion, DataShape shape, string set)
    {
        var matrix = Table(confusion, shape, shade => Markup.From($"style=\"--shade:{shade:0.###}\""));
        var table = Markup.From($"""
            <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">{matrix}</div>

            """);
        return Markup.Join(
        [
            ReportPage.Section("confusion", "What is taken for what", Note(confusion, shape, set), table),
            Scores(DigitScore.Create(confusion), shape, set),
        ]);
    }

    /// <summary>What the matrix comes to, in words.</summary>
    public static string Note(int[,] confusion, DataShape shape, string set)
    {
        var scores = DigitScore.Create(confusion);
        var right = scores.Sum(score => (long)score.Hits);
        var all = scores.Sum(score => (long)score.Images);
        return $"{set}: {Readable.Count(right)} of {Readable.Count(all)} read right, {Readable.Count(all - right)} "
            + $"mistaken. {MostOften(confusion, shape)}A row for each {Word(shape)}, a column for each answer: "
            + $"counts, and shares of the row.{Scale(confusion, scores)}";
    }

    /// <summary>The matrix.</summary>
    /// <param name="confusion">How many images of class [row] were called [column].</param>
    /// <param name="shape">The classes.</param>
    /// <param name="shade">The attribute that gives a cell its shade, 0 to 1; a page whose policy forbids styles in its
    /// text sets them from an attribute of another name.</param>
    public static Markup Table(int[,] confusion, DataShape shape, Func<double, Markup> shade)
    {
        var scores = DigitScore.Create(confusion);
        var worst = Math.Max(double.Epsilon, Worst(confusion, scores));
        var digits = Enumerable.Range(0, shape.Classes);
        Markup RowOf(int digit) => HtmlTable.Row(shape.ClassNames[digit], isBest: false, digits.Select(called =>
            Cell(confusion, scores, digit, called, worst, shade)));
        return Markup.From($"""
            <table class="confusion">
            <caption class="unseen">Confusion matrix: a row for each {Word(shape)}, a column for each answer</caption>
            <thead>{HtmlTable.Head(shape.ClassNames.Prepend(Word(shape)))}</thead>
            <tbody>
            {digits.Select(RowOf)}</tbody>
            </table>
            """);
    }

    private static Markup Cell(int[,] confusion, DigitScore[] scores, int digit, int called, double worst,
        Func<double, Markup> shaded)
    {
        var count = confusion[digit, called];
        if (count == 0)
        {
            return Markup.From($"<td class=\"none\">·</td>");
        }

        var rate = Rate(confusion, scores, digit, called);
        var hit = digit == called;
        // Square roots let rare mistakes be seen beside frequent ones.
        var shade = Strongest * (hit ? rate : Math.Sqrt(rate / worst));
        var kind = hit ? "hit" : "miss";
        return Markup.From(
            $"<td class=\"{kind}\" {shaded(shade)}>{Readable.Count(count)}<small>{Percent(rate)}</small></td>");
    }

    private static Markup Scores(DigitScore[] scores, DataShape shape, string set)
    {
        const string Note =
            "Precision: of the images called so, the share that are. Recall: of the images that are so, "
            + "the share that are called so. The weakest of each is marked.";
        var weakest = (scores.Min(s => s.Precision), scores.Min(s => s.Recall), scores.Min(s => s.F1));
        var rows = scores.Select((score, digit) => Row(score, shape.ClassNames[digit], weakest));
        var names = (string[])[Word(shape), "images", "precision", "recall"];
        Markup[] headings = [.. names.Select(name => Markup.From($"{name}")), Markup.From($"F<sub>1</sub>")];
        return ReportPage.Section("digits", shape.IsDigits ? "Digit by digit" : "Class by class", Note, Markup.From($"""
            {HtmlTable.Scroll("Precision and recall")}<table class="numbers scores">
            <caption class="unseen">Precision and recall of each {Word(shape)}, {set}</caption>
            <thead>{HtmlTable.Head(headings)}</thead>
            <tbody>
            {rows}</tbody>
            </table></div>

            """));
    }

    private static Markup Row(DigitScore score, string name, (double Precision, double Recall, double F1) weakest) =>
        HtmlTable.Row(name, isBest: false,
        [
            Markup.From($"<td>{Readable.Count(score.Images)}</td>"),
            Share(score.Precision, weakest.Precision),
            Share(score.Recall, weakest.Recall),
            Share(score.F1, weakest.F1),
        ]);

    private static Markup Share(double share, double weakest) =>
        Markup.From($"<td{HtmlTable.Class("weakest", share == weakest)}>{Readable.Percent(share)}</td>");

    /// <summary>The largest share of a row that is mistaken for one digit.</summary>
    private static double Worst(int[,] confusion, DigitScore[] scores) => Pairs(scores.Length)
        .Select(p => Rate(confusion, scores, p.Digit, p.Called)).DefaultIfEmpty().Max();

    private static string Scale(int[,] confusion, DigitScore[] scores) =>
        Worst(confusion, scores) is var worst && worst > 0
            ? $" Orange is relative: the strongest is the most frequent mistake here, {Percent(worst)} of its row."
            : "";

    private static string MostOften(int[,] confusion, DataShape shape)
    {
        var (digit, called) = Pairs(shape.Classes).MaxBy(p => confusion[p.Digit, p.Called]);
        var count = digit == called ? 0 : confusion[digit, called];
        var (one, other) = (shape.ClassNames[digit], shape.ClassNames[called]);
        return count == 0 ? "" : (shape.IsDigits ? $"Most often a {one} is taken for a {other}: "
            : $"Most often {one} is taken for {other}: ") + $"{Readable.Count(count)} "
            + $"{(count == 1 ? "time" : "times")}. ";
    }

    private static string Word(DataShape shape) => shape.IsDigits ? "digit" : "class";

    /// <summary>All pairs of two classes.</summary>
    private static IEnumerable<(int Digit, int Called)> Pairs(int classes) => Enumerable.Range(0, classes * classes)
        .Select(i => (Digit: i / classes, Called: i % classes)).Where(pair => pair.Digit != pair.Called);

    private static double Rate(int[,] confusion, DigitScore[] scores, int digit, int called) =>
        scores[digit].Images == 0 ? 0 : (double)confusion[digit, called] / scores[digit].Images;

    private static string Percent(double rate) =>
        rate.ToString(rate is >= 0.995 and < 1
        ? "0.0 %" : rate >= 0.1 ? "0 %" : "0.0 %", System.Globalization.CultureInfo.InvariantCulture);
}
