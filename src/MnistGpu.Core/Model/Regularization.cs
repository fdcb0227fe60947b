namespace MnistGpu.Model;

/// <summary>
/// What training does to keep a network from learning the training set by heart. Steps and gradients use it; the
/// network's answers never do.
/// </summary>
internal sealed record Regularization
{
    /// <summary>Nothing of the kind: the equations as they stand.</summary>
    public static Regularization None { get; } = new();

    /// <summary>
    /// ε of label smoothing, 0 to below 1: steps and gradients aim at (1 − ε)·Y + ε/K instead of the one-hot Y, K the
    /// number of outputs (Szegedy et al. 2016, arXiv 1512.00567, section 7), and the totals of steps count that loss.
    /// </summary>
    public double LabelSmoothing
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), value,
                "Label smoothing is from 0 to below 1.");
    }

    /// <summary>Which hidden activations a step leaves out.</summary>
    public Dropout Dropout { get; init; }

    /// <summary>
    /// How a step deforms its images, grey ones; null for not at all.
    /// </summary>
    public Deformation? Deformation { get; init; }

    /// <summary>Where dropout and deformations are drawn from.</summary>
    public ulong Seed { get; init; }
}
