using MnistGpu.Model;

namespace MnistGpu.Bench.Contract;

/// <summary>Steps over images that are in no order's way.</summary>
internal static class SingleBatch
{
    /// <summary>
    /// One training step over the attached images with these indices (repeats count twice), which replace the engine's
    /// order. An engine on a
    /// device copies them each time: an epoch's batches are better set once, see <see cref="INetworkEngine.SetOrder"/>.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="images">At least one index.</param>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="epoch">Which draw of dropout and deformations.</param>
    public static void Step(this INetworkEngine engine, ReadOnlySpan<int> images, UpdateRule rule, uint epoch = 0)
    {
        engine.SetOrder(images);
        engine.Step(0, images.Length, rule, epoch);
    }
}
