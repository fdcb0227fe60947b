namespace MnistGpu.Program.Reports.Charts;

/// <summary>A bar.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Value">How long it is: above 0.</param>
/// <param name="Text">That number in words.</param>
/// <param name="Ratio">How it compares, in words; empty for nothing.</param>
/// <param name="IsBest">Whether it stands out.</param>
internal sealed record Bar(string Name, double Value, string Text, string Ratio, bool IsBest);

/// <summary>Bars over a logarithmic axis, each under its name, number and ratio, as SVG.</summary>
internal static class LogBars
{
    private const double Width = 420, Left = 10, Right = 10, RowHeight = 50, BarHeight = 14, Bottom = 44;

    public static Markup ToSvg(string title, string axisTitle, IReadOnlyList<Bar> bars)
    {
        var decades = Ticks.Decades(bars.Min(bar => bar.Value), bars.Max(bar => bar.Value));
        // A bar at the axis' beginning would have no length.
        decades = bars.Min(bar => bar.Value) < decades[0] * 1.5 ? [decades[0] / 10, .. decades] : decades;
        double X(double value) => Left + (Width - Left - Right) * (Math.Log10(value) - Math.Log10(decades[0])) / (Math.Log10(decades[^1]) - Math.Log10(decades[0]));
        var height = bars.Count * RowHeight + Bottom;
        var description = string.Join("; ", bars.Select(bar => $"{bar.Name} {bar.Text}{(bar.Ratio.Length == 0 ? "" : $", {bar.Ratio}")}"));
        return Markup.Of($"""
            <svg class="chart wide" viewBox="0 0 {Width} {height}" role="img" aria-label="{title}: {description}"><title>{title}</title>
            <g class="grid">{decades.Select(d => Markup.Of($"<path d=\"M{X(d):0.#} 0V{height - Bottom}\"/>"))}</g>
            <g class="tick">{decades.Select((d, i) => Markup.Of($"<text text-anchor=\"{(i == 0 ? "start" : i == decades.Length - 1 ? "end" : "middle")}\" x=\"{X(d):0.#}\" y=\"{height - Bottom + 17}\">{Short(d)}</text>"))}</g>
            <text class="axis-title" text-anchor="middle" x="{Width / 2}" y="{height - 6}">{axisTitle}</text>
            {bars.Select((bar, i) => Draw(bar, i * RowHeight, X))}</svg>

            """);
    }

    /// <summary>A power of ten as people say it.</summary>
    public static string Short(double value) => value switch
    {
        >= 1e9 => $"{value / 1e9:0.##} bn",
        >= 1e6 => $"{value / 1e6:0.##} m",
        >= 1e3 => $"{value / 1e3:0.##} k",
        _ => value.ToString("0.######", System.Globalization.CultureInfo.InvariantCulture),
    };

    private static Markup Draw(Bar bar, double top, Func<double, double> X) => Markup.Of($"""
        <text class="row-name" x="{Left}" y="{top + 19}">{bar.Name}</text>
        <text class="row-value" text-anchor="end" x="{Width - Right}" y="{top + 19}">{bar.Text}{(bar.Ratio.Length == 0 ? Markup.Empty : Markup.Of($" <tspan class=\"quiet\">{bar.Ratio}</tspan>"))}</text>
        <rect class="bar{(bar.IsBest ? " best" : "")}" x="{Left}" y="{top + 26}" width="{X(bar.Value) - Left:0.##}" height="{BarHeight}" rx="4"/>

        """);
}
