namespace MnistGpu.Model;

/// <summary>The order in which images are visited.</summary>
internal static class Shuffle
{
    /// <summary>
    /// A random order of 0 to count − 1, the same on every machine: Fisher and Yates, from the last place down, each
    /// place with its own random word, so that no order depends on another epoch's.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative count.</exception>
    public static int[] Order(int count, ulong seed, uint epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
        }

        for (var i = count - 1; i > 0; i--)
        {
            var (high, low, _, _) = Philox.Words(seed, Philox.Purpose.Shuffle, epoch, 0, (uint)i);
            // 64 random bits scaled to 0..i: no place is favoured by more than 2⁻³³ of its share.
            var j = (int)Math.BigMul((ulong)high << 32 | low, (ulong)i + 1, out _);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
