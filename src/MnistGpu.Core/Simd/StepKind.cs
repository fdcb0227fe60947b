using MnistGpu.Model;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <summary>How a step is cut into pieces.</summary>
internal enum StepKind
{
    /// <summary>
    /// By images: a core runs the whole network on a tile of them (<see cref="StepByImages{V, O}"/>).
    /// </summary>
    ByImages,

    /// <summary>
    /// By products: all cores run one product after the other, each on blocks of its result
    /// (<see cref="StepByProducts{V, O}"/>).
    /// </summary>
    ByProducts,
}

/// <summary>The one place that chooses how a step runs.</summary>
internal static class StepKinds
{
    /// <summary>
    /// Parameters that fit, with a slice's gradients, in a quarter of a 2 MB second-level cache. 784-128-10, just
    /// above, was measured mostly faster by products at batches of 64, 128, 256 and 1,024 (its first layer by blocks).
    /// </summary>
    public const int SmallParameters = 1 << 16;

    /// <summary>
    /// By images where possible: cores wait for each other only twice a step and read only bytes from memory. Not where
    /// parameters and gradients outgrow a core's cache, because each tile passes over both. Not with few images,
    /// because adding up the slices, each as large as the parameters, would take longer than the work on the images.
    /// </summary>
    public static StepKind Choose(NetworkShape shape, int m) =>
        shape.ParameterCount <= SmallParameters && m >= ImageTile.Size ? StepKind.ByImages : StepKind.ByProducts;

    /// <summary>
    /// From this number of parameters on, an update with moments is a pass of its own. Within the products, a stretch
    /// of 64 gradients is still in cache, but its parameters and moments come in four or more streams whose rows lie
    /// far apart. 784-1024-1024-1024-10 with Adam and averaging took 17 to 25 % less time with a separate pass;
    /// 784-256-10 took as long.
    /// </summary>
    public const int ManyParameters = 1 << 20;

    /// <summary>
    /// Whether the update is a pass of its own (<see cref="UpdatePass{V, O}"/>) rather than the last part of each
    /// gradient.
    /// </summary>
    public static bool UpdatesApart(NetworkShape shape, UpdateRule rule) =>
        rule.ClipNorm > 0 || (rule.Moments > 0 && shape.ParameterCount >= ManyParameters);
}
