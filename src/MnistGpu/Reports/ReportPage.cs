using System.Globalization;
using System.Text;
using MnistGpu.Program.Web;

namespace MnistGpu.Program.Reports;

/// <summary>A report as one file: nothing is loaded from elsewhere and no script runs.</summary>
internal static class ReportPage
{
    private static readonly string Style = string.Concat(new[] { "style.css", "charts.css",
        "report.css" }.Select(name => Encoding.UTF8.GetString(Pages.Read(name))));

    /// <summary>The whole page.</summary>
    /// <param name="kind">What kind of report it is, in a word or two.</param>
    /// <param name="result">The result, in one line.</param>
    /// <param name="lead">What was run, in one line.</param>
    /// <param name="when">When.</param>
    /// <param name="content">Its sections.</param>
    /// <param name="run">The name of the run; null for none.</param>
    public static string Render(string kind, string result, string lead, DateTimeOffset when, Markup content,
        string? run = null) =>
        Markup.From($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="mnistgpu {Versions.Program}" />
        {Run(run)}<title>{result} · {kind}</title>
        <link rel="icon" href="data:image/svg+xml;base64,{Convert.ToBase64String(Pages.Read("icon.svg"))}" />
        <style>
        {new Markup(Style)}</style>
        </head>
        <body>
        <div class="page report">
        <header>
        <p class="kind">{kind}</p>
        <h1>{result}</h1>
        <p class="lead">{lead}</p>
        </header>
        <main>
        {content}</main>
        <footer>Written by mnistgpu {Versions.Program} on {Time(when)}</footer>
        </div>
        </body>
        </html>

        """).ToString();

    private static Markup Run(string? run) =>
        run is null ? Markup.Empty : Markup.From($"<meta name=\"run\" content=\"{run}\" />\n");

    private static Markup Time(DateTimeOffset when)
    {
        var exact = when.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
        return Markup.From(
            $"<time datetime=\"{exact}\">{when.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)}</time>");
    }

    /// <summary>A section of the page with its heading.</summary>
    /// <param name="id">Unique on the page.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="note">What the reader should know first; empty for nothing.</param>
    /// <param name="content">What it shows.</param>
    public static Markup Section(string id, string title, string note, Markup content) => Markup.From($"""
        <section class="card" aria-labelledby="{id}">
        <h2 id="{id}">{title}</h2>
        {(note.Length == 0 ? Markup.Empty : Markup.From($"<p class=\"note\">{note}</p>\n"))}{content}
        </section>

        """);

    /// <summary>Names with their values.</summary>
    public static Markup Facts(string kind, IEnumerable<(string Name, string Value)> facts) => Markup.From($"""
        <dl class="{kind}">
        {facts.Select(fact => Markup.From($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>\n"))}</dl>

        """);
}
