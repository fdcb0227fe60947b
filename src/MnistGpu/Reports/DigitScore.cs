namespace MnistGpu.Program.Reports;

/// <summary>How well a class is read.</summary>
/// <param name="Images">Images that are of this class.</param>
/// <param name="Called">Images that were called so.</param>
/// <param name="Hits">Images that are both.</param>
internal readonly record struct DigitScore(int Images, int Called, int Hits)
{
    /// <summary>Of the images called so, the share that are; NaN where none was.</summary>
    public double Precision => (double)Hits / Called;

    /// <summary>Of the images that are so, the share called so; NaN where there is none.</summary>
    public double Recall => (double)Hits / Images;

    /// <summary>The harmonic mean of precision and recall.</summary>
    public double F1 => 2.0 * Hits / (Images + Called);

    /// <summary>The scores of all classes.</summary>
    /// <param name="confusion">How many images of class [row] were called [column].</param>
    public static DigitScore[] Create(int[,] confusion)
    {
        var classes = Enumerable.Range(0, confusion.GetLength(0));
        return [.. classes.Select(one => new DigitScore(classes.Sum(other => confusion[one, other]),
            classes.Sum(other => confusion[other, one]), confusion[one, one]))];
    }
}
