using MnistGpu.Model;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <summary>How a step is cut into pieces.</summary>
internal enum Plan
{
    /// <summary>By images: a core runs the whole network on a tile of them (<see cref="SmallNetwork{V, O}"/>).</summary>
    ByImages,

    /// <summary>By parameters: all cores run one product after the other, each on blocks of its result (<see cref="LargeNetwork{V, O}"/>).</summary>
    ByProducts,
}

/// <summary>The one place where a plan is chosen.</summary>
internal static class Plans
{
    /// <summary>
    /// Parameters that fit, with a slice's gradients, in a quarter of a 2 MB second-level cache. 784-128-10, just above, was measured mostly faster by
    /// products at batches of 64, 128, 256 and 1,024.
    /// </summary>
    public const int SmallParameters = 1 << 16;

    /// <summary>
    /// By images wherever it can be: no core waits for another but twice a step, and nothing but bytes is read from memory. It cannot be
    /// where parameters and gradients do not stay in a core's cache, because each tile passes over both; nor
    /// with so few images that adding up the slices, each as large as the parameters, outweighs the work on them.
    /// </summary>
    public static Plan Choose(NetworkShape shape, int m) =>
        shape.ParameterCount <= SmallParameters && m >= ImageTile.Size ? Plan.ByImages : Plan.ByProducts;

    /// <summary>
    /// Parameters from which moments are updated in a pass of their own. Within the products a stretch of 64 gradients is still in cache, but it meets parameters
    /// and moments that lie a row apart, in four or more streams: 784-1024-1024-1024-10 with Adam and averaging took 17 to 25 % less time with the pass apart, 784-256-10
    /// no less.
    /// </summary>
    public const int ManyParameters = 1 << 20;

    /// <summary>Whether the update is a pass of its own (<see cref="UpdatePass{V, O}"/>) rather than the last part of each gradient.</summary>
    public static bool UpdatesApart(NetworkShape shape, UpdateRule rule) =>
        rule.ClipNorm > 0 || (rule.Moments > 0 && shape.ParameterCount >= ManyParameters);
}
