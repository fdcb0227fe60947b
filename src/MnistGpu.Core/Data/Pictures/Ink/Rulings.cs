namespace MnistGpu.Data.Pictures.Ink;

/// <summary>Clears the lines of ruled and squared paper, and a margin's line.</summary>
internal static class Rulings
{
    /// <summary>Smaller pictures have no room for lines beside a digit.</summary>
    private const int LeastSide = 64;

    /// <summary>A line runs through this share of the picture.</summary>
    private const double LeastShare = 0.7;

    /// <summary>The same where others run beside it.</summary>
    private const double LeastShareAmongMany = 0.5;

    /// <summary>How far a line may sink or rise over the picture, as a share of its width.</summary>
    private const double MostSlope = 0.08;

    /// <summary>How far from the straight line, in pixels, a bent one is followed.</summary>
    private const int Play = 2;

    /// <summary>The ink without the lines, or the ink itself where there are none.</summary>
    public static GrayPicture Cleared(GrayPicture ink)
    {
        if (Math.Min(ink.Width, ink.Height) < LeastSide)
        {
            return ink;
        }

        var level = ClearedAlong(ink, ruled: false);
        return ClearedAlong(level.Transposed(), ruled: level != ink).Transposed();
    }

    /// <summary>The same for lines that go from left to right.</summary>
    private static GrayPicture ClearedAlong(GrayPicture ink, bool ruled)
    {
        var lines = Lines(ink);
        if (lines.Count == 0)
        {
            return ink;
        }

        var cleared = ink.Copy();
        var thickest = 0;
        var most = Math.Max(4, ink.Height / 40);
        foreach (var (start, slope) in lines)
        {
            var spans = Follow(ink, start, slope);
            var thick = spans.Where(span => span.Length > 0).Select(span => span.Length).Order().ToArray();
            var usual = thick.Length == 0 ? 0 : thick[thick.Length / 2];
            if (usual > most)
            {
                continue; // No line of a printer is as thick.
            }

            thickest = Math.Max(thickest, usual);
            for (var x = 0; x < ink.Width; x++)
            {
                // Where it is thicker, a stroke crosses it.
                if (spans[x].Length <= usual + Math.Max(2, usual / 2))
                {
                    for (var y = spans[x].Top; y < spans[x].Top + spans[x].Length; y++)
                    {
                        cleared.Pixels[y * ink.Width + x] = 0;
                    }
                }
            }
        }

        ClearRests(cleared, lines, thickest);
        // One line alone may be a stroke of a digit that fills the picture: then others end where it does.
        var alone = lines.Count == 1 && !ruled;
        var parts = InkParts.Find(cleared);
        var rest = parts.Count == 0 ? null : parts.MaxBy(part => part.Size);
        return alone && (rest is null || Math.Max(rest.Width, rest.Height) < 0.08 * ink.Side
            || rest.Left < 0.03 * ink.Width || rest.Right > 0.97 * ink.Width) ? ink : cleared;
    }

    /// <summary>Clears what lies along a line and is not much thicker: pieces that were not followed.</summary>
    private static void ClearRests(GrayPicture ink, List<(double Start, double Slope)> lines, int thickest)
    {
        foreach (var part in InkParts.Find(ink)
            .Where(part => part.Height <= 3 * thickest + 2 * Play + 0.08 * part.Width))
        {
            var near = 0;
            for (var y = part.Top; y < part.Bottom; y++)
            {
                for (var x = part.Left; x < part.Right; x++)
                {
                    near += part.Holds(x, y) && lines.Exists(line =>
                        Math.Abs(line.Start + line.Slope * x - y) <= thickest + Play) ? 1 : 0;
                }
            }

            for (var y = part.Top; y < part.Bottom && near >= 0.8 * part.Size; y++)
            {
                for (var x = part.Left; x < part.Right; x++)
                {
                    if (part.Holds(x, y))
                    {
                        ink.Pixels[y * ink.Width + x] = 0;
                    }
                }
            }
        }
    }

    /// <summary>The line's ink in each column; a line that bends slowly is followed.</summary>
    private static (int Top, int Length)[] Follow(GrayPicture ink, double start, double slope)
    {
        var spans = new (int Top, int Length)[ink.Width];
        double drift = 0;
        for (var x = 0; x < ink.Width; x++)
        {
            var expected = start + slope * x + drift;
            spans[x] = Span(ink, x, (int)Math.Round(expected));
            if (spans[x].Length is > 0 and <= 2 * Play + 2)
            {
                drift += 0.1 * (spans[x].Top + (spans[x].Length - 1) / 2.0 - expected);
                drift = Math.Clamp(drift, -Play - 1, Play + 1);
            }
        }

        return spans;
    }

    /// <summary>The parallel lines that run through the picture: where each starts, and its slope.</summary>
    private static List<(double Start, double Slope)> Lines(GrayPicture ink)
    {
        int width = ink.Width, height = ink.Height, sink = (int)(MostSlope * width);
        var rows = Enumerable.Range(0, width).Select(x => Rows(ink, x)).ToArray();
        var (best, most) = (0, 0.0);
        for (var drop = -sink; drop <= sink; drop++)
        {
            double sharpness = 0;
            foreach (var count in Counts(rows, height, drop, 0))
            {
                // Lines seen along their slope are few and full; seen askew they are many and half full.
                var over = Math.Max(0, count - 0.5 * width);
                sharpness += over * over;
            }

            if (sharpness > most)
            {
                (best, most) = (drop, sharpness);
            }
        }

        var lines = new List<(double Start, double Slope)>();
        if (most == 0)
        {
            return lines;
        }

        // A line that leaves the picture at the top or bottom counts where it is inside.
        var counts = Counts(rows, height, best, sink);
        // A line may be bent by a pixel, and lie between two rows.
        var near = Counts([.. rows.Select(Neighbours)], height, best, sink);
        var slope = (double)best / width;
        Collect(LeastShare);
        if (lines.Count >= 3)
        {
            // Among so many, a faint one is a line too.
            lines.Clear();
            Collect(LeastShareAmongMany);
        }

        return lines.Exists(line => Inside(line.Start, slope, width, height) == width) ? lines : [];

        void Collect(double share)
        {
            for (var i = 0; i < counts.Length; i++)
            {
                var fullest = i;
                var from = i;
                for (; i < counts.Length && Found(i, share); i++)
                {
                    fullest = counts[i] > counts[fullest] ? i : fullest;
                }

                if (i > from)
                {
                    lines.Add((fullest - sink, slope));
                }
            }
        }

        bool Found(int i, double share)
        {
            var inside = Inside(i - sink, slope, width, height);
            return inside >= 0.3 * width && near[i] >= share * inside && counts[i] >= 0.5 * share * inside;
        }
    }

    /// <summary>The rows of a column's ink.</summary>
    private static List<int> Rows(GrayPicture ink, int x)
    {
        var rows = new List<int>();
        for (var y = 0; y < ink.Height; y++)
        {
            if (ink.Pixels[y * ink.Width + x] > 0)
            {
                rows.Add(y);
            }
        }

        return rows;
    }

    /// <summary>The rows, and those above and below them.</summary>
    private static List<int> Neighbours(List<int> rows)
    {
        var near = new List<int>();
        foreach (var row in rows)
        {
            for (var y = row - 1; y <= row + 1; y++)
            {
                if (near.Count == 0 || near[^1] < y)
                {
                    near.Add(y);
                }
            }
        }

        return near;
    }

    /// <summary>How many pixels of ink lie on each line of a slope; the first starts above the picture.</summary>
    private static int[] Counts(List<int>[] rows, int height, int drop, int above)
    {
        var counts = new int[height + 2 * above];
        for (var x = 0; x < rows.Length; x++)
        {
            var down = drop * x / rows.Length - above;
            foreach (var y in rows[x])
            {
                if ((uint)(y - down) < (uint)counts.Length)
                {
                    counts[y - down]++;
                }
            }
        }

        return counts;
    }

    /// <summary>In how many columns a line is inside the picture.</summary>
    private static int Inside(double start, double slope, int width, int height)
    {
        var inside = 0;
        for (var x = 0; x < width; x++)
        {
            inside += start + slope * x >= 0 && start + slope * x <= height - 1 ? 1 : 0;
        }

        return inside;
    }

    /// <summary>The ink through or next to a pixel of a column; empty where there is none.</summary>
    private static (int Top, int Length) Span(GrayPicture ink, int x, int y)
    {
        for (var off = 0; off <= Play; off++)
        {
            foreach (var at in (ReadOnlySpan<int>)[y - off, y + off])
            {
                if (at < 0 || at >= ink.Height || ink.Pixels[at * ink.Width + x] == 0)
                {
                    continue;
                }

                int top = at, bottom = at + 1;
                while (top > 0 && ink.Pixels[(top - 1) * ink.Width + x] > 0)
                {
                    top--;
                }

                while (bottom < ink.Height && ink.Pixels[bottom * ink.Width + x] > 0)
                {
                    bottom++;
                }

                return (top, bottom - top);
            }
        }

        return (0, 0);
    }
}
