namespace MnistGpu.Data.Synthetic;

/// <summary>Which of two independent sets of synthetic digits.</summary>
internal enum SyntheticPart : uint
{
    /// <summary>The digits to train on.</summary>
    Train = 0,

    /// <summary>The digits to test on.</summary>
    Test = 1,
}

/// <summary>
/// Draws handwritten-looking digits: strokes in several styles per digit, with random slant, turn, width, thickness,
/// wobble and softness, fitted and centred by mass as MNIST is.
/// </summary>
internal static class SyntheticDigits
{
    /// <summary>The most that can be drawn at once: one .NET array of pixels.</summary>
    public const int MaxCount = 0x7FFFFFC7 / Mnist.Pixels;

    /// <summary>
    /// Draws <paramref name="count"/> digits on all cores, every digit equally likely. Image j and its label depend on
    /// (seed, part, j) only, and are the same bytes on every machine.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one image, or more than one .NET array
    /// holds.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static DigitSet Draw(int count, ulong seed, SyntheticPart part, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        var pixels = new byte[count * Mnist.Pixels];
        var labels = new byte[count];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel }, () => new Pen(), (j, _, pen) =>
        {
            var random = new DrawStream(seed, part, (uint)j);
            labels[j] = (byte)(random.Unit() * Mnist.Classes);
            pen.Draw(labels[j], ref random, pixels.AsSpan(j * Mnist.Pixels, Mnist.Pixels));
            return pen;
        }, _ => { });
        return new DigitSet(pixels, labels, $"synthetic digits, seed {seed}");
    }
}
