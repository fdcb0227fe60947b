namespace MnistGpu.Data.Pictures.Ink;

/// <summary>Pixels of ink that hang together.</summary>
internal sealed class InkPart(int[] labels, int width, int label)
{
    /// <summary>The column of its first pixel.</summary>
    public int Left { get; private set; } = int.MaxValue;

    /// <summary>The row of its first pixel.</summary>
    public int Top { get; private set; } = int.MaxValue;

    /// <summary>The column behind its last pixel.</summary>
    public int Right { get; private set; }

    /// <summary>The row behind its last pixel.</summary>
    public int Bottom { get; private set; }

    /// <summary>Its pixels.</summary>
    public int Size { get; private set; }

    /// <summary>Columns from the first to the last.</summary>
    public int Width => Right - Left;

    /// <summary>Rows from the first to the last.</summary>
    public int Height => Bottom - Top;

    /// <summary>Whether the pixel is one of its own.</summary>
    public bool Holds(int x, int y) => labels[y * width + x] == label;

    /// <summary>The level of its strongest pixel.</summary>
    public byte Peak { get; private set; }

    /// <summary>Counts one of its pixels.</summary>
    public void Add(int x, int y, byte level)
    {
        Size++;
        Peak = Math.Max(Peak, level);
        (Left, Right) = (Math.Min(Left, x), Math.Max(Right, x + 1));
        (Top, Bottom) = (Math.Min(Top, y), Math.Max(Bottom, y + 1));
    }
}

/// <summary>Takes ink apart, and puts together what is one digit.</summary>
internal static class InkParts
{
    /// <summary>Smaller than the largest by more than this is dust, or what shows through at the edge.</summary>
    private const int DustShare = 30;

    /// <summary>Parts at the border that are narrower than this share of the picture are no digits.</summary>
    private const double SliverShare = 0.02;

    /// <summary>A part that is fainter everywhere is what is left of a line.</summary>
    private const int LeastPeak = 128;

    /// <summary>A part with this share of the tallest part's height may be a digit of its own.</summary>
    private const double Tall = 0.5;

    // The share of the smaller one's height that two digits of a line have in common.
    private const double Beside = 0.25;

    /// <summary>The parts, in the order of their first pixels, row by row. Pixels touch at sides and corners.</summary>
    public static List<InkPart> Find(GrayPicture ink)
    {
        var labels = new int[ink.Pixels.Length];
        var parts = new List<InkPart>();
        var open = new Stack<int>();
        for (var start = 0; start < labels.Length; start++)
        {
            if (ink.Pixels[start] == 0 || labels[start] != 0)
            {
                continue;
            }

            var label = parts.Count + 1;
            var part = new InkPart(labels, ink.Width, label);
            parts.Add(part);
            Visit(start);
            while (open.TryPop(out var at))
            {
                int y = at / ink.Width, x = at % ink.Width;
                part.Add(x, y, ink.Pixels[at]);
                for (var ny = Math.Max(0, y - 1); ny <= Math.Min(ink.Height - 1, y + 1); ny++)
                {
                    for (var nx = Math.Max(0, x - 1); nx <= Math.Min(ink.Width - 1, x + 1); nx++)
                    {
                        Visit(ny * ink.Width + nx);
                    }
                }
            }

            void Visit(int at)
            {
                if (ink.Pixels[at] != 0 && labels[at] == 0)
                {
                    labels[at] = label;
                    open.Push(at);
                }
            }
        }

        return parts;
    }

    /// <summary>The parts but for dust, and for slivers at the picture's border.</summary>
    public static List<InkPart> WithoutDust(List<InkPart> parts, GrayPicture ink)
    {
        var largest = parts.Count == 0 ? 0 : parts.Max(part => part.Size);
        return parts.FindAll(part => part.Size * (long)DustShare >= largest && part.Peak >= LeastPeak
            && (part.Size == largest || !IsSliver(part, ink)));
    }

    /// <summary>What is left of a line or an edge that the picture cuts off.</summary>
    private static bool IsSliver(InkPart part, GrayPicture ink) =>
        (part.Left == 0 || part.Top == 0 || part.Right == ink.Width || part.Bottom == ink.Height)
        && Math.Min(part.Width, part.Height) <= SliverShare * ink.Side;

    /// <summary>
    /// The parts of each digit: those above each other, or so near that a pen only left the paper. Digits come line by
    /// line, each from left to right; marks much smaller than the digits are left out.
    /// </summary>
    public static List<List<InkPart>> Digits(List<InkPart> parts)
    {
        if (parts.Count == 0)
        {
            return [];
        }

        var unit = Math.Max(parts.Max(part => part.Height), parts.Max(part => part.Width) / 2);
        var group = Enumerable.Range(0, parts.Count).ToArray();
        for (var i = 0; i < parts.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (AreOne(parts[i], parts[j], unit))
                {
                    var (from, to) = (group[i], group[j]);
                    for (var k = 0; k < group.Length; k++)
                    {
                        group[k] = group[k] == from ? to : group[k];
                    }
                }
            }
        }

        var digits = Enumerable.Range(0, parts.Count).GroupBy(i => group[i])
            .Select(members => members.Select(i => parts[i]).ToList()).ToList();
        var tallest = digits.Max(digit => Bounds(digit).Height);
        digits.RemoveAll(digit => Bounds(digit).Height < 0.45 * tallest && digits.Count > 1);
        return InReadingOrder(digits);
    }

    /// <summary>The box around some parts.</summary>
    public static Box Bounds(List<InkPart> parts) => new(parts.Min(part => part.Left), parts.Min(part => part.Top),
        parts.Max(part => part.Right), parts.Max(part => part.Bottom));

    private static bool AreOne(InkPart a, InkPart b, int unit)
    {
        int gapX = Math.Max(a.Left, b.Left) - Math.Min(a.Right, b.Right);
        int gapY = Math.Max(a.Top, b.Top) - Math.Min(a.Bottom, b.Bottom);
        var bothTall = a.Height >= Tall * unit && b.Height >= Tall * unit;
        return -gapX >= 0.25 * Math.Min(a.Width, b.Width)
            ? gapY <= (bothTall ? 0.1 : 0.35) * unit
            : gapX <= (bothTall ? 0.06 : 0.2) * unit && gapY <= 0.2 * unit;
    }

    /// <summary>
    /// Line by line from the top, each from left to right. A line is a chain of digits, each beside the next: in a line
    /// that rises, the first and the last need not be.
    /// </summary>
    private static List<List<InkPart>> InReadingOrder(List<List<InkPart>> digits)
    {
        var lines = new List<List<(Box Box, List<InkPart> Digit)>>();
        foreach (var digit in digits)
        {
            var box = Bounds(digit);
            var beside = lines.Where(line => line.Exists(other => AreBeside(other.Box, box))).ToList();
            lines.RemoveAll(beside.Contains);
            lines.Add([.. beside.SelectMany(line => line), (box, digit)]);
        }

        return [.. lines.OrderBy(line => line.Average(one => (one.Box.Top + one.Box.Bottom) / 2.0))
            .SelectMany(line => line.OrderBy(one => one.Box.Left)).Select(one => one.Digit)];
    }

    private static bool AreBeside(Box a, Box b) =>
        Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top) > Beside * Math.Min(a.Height, b.Height);
}

/// <summary>A box in a picture: columns from Left to Right, rows from Top to Bottom, the last two left out.</summary>
internal readonly record struct Box(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Columns.</summary>
    public int Width => Right - Left;

    /// <summary>Rows.</summary>
    public int Height => Bottom - Top;
}
