namespace MnistGpu.Deformations;

/// <summary>
/// Whole-number arithmetic for deformations, which gives the same result on every device, in any order. Fractions are
/// multiples of 2⁻²⁴ in 64 bits ("Q24") while a map is drawn, and fit 24 bits afterwards, so that float32 holds them
/// exactly too.
/// </summary>
internal static class FixedPoint
{
    /// <summary>1 in Q24.</summary>
    public const long One = 1 << 24;

    /// <summary>x·y in Q24, rounded down.</summary>
    public static long Multiply(long x, long y) => (x * y) >> 24;

    /// <summary>
    /// sin x for |x| ≤ π/4, both in Q24: Taylor's polynomial of degree 7, off by at most x⁹/9!, 3.2e-7, and the
    /// rounding.
    /// </summary>
    public static long Sine(long x)
    {
        var s = Multiply(x, x);
        return Multiply(x, One - Multiply(s / 6, One - Multiply(s / 20, One - s / 42)));
    }

    /// <summary>
    /// cos x for |x| ≤ π/4, both in Q24: Taylor's polynomial of degree 8, off by at most x¹⁰/10!, 2.5e-8, and the
    /// rounding.
    /// </summary>
    public static long Cosine(long x)
    {
        var s = Multiply(x, x);
        return One - Multiply(s / 2, One - Multiply(s / 12, One - Multiply(s / 30, One - s / 56)));
    }

    /// <summary>x/y for y &gt; 0, to the nearest whole number.</summary>
    public static long Divide(long x, long y) => x >= 0 ? (x + y / 2) / y : (x - y / 2) / y;

    /// <summary>x/2ᵇⁱᵗˢ to the nearest whole number, ties to even as floating point rounds them; bits ≥ 1.</summary>
    public static int RoundShift(int x, int bits) => (x + (1 << (bits - 1)) - 1 + ((x >> bits) & 1)) >> bits;
}
