using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>Where the time went.</summary>
internal static class PhasesPart
{
    public static Markup Of(Phases phases)
    {
        var total = Math.Max(1, phases.Total.Ticks);
        return ReportPage.Section("time", "Where the time went", $"{Readable.Duration(phases.Total)} in all, but for starting the program and writing this report.", Markup.Of($"""
            <table class="phases">
            <caption class="unseen">Time of each phase</caption>
            <thead class="unseen"><tr><th scope="col">phase</th><th scope="col">share</th><th scope="col">time</th></tr></thead>
            <tbody>
            {phases.All.Select(phase => Row(phase.Name, phase.Time, (double)phase.Time.Ticks / total))}</tbody>
            </table>
            """));
    }

    private static Markup Row(string name, TimeSpan time, double share) => Markup.Of($"""
        <tr><th scope="row">{name}</th><td class="length"><span class="bar" style="width:{100 * share:0.##}%"></span><span class="unseen">{100 * share:0.#} %</span></td><td>{Readable.Duration(time)}</td></tr>

        """);
}
