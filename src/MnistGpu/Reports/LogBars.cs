namespace MnistGpu.Program.Reports;

/// <summary>A bar.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Value">How long it is: above 0.</param>
/// <param name="Text">That number in words.</param>
/// <param name="Ratio">How it compares, in words; empty for nothing.</param>
/// <param name="IsBest">Whether it stands out.</param>
internal sealed record Bar(string Name, double Value, string Text, string Ratio, bool IsBest);

/// <summary>
/// Bars over a logarithmic axis, each under its name, number and ratio, as SVG as wide as there is room: positions
/// across are percentages.
/// </summary>
internal static class LogBars
{
    private const double RowHeight = 52, BarTop = 24, BarHeight = 14, Bottom = 46;

    public static Markup ToSvg(string title, string axisTitle, IReadOnlyList<Bar> bars)
    {
        var decades = Axis(bars);
        var height = bars.Count * RowHeight + Bottom;
        var floor = height - Bottom;
        var description = string.Join("; ",
            bars.Select(bar => $"{bar.Name} {bar.Text}{(bar.Ratio.Length == 0 ? "" : $", {bar.Ratio}")}"));
        var label = $"{title}: {description}";
        var drawn = bars.Select((bar, i) => Draw(bar, i * RowHeight, decades));
        var numbers = decades.Select((decade, i) =>
        {
            var anchor = i == 0 ? "start" : i == decades.Length - 1 ? "end" : "middle";
            var (x, y) = (Share(decade, decades), floor + 14);
            return Markup.From($"<text text-anchor=\"{anchor}\" x=\"{x:0.##}%\" y=\"{y}\">{Short(decade)}</text>");
        });
        return Markup.From($"""
            <svg class="chart" width="100%" height="{height}" role="img" aria-label="{label}"><title>{title}</title>
            {drawn}<g class="tick">{numbers}</g>
            <text class="axis-title" text-anchor="middle" x="50%" y="{height - 6}">{axisTitle}</text></svg>

            """);
    }

    /// <summary>
    /// The powers of ten of the axis. A bar at its beginning would have no length, so it begins well below the
    /// shortest.
    /// </summary>
    public static double[] Axis(IReadOnlyList<Bar> bars)
    {
        var decades = Ticks.Decades(bars.Min(bar => bar.Value), bars.Max(bar => bar.Value));
        return bars.Min(bar => bar.Value) < decades[0] * 2 ? [decades[0] / 10, .. decades] : decades;
    }

    /// <summary>How far along the axis a value lies, in percent.</summary>
    public static double Share(double value, double[] decades) =>
        100 * Math.Log10(value / decades[0]) / Math.Log10(decades[^1] / decades[0]);

    /// <summary>A power of ten with its unit's prefix.</summary>
    public static string Short(double value) => value switch
    {
        >= 1e9 => $"{value / 1e9:0} G",
        >= 1e6 => $"{value / 1e6:0} M",
        >= 1e3 => $"{value / 1e3:0} k",
        _ => value.ToString("0.######", System.Globalization.CultureInfo.InvariantCulture),
    };

    private static Markup Draw(Bar bar, double top, double[] decades)
    {
        var ratio = bar.Ratio.Length == 0 ? Markup.Empty
            : Markup.From($"<tspan class=\"quiet\"> · {bar.Ratio}</tspan>");
        var (y, width) = (top + BarTop, Share(bar.Value, decades));
        var best = bar.IsBest ? " best" : "";
        var grid = decades[1..^1].Select(d => Share(d, decades)).Select(x => Markup.From(
            $"<line x1=\"{x:0.##}%\" x2=\"{x:0.##}%\" y1=\"{y}\" y2=\"{y + BarHeight}\"/>"));
        return Markup.From($"""
            <text class="row-name" x="0" y="{top + 15}">{bar.Name}</text>
            <text class="row-value" text-anchor="end" x="100%" y="{top + 15}">{bar.Text}{ratio}</text>
            <rect class="track" x="0" y="{y}" width="100%" height="{BarHeight}" rx="4"/>
            <rect class="bar{best}" x="0" y="{y}" width="{width:0.##}%" height="{BarHeight}" rx="4"/>
            <g class="grid">{grid}</g>

            """);
    }
}
