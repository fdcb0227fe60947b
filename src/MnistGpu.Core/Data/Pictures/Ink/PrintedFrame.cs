namespace MnistGpu.Data.Pictures.Ink;

/// <summary>Finds a box around a digit, as forms and plots have one, and keeps what is in it.</summary>
internal static class PrintedFrame
{
    /// <summary>Smaller pictures have no room for a box beside a digit.</summary>
    private const int LeastSide = 64;

    /// <summary>So much of each side of the box is ink.</summary>
    private const double LeastShare = 0.9;

    /// <summary>How far a side may be from straight, and how thick it may be, as shares of the box.</summary>
    private const double Band = 0.06;

    /// <summary>A panel takes at least this share of the picture's shorter side.</summary>
    private const double LeastPanel = 0.4;

    /// <summary>A digit in a box has at least this share of the box's longer side.</summary>
    private const double LeastDigit = 0.25;

    /// <summary>The ink in the box; the ink itself where there is no box.</summary>
    public static GrayPicture Cleared(GrayPicture ink)
    {
        if (Math.Min(ink.Width, ink.Height) < LeastSide)
        {
            return ink;
        }

        foreach (var part in InkParts.Find(ink).OrderByDescending(part => part.Width * part.Height).Take(3))
        {
            if (Inside(ink, part) is { } inside && InkParts.Find(inside) is { Count: > 0 } rest
                && rest.Max(r => Math.Max(r.Width, r.Height)) >= LeastDigit * Math.Max(part.Width, part.Height))
            {
                return inside;
            }
        }

        return ink;
    }

    /// <summary>A filled rectangle that may have a digit in it; null where there is none.</summary>
    public static Box? Panel(GrayPicture ink)
    {
        if (Math.Min(ink.Width, ink.Height) < LeastSide || InkParts.Find(ink) is not { Count: > 0 } parts)
        {
            return null;
        }

        var part = parts.MaxBy(part => part.Size)!;
        var sides = Sides(part);
        return Math.Min(part.Width, part.Height) >= LeastPanel * Math.Min(ink.Width, ink.Height)
            && Array.TrueForAll(sides, side => side is not null && side.Thickness >= side.Depth)
            ? new Box(part.Left + 2, part.Top + 2, part.Right - 2, part.Bottom - 2) : null;
    }

    /// <summary>What a part's four sides enclose; null where they are not four lines.</summary>
    private static GrayPicture? Inside(GrayPicture ink, InkPart part)
    {
        var sides = Sides(part);
        if (!Array.TrueForAll(sides, side => side is not null && side.Thickness < side.Depth))
        {
            return null;
        }

        var inside = new GrayPicture(ink.Width, ink.Height);
        for (var y = part.Top; y < part.Bottom; y++)
        {
            ink.Row(y)[part.Left..part.Right].CopyTo(inside.Row(y)[part.Left..part.Right]);
        }

        foreach (var side in sides)
        {
            for (var i = 0; i < side!.Ends.Length; i++)
            {
                // Where a stroke touches the line, only the line goes.
                for (var j = 0; j < Math.Min(side.Ends[i], side.UsualEnd + side.Thickness); j++)
                {
                    var (x, y) = side.At(i, j);
                    inside.Pixels[y * ink.Width + x] = 0;
                }
            }
        }

        return inside;
    }

    /// <summary>Left, right, upper and lower side of the box around a part; null where there is no line.</summary>
    private static Side?[] Sides(InkPart part)
    {
        var depth = Math.Max(4, (int)(Band * Math.Max(part.Width, part.Height)));
        return Math.Min(part.Width, part.Height) < 4 * depth ? [null] :
        [
            Look(part, part.Height, depth, (i, j) => (part.Left + j, part.Top + i)),
            Look(part, part.Height, depth, (i, j) => (part.Right - 1 - j, part.Top + i)),
            Look(part, part.Width, depth, (i, j) => (part.Left + i, part.Top + j)),
            Look(part, part.Width, depth, (i, j) => (part.Left + i, part.Bottom - 1 - j)),
        ];
    }

    private static Side? Look(InkPart part, int length, int depth, Func<int, int, (int X, int Y)> at)
    {
        var ends = new int[length];
        var thick = new List<int>();
        for (var i = 0; i < length; i++)
        {
            var start = 0;
            while (start < depth && !Is(i, start))
            {
                start++;
            }

            ends[i] = start;
            while (start < depth && ends[i] < start + depth && Is(i, ends[i]))
            {
                ends[i]++;
            }

            if (start < depth)
            {
                thick.Add(ends[i] - start);
            }
        }

        if (thick.Count < LeastShare * length)
        {
            return null;
        }

        thick.Sort();
        var ended = ends.Order().ToArray();
        return new Side(at, ends, ended[ended.Length * 9 / 10], thick[thick.Count / 2], depth);

        bool Is(int i, int j) => at(i, j) is var (x, y) && part.Holds(x, y);
    }

    /// <summary>One side: where its line ends, inwards from the box, at each place along it.</summary>
    private sealed record Side(Func<int, int, (int X, int Y)> At, int[] Ends, int UsualEnd, int Thickness, int Depth);
}
