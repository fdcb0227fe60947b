namespace MnistGpu.Program.Reports.Charts;

/// <summary>A row of dots.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Values">The numbers, shares from 0 to 1.</param>
/// <param name="Summary">Their mean and deviation, in words.</param>
internal sealed record DotRow(string Name, IReadOnlyList<double> Values, string Summary);

/// <summary>Rows of dots over one axis of shares, each row with a line at its mean, as SVG.</summary>
internal static class DotRows
{
    private const double Width = 420, Left = 16, Right = 16, RowHeight = 62, Bottom = 30, DotSize = 4.5;

    public static Markup ToSvg(string title, IReadOnlyList<DotRow> rows)
    {
        var all = rows.SelectMany(row => row.Values).ToArray();
        var room = Math.Max((all.Max() - all.Min()) * 0.04, 0.0005);
        var (low, high) = (Math.Max(0, all.Min() - room), Math.Min(1, all.Max() + room));
        double X(double share) => Left + (Width - Left - Right) * (share - low) / (high - low);
        var height = rows.Count * RowHeight + Bottom;
        var (ticks, step) = Ticks.Linear(100 * low, 100 * high, 6);
        var description = string.Join("; ", rows.Select(row => $"{row.Name} {row.Summary}"));
        return Markup.Of($"""
            <svg class="chart wide" viewBox="0 0 {Width} {height}" role="img" aria-label="{title}: {description}"><title>{title}</title>
            <g class="grid">{ticks.Select(t => Markup.Of($"<path d=\"M{X(t / 100):0.#} 4V{height - Bottom}\"/>"))}</g>
            <g class="tick" text-anchor="middle">{ticks.Select(t => Markup.Of($"<text x=\"{X(t / 100):0.#}\" y=\"{height - Bottom + 19}\">{Ticks.Text(t, step)} %</text>"))}</g>
            {rows.Select((row, i) => Row(row, i * RowHeight, X))}</svg>

            """);
    }

    private static Markup Row(DotRow row, double top, Func<double, double> X)
    {
        var y = top + 42;
        // Dots at one place make one: thousands of seeds stay a small file.
        var dots = row.Values.Select(X).Select(x => Math.Round(2 * x) / 2).Distinct();
        return Markup.Of($"""
            <text class="row-name" x="{Left}" y="{top + 18}">{row.Name} <tspan class="quiet">{row.Summary}</tspan></text>
            <g class="seed">{dots.Select(x => Markup.Of($"<circle cx=\"{x:0.#}\" cy=\"{y}\" r=\"{DotSize}\"/>"))}</g>
            <path class="mean" d="M{X(row.Values.Average()):0.#} {y - 12}v24"/>

            """);
    }
}
