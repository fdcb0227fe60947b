namespace MnistGpu.Model;

/// <summary>Sums over images, as an engine counted them.</summary>
/// <param name="Images">How many images were counted.</param>
/// <param name="Loss">Σ −ln AL[label] over them, in nats.</param>
/// <param name="Hits">How many had their largest output at the label (the lowest index wins a tie).</param>
internal readonly record struct Totals(long Images, double Loss, long Hits)
{
    /// <summary>The mean loss, the mean of −ln AL[label], in nats. NaN where no image was counted.</summary>
    public double MeanLoss => Loss / Images;

    /// <summary>The share of hits, 0 to 1. NaN where no image was counted.</summary>
    public double Accuracy => (double)Hits / Images;

    /// <summary>The sums over the images of both.</summary>
    public static Totals operator +(Totals left, Totals right) =>
        new(left.Images + right.Images, left.Loss + right.Loss, left.Hits + right.Hits);
}
