using System.Globalization;

namespace MnistGpu.Data.Synthetic;

/// <summary>One way of writing a digit: strokes between two extremes.</summary>
internal sealed class Glyph
{
    /// <summary>Reads both extremes; they must have the same strokes, points and corners.</summary>
    /// <param name="weight">How often this way is used, relative to the digit's others.</param>
    /// <param name="from">The strokes at one end.</param>
    /// <param name="to">The strokes at the other.</param>
    public Glyph(double weight, string from, string to)
    {
        Weight = weight;
        From = Parse(from);
        To = Parse(to);
        if (From.Length != To.Length)
        {
            throw new ArgumentException($"'{from}' and '{to}' differ in points.", nameof(to));
        }

        for (var i = 0; i < From.Length; i++)
        {
            // A corner at either end is one of the way.
            From[i].Corner |= To[i].Corner;
            if (From[i].Lift != To[i].Lift)
            {
                throw new ArgumentException($"'{from}' and '{to}' differ in strokes.", nameof(to));
            }
        }
    }

    /// <summary>How often this way is used, relative to the digit's others.</summary>
    public double Weight { get; }

    /// <summary>The points at one end, in a unit square around (0, 0).</summary>
    public PenPoint[] From { get; }

    /// <summary>The points at the other end.</summary>
    public PenPoint[] To { get; }

    private static PenPoint[] Parse(string strokes)
    {
        var points = new List<PenPoint>();
        foreach (var stroke in strokes.Split('|'))
        {
            foreach (var text in stroke.Split(','))
            {
                var corner = text.Contains('!', StringComparison.Ordinal);
                var xy = text.Replace("!", "", StringComparison.Ordinal).Trim().Split(' ');
                points.Add(new PenPoint
                {
                    X = (int.Parse(xy[0], CultureInfo.InvariantCulture) - 50) / 100.0,
                    Y = (int.Parse(xy[1], CultureInfo.InvariantCulture) - 50) / 100.0,
                    Corner = corner,
                });
            }

            points[^1] = points[^1] with { Lift = true };
        }

        return [.. points];
    }
}

/// <summary>A point that the pen passes.</summary>
internal record struct PenPoint
{
    /// <summary>To the right.</summary>
    public double X;

    /// <summary>Downwards.</summary>
    public double Y;

    /// <summary>Whether the pen turns sharply here.</summary>
    public bool Corner;

    /// <summary>Whether the stroke ends here.</summary>
    public bool Lift;
}
