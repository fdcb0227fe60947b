using MnistGpu.Data;

namespace MnistGpu.Program.Reports;

/// <summary>How well a digit is read.</summary>
/// <param name="Images">Images that are this digit.</param>
/// <param name="Called">Images that were called this digit.</param>
/// <param name="Hits">Images that are both.</param>
internal readonly record struct DigitScore(int Images, int Called, int Hits)
{
    /// <summary>Of the images called so, the share that are; NaN where none was.</summary>
    public double Precision => (double)Hits / Called;

    /// <summary>Of the images that are so, the share called so; NaN where there is none.</summary>
    public double Recall => (double)Hits / Images;

    /// <summary>The harmonic mean of precision and recall.</summary>
    public double F1 => 2.0 * Hits / (Images + Called);

    /// <summary>The scores of the digits 0 to 9.</summary>
    /// <param name="confusion">How many images of digit [row] were called [column].</param>
    public static DigitScore[] Create(int[,] confusion)
    {
        var digits = Enumerable.Range(0, DigitSet.Classes);
        return [.. digits.Select(digit => new DigitScore(digits.Sum(other => confusion[digit, other]),
            digits.Sum(other => confusion[other, digit]), confusion[digit, digit]))];
    }
}
