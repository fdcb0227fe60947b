namespace MnistGpu.Program.Reports;

/// <summary>Rows of tables of numbers.</summary>
internal static class HtmlTable
{
    /// <summary>The row of headings; null for a column that is left out.</summary>
    public static Markup Head(params IEnumerable<string?> names) =>
        Head(names.OfType<string>().Select(name => Markup.From($"{name}")));

    /// <summary>The row of headings.</summary>
    public static Markup Head(IEnumerable<Markup> names) =>
        Markup.From($"<tr>{names.Select(name => Markup.From($"<th scope=\"col\">{name}</th>"))}</tr>");

    /// <summary>A row under its heading; null for a column that is left out.</summary>
    public static Markup Row(string name, bool isBest, params IEnumerable<string?> cells) =>
        Row(name, isBest, cells.OfType<string>().Select(cell => Markup.From($"<td>{cell}</td>")));

    /// <summary>A row under its heading.</summary>
    public static Markup Row(string name, bool isBest, IEnumerable<Markup> cells) =>
        Markup.From($"<tr{Class("best", isBest)}><th scope=\"row\">{name}</th>{cells}</tr>\n");

    /// <summary>The beginning of an element that scrolls where a table is wider than the page.</summary>
    public static Markup Scroll(string name) =>
        Markup.From($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">");

    /// <summary>An attribute that gives an element a class; nothing where it has none.</summary>
    public static Markup Class(string name, bool isGiven) => isGiven ? Markup.From($" class=\"{name}\"") : Markup.Empty;
}
