namespace MnistGpu.Model;

/// <summary>
/// Dropout as training sees it: Al := Al ⊙ M/(1 − p) in the hidden layers, M[i,j] = 0 with probability p, else 1
/// (Srivastava et al. 2014, JMLR 15:1929, scaled in training rather than in prediction). A mask depends on seed, epoch,
/// image, layer and unit only.
/// </summary>
internal readonly struct Dropout
{
    private const int Levels = 1 << 16;

    /// <summary>Units that share the words of one counter: eight of 16 bits each.</summary>
    public const int UnitsPerCounter = 8;

    /// <summary>The greatest share, 1 − 2⁻¹⁶.</summary>
    public const double Greatest = 1 - 1.0 / Levels;

    /// <summary>
    /// Dropout of a share of the units, 0 to <see cref="Greatest"/>, rounded to a multiple of 2⁻¹⁶.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside.</exception>
    public Dropout(double share)
    {
        Threshold = share is >= 0 and <= Greatest
            ? (int)Math.Round(share * Levels)
            : throw new ArgumentOutOfRangeException(nameof(share), share, "Dropout is from 0 to 1 − 2⁻¹⁶.");
    }

    /// <summary>A unit is dropped where its 16 random bits are below this; 0 for no dropout.</summary>
    public int Threshold { get; }

    /// <summary>1/(1 − p) for the units that stay.</summary>
    public double Scale => (double)Levels / (Levels - Threshold);

    /// <summary>The counter's last word for eight units of a hidden layer.</summary>
    /// <param name="layer">l − 1 for the activations Al.</param>
    /// <param name="unit">Any of the eight.</param>
    public static uint Counter(int layer, int unit) => (uint)layer << 22 | (uint)unit / UnitsPerCounter;

    /// <summary>
    /// The random bits of eight units: unit 8k has the low half of X0, 8k + 1 its high half, 8k + 2 the low half of X1.
    /// </summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="image">The image's index in the attached set.</param>
    /// <param name="counter">See <see cref="Counter"/>.</param>
    public static (uint X0, uint X1, uint X2, uint X3) Words(ulong seed, uint epoch, int image, uint counter) =>
        Philox.Words(seed, Philox.Purpose.Dropout, epoch, (uint)image, counter);

    /// <summary>Whether M[unit, image] is 1.</summary>
    public bool Keeps(ulong seed, uint epoch, int image, int layer, int unit)
    {
        var (x0, x1, x2, x3) = Words(seed, epoch, image, Counter(layer, unit));
        var word = (unit / 2 % 4) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
        return (int)(unit % 2 == 0 ? word & 0xFFFF : word >> 16) >= Threshold;
    }
}
