namespace MnistGpu.Program.Reports;

/// <summary>Where an axis has its numbers: at multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class Ticks
{
    /// <summary>
    /// The round numbers in a range, some <paramref name="about"/> of them, and the distance between two.
    /// </summary>
    public static (double[] At, double Step) Linear(double least, double most, int about, double leastStep = 0)
    {
        var rough = Math.Max((most - least) / Math.Max(1, about), leastStep);
        if (!(rough > 0) || !double.IsFinite(rough))
        {
            return ([least], 1);
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch
        {
            <= 1.0000001 => 1,
            <= 2.0000001 => 2,
            <= 5.0000001 => 5,
            _ => 10,
        };
        var first = (long)Math.Ceiling(least / step - 1e-9);
        var last = (long)Math.Floor(most / step + 1e-9);
        return ([.. Enumerable.Range(0, (int)Math.Max(0, last - first + 1)).Select(i => (first + i) * step)], step);
    }

    /// <summary>
    /// A range widened to round numbers at both ends, but not past its limits, with the round numbers in it.
    /// </summary>
    public static (double Least, double Most, double[] At, double Step) Widen(double least, double most, int about,
        double lowest, double highest)
    {
        var (_, step) = Linear(least, most, about);
        var low = Math.Max(lowest, Math.Floor(least / step + 1e-9) * step);
        var high = Math.Min(highest, Math.Ceiling(most / step - 1e-9) * step);
        var first = (long)Math.Ceiling(low / step - 1e-9);
        var last = (long)Math.Floor(high / step + 1e-9);
        return (low, high, [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => (first + i) * step)], step);
    }

    /// <summary>
    /// The powers of ten from the last at or below the least to the first at or above the most; two at least.
    /// </summary>
    public static double[] Decades(double least, double most)
    {
        var first = (int)Math.Floor(Math.Log10(least) + 1e-9);
        var last = Math.Max(first + 1, (int)Math.Ceiling(Math.Log10(most) - 1e-9));
        return [.. Enumerable.Range(first, last - first + 1).Select(e => Math.Pow(10, e))];
    }

    /// <summary>
    /// A range of positive numbers widened to 1, 2 or 5 times a power of ten at both ends, with all of these in it, or
    /// the powers alone where they are many.
    /// </summary>
    public static (double Least, double Most, double[] At) Logarithmic(double least, double most)
    {
        var decades = Decades(least, most);
        var all = decades.SelectMany(power => (double[])[power, 2 * power, 5 * power]).ToArray();
        var low = all.Last(at => at <= least * (1 + 1e-9));
        var high = all.First(at => at >= most * (1 - 1e-9));
        return (low, high, [.. (decades.Length > 4 ? decades : all).Where(at => at >= low && at <= high)]);
    }

    /// <summary>A number of an axis whose numbers are so far apart, with as many decimals as that needs.</summary>
    public static string Text(double value, double step)
    {
        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 9);
        return Math.Abs(value) >= 1e6 || (step < 1e-9 && value != 0)
            ? value.ToString("0.##e0", System.Globalization.CultureInfo.InvariantCulture)
            : value.ToString($"N{decimals}", System.Globalization.CultureInfo.InvariantCulture);
    }
}
