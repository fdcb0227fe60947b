namespace MnistGpu.Data.Synthetic;

/// <summary>
/// The random numbers of one image, in the order they are asked for: they depend on (seed, part, image) only.
/// </summary>
internal struct DrawStream(ulong seed, SyntheticPart part, uint image)
{
    private uint _draw;

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit()
    {
        var (high, low, _, _) = Philox.Words(seed, Philox.Purpose.Synthetic, (uint)part, image, _draw++);
        return Philox.Unit(high, low);
    }

    /// <summary>Uniform between two values.</summary>
    public double Between(double from, double to) => from + (to - from) * Unit();

    /// <summary>
    /// Nearly normal with mean 0 and deviation 1: the sum of four uniform values, which needs no logarithm (its last
    /// bits differ between platforms) and never strays past 3.5.
    /// </summary>
    public double Normal()
    {
        const double Scale = 1.0 / (1UL << 32);
        var (a, b, c, d) = Philox.Words(seed, Philox.Purpose.Synthetic, (uint)part, image, _draw++);
        return (a * Scale + b * Scale + (c * Scale + d * Scale) - 2) * 1.7320508075688772;
    }
}
