using System.Globalization;
using System.Text;

namespace MnistGpu.Program.Reports;

/// <summary>A line through points whose first coordinates rise.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Kind">The class of its colour in charts.css.</param>
/// <param name="Points">Its points.</param>
internal sealed record Line(string Name, string Kind, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Lines over axes with round numbers, as SVG.</summary>
internal sealed record LineChart(string Title, string Description, string XTitle, IReadOnlyList<Line> Lines)
{
    private const double Width = 420, Height = 260, Left = 60, Right = 16, Top = 16, Bottom = 46;

    // As many places as a screen shows beside each other; a million epochs would make no better line.
    private const int Places = 200;

    /// <summary>How the numbers of the upright axis are written; the second is their distance.</summary>
    public Func<double, double, string> YText { get; init; } = Ticks.Text;

    /// <summary>The least and the most that the upright axis may show.</summary>
    public (double Least, double Most) YLimits { get; init; } = (double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>
    /// Whether the upright axis begins at zero: for amounts, whose small changes would look large otherwise.
    /// </summary>
    public bool FromZero { get; init; }

    /// <summary>
    /// Whether the upright axis is logarithmic where the values span a decade: for what falls steeply at first.
    /// </summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether the first coordinates are counts, so that no number lies between two.</summary>
    public bool HasWholeX { get; init; } = true;

    /// <summary>A point to mark, and what to call it; null for none.</summary>
    public (double X, double Y, string Text)? Mark { get; init; }

    public Markup ToSvg()
    {
        var points = Lines.SelectMany(line => line.Points).Where(p => double.IsFinite(p.Y)).ToArray();
        if (points.Length == 0)
        {
            return Markup.Empty;
        }

        var (left, right) = (points.Min(p => p.X), points.Max(p => p.X));
        (left, right) = left == right ? (left - 1, right + 1) : (left, right);
        var (low, high) = (FromZero ? 0 : points.Min(p => p.Y), points.Max(p => p.Y));
        var room = low == high ? Math.Max(Math.Abs(low) * 0.1, 1e-3) : 0;
        (low, high, var up, var upStep) = Ticks.Widen(FromZero
            ? low : low - room, high + room, 5, YLimits.Least, YLimits.Most);
        var (least, most) = (points.Min(p => p.Y), points.Max(p => p.Y));
        var isLogarithmic = IsLogarithmic && least > 0 && most >= 10 * least;
        if (isLogarithmic)
        {
            (low, high, up) = Ticks.Logarithmic(least, most);
        }

        double X(double x) => Left + (Width - Left - Right) * (x - left) / (right - left);
        double Y(double y) => Height - Bottom - (Height - Top - Bottom)
            * (isLogarithmic ? Math.Log(y / low) / Math.Log(high / low) : (y - low) / (high - low));
        var (across, acrossStep) = Ticks.Linear(left, right, 6, HasWholeX ? 1 : 0);
        var label = $"{Title}. {Description}";
        var upNumbers = up.Select(y => Markup.From(
            $"<text x=\"{Left - 9}\" y=\"{Y(y) + 4.5:0.#}\">{YText(y, isLogarithmic ? y : upStep)}</text>"));
        var acrossNumbers = across.Where(x => x >= left && x <= right).Select(x => Markup.From(
            $"<text x=\"{X(x):0.#}\" y=\"{Height - Bottom + 19}\">{Ticks.Text(x, acrossStep)}</text>"));
        var middle = (Left + Width - Right) / 2;
        return Markup.From($"""
            <svg class="chart" viewBox="0 0 {Width} {Height}" role="img" aria-label="{label}"><title>{Title}</title>
            <g class="grid">{up.Select(y => Markup.From($"<path d=\"M{Left} {Y(y):0.#}H{Width - Right}\"/>"))}</g>
            <g class="tick" text-anchor="end">{upNumbers}</g>
            <path class="axis" d="M{Left} {Height - Bottom}H{Width - Right}"/>
            <g class="tick" text-anchor="middle">{acrossNumbers}</g>
            <text class="axis-title" text-anchor="middle" x="{middle}" y="{Height - 6}">{XTitle}</text>
            {Lines.Select(line => Draw(line, X, Y))}{Marked(X, Y)}</svg>

            """);
    }

    /// <summary>The names of the lines, each with its colour.</summary>
    public Markup Legend()
    {
        var names = Lines.Select(line => Markup.From($"<li class=\"{line.Kind}\">{line.Name}</li>"));
        return Markup.From($"<ul class=\"legend\">{names}</ul>\n");
    }

    private static Markup Draw(Line line, Func<double, double> X, Func<double, double> Y)
    {
        var shown = Thin(line.Points);
        if (shown.Length == 1)
        {
            var (x, y) = (X(shown[0].X), Y(shown[0].Y));
            return Markup.From($"<circle class=\"dot {line.Kind}\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.5\"/>\n");
        }

        var path = new StringBuilder();
        foreach (var (x, y) in shown)
        {
            path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : ' ')}{X(x):0.#} {Y(y):0.#}");
        }

        var circles = shown.Select(p => Markup.From($"<circle cx=\"{X(p.X):0.#}\" cy=\"{Y(p.Y):0.#}\" r=\"2.6\"/>"));
        var dots = shown.Length > 30 ? Markup.Empty : Markup.From($"<g class=\"dot {line.Kind}\">{circles}</g>");
        return Markup.From($"<path class=\"line {line.Kind}\" d=\"{path.ToString()}\"/>{dots}\n");
    }

    private Markup Marked(Func<double, double> X, Func<double, double> Y)
    {
        if (Mark is not { } mark)
        {
            return Markup.Empty;
        }

        var (x, y) = (X(mark.X), Y(mark.Y));
        // The label keeps clear of the lines, at the bottom for a point in the upper half and at the top for one in the
        // lower, and of the edges.
        var anchor = x > Width * 0.7 ? "end" : "start";
        var below = y < (Top + Height - Bottom) / 2;
        var rule = Markup.From($"<path class=\"rule\" d=\"M{x:0.#} {y:0.#}V{Height - Bottom}\"/>");
        var circle = Markup.From($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"5.5\"/>");
        var (across, down) = (anchor == "end" ? x - 8 : x + 8, below ? Height - Bottom - 12 : Top + 8);
        var text = Markup.From(
            $"<text text-anchor=\"{anchor}\" x=\"{across:0.#}\" y=\"{down:0.#}\">{mark.Text}</text>");
        return Markup.From($"""
            <g class="mark">{rule}{circle}{text}</g>

            """);
    }

    /// <summary>At each place the lowest and the highest of the points there, in their order.</summary>
    private static (double X, double Y)[] Thin(IReadOnlyList<(double X, double Y)> points)
    {
        var finite = points.Where(p => double.IsFinite(p.Y)).ToArray();
        if (finite.Length <= 2 * Places)
        {
            return finite;
        }

        var size = (finite.Length + Places - 1) / Places;
        return [.. finite.Chunk(size).SelectMany(place =>
            new[] { place.MinBy(p => p.Y), place.MaxBy(p => p.Y) }.Distinct().OrderBy(p => p.X))];
    }
}
