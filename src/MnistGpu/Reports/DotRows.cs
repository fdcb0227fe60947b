namespace MnistGpu.Program.Reports;

/// <summary>A row of dots.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Values">The numbers, shares from 0 to 1.</param>
/// <param name="Summary">Their mean and deviation, in words.</param>
internal sealed record DotRow(string Name, IReadOnlyList<double> Values, string Summary);

/// <summary>
/// Rows of dots over one axis of shares, each row with a line at its mean, as SVG as wide as there is room: positions
/// across are percentages.
/// </summary>
internal static class DotRows
{
    private const double RowHeight = 62, Bottom = 26, Middle = 38, Half = 13;

    // More dots than these lie on each other, so each is paler.
    private const int Many = 60;

    public static Markup ToSvg(string title, IReadOnlyList<DotRow> rows)
    {
        var all = rows.SelectMany(row => row.Values).ToArray();
        var room = Math.Max((all.Max() - all.Min()) * 0.03, 0.0005);
        var (low, high) = (Math.Max(0, all.Min() - room), Math.Min(1, all.Max() + room));
        double X(double share) => 2 + 96 * (share - low) / (high - low);
        var height = rows.Count * RowHeight + Bottom;
        var (ticks, step) = Ticks.Linear(100 * low, 100 * high, 5);
        var description = string.Join("; ", rows.Select(row => $"{row.Name} {row.Summary}"));
        var label = $"{title}: {description}";
        var marks = rows.Select((row, i) => Row(row, i * RowHeight, ticks, X));
        var numbers = ticks.Select(t => Markup.From(
            $"<text x=\"{X(t / 100):0.##}%\" y=\"{height - 8}\">{Ticks.Text(t, step)} %</text>"));
        return Markup.From($"""
            <svg class="chart" width="100%" height="{height}" role="img" aria-label="{label}"><title>{title}</title>
            {marks}<g class="tick" text-anchor="middle">{numbers}</g></svg>

            """);
    }

    private static Markup Row(DotRow row, double top, double[] ticks, Func<double, double> X)
    {
        var y = top + Middle;
        // Dots at one place make one: thousands of seeds stay a small file.
        var dots = row.Values.Select(X).Select(x => Math.Round(5 * x) / 5).Distinct();
        var mean = X(row.Values.Average());
        var grid = ticks.Select(tick => X(tick / 100)).Select(x => Markup.From(
            $"<line x1=\"{x:0.##}%\" x2=\"{x:0.##}%\" y1=\"{y - Half}\" y2=\"{y + Half}\"/>"));
        var many = row.Values.Count > Many ? " many" : "";
        var circles = dots.Select(x => Markup.From($"<circle cx=\"{x:0.##}%\" cy=\"{y}\" r=\"5\"/>"));
        return Markup.From($"""
            <text class="row-name" x="0" y="{top + 14}">{row.Name} <tspan class="quiet">{row.Summary}</tspan></text>
            <g class="grid">{grid}</g>
            <g class="seed{many}">{circles}</g>
            <line class="mean" x1="{mean:0.##}%" x2="{mean:0.##}%" y1="{y - Half}" y2="{y + Half}"/>

            """);
    }
}
