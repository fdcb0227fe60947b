using System.Globalization;

namespace MnistGpu.Exchange.Layers;

/// <summary>Names as people count: fc2 before fc10, dense before dense_1.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static readonly NaturalOrder Instance = new();

    private NaturalOrder()
    {
    }

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        var (one, other) = (x ?? "", y ?? "");
        for (var (i, j) = (0, 0); i < one.Length && j < other.Length; i++, j++)
        {
            var (from, end) = (Digits(one, i), Digits(other, j));
            var order = from > i && end > j ? CompareNumbers(one[i..from], other[j..end])
                : one[i].CompareTo(other[j]);
            if (order != 0)
            {
                return order;
            }

            (i, j) = from > i && end > j ? (from - 1, end - 1) : (i, j);
        }

        return one.Length.CompareTo(other.Length);
    }

    private static int Digits(string text, int from)
    {
        while (from < text.Length && char.IsAsciiDigit(text[from]))
        {
            from++;
        }

        return from;
    }

    private static int CompareNumbers(string one, string other)
    {
        var (x, y) = (one.TrimStart('0'), other.TrimStart('0'));
        return x.Length != y.Length ? x.Length.CompareTo(y.Length)
            : string.Compare(x, y, false, CultureInfo.InvariantCulture);
    }
}
