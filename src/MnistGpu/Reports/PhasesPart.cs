using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>Where the time went.</summary>
internal static class PhasesPart
{
    public static Markup Render(Phases phases)
    {
        var total = Math.Max(1, phases.Total.Ticks);
        var note = $"{Readable.Duration(phases.Total)} in all, but for starting the program and writing this report.";
        return ReportPage.Section("time", "Where the time went", note, Markup.From($"""
            <table class="phases">
            <caption class="unseen">Time of each phase</caption>
            <thead class="unseen">{HtmlTable.Head("phase", "share", "time")}</thead>
            <tbody>
            {phases.All.Select(phase => Row(phase.Name, phase.Time, (double)phase.Time.Ticks / total))}</tbody>
            </table>
            """));
    }

    private static Markup Row(string name, TimeSpan time, double share)
    {
        var bar = Markup.From($"<span class=\"bar\" style=\"width:{100 * share:0.##}%\"></span>");
        var number = Markup.From($"<span class=\"unseen\">{100 * share:0.#} %</span>");
        return HtmlTable.Row(name, isBest: false,
        [
            Markup.From($"<td class=\"length\">{bar}{number}</td>"),
            Markup.From($"<td>{Readable.Duration(time)}</td>"),
        ]);
    }
}
