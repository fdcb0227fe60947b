using MnistGpu.Model;

namespace MnistGpu.Gpu.Memory;

/// <summary>
/// How a network's work is cut up. It depends on the network alone, never on the device or its load, so that sums run
/// in the same order and give the same bits every time.
/// </summary>
internal sealed class WorkPlan
{
    private const long ChunkBytes = 1 << 28;
    private const int MaxChunk = 1 << 16;
    private const int MaxAnswers = 1 << 12;

    /// <summary>Images of a slice of dθ at least.</summary>
    public const int FewestSliceImages = 512;

    /// <summary>Images that one thread sums over for the totals.</summary>
    public const int ImagesPerTotal = 256;

    /// <summary>Cuts up the work of one network.</summary>
    /// <param name="shape">The network's widths.</param>
    /// <param name="maxChunk">At most this many images at once; tests take few, to see several chunks.</param>
    /// <exception cref="UserErrorException">The network is too large for 32-bit indices on the device.</exception>
    public WorkPlan(NetworkShape shape, int maxChunk = MaxChunk)
    {
        ParameterCount = (int)shape.ParameterCount;
        long bytesPerImage = shape.Inputs;
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            bytesPerImage += 2L * sizeof(float) * shape.Out(layer);
        }

        ChunkImages = (int)Math.Clamp(ChunkBytes / bytesPerImage, 1, maxChunk);

        // A small network has few gradients for thousands of threads: short slices give each gradient many threads.
        // A large one has enough, and long slices keep the partial sums from outgrowing the gradients.
        SliceImages = Math.Clamp(ParameterCount / 32, FewestSliceImages, 8192);
        if ((long)SliceCount(ChunkImages) * ParameterCount > int.MaxValue)
        {
            throw new UserErrorException(
                $"The network {shape} is too large for a GPU engine",
                todo: "narrow its layers, or take TrainingOptions.Device = simd");
        }
    }

    /// <summary>Elements of all Wl and bl.</summary>
    public int ParameterCount { get; }

    /// <summary>
    /// Images that pass through the network at once: at most 256 MB of pixels, activations and errors. A0 as floats,
    /// which some products want, comes on top.
    /// </summary>
    public int ChunkImages { get; }

    /// <summary>Images that are evaluated at once: enough to fill a device, few beside a training set.</summary>
    public int AnswerImages => Math.Min(ChunkImages, MaxAnswers);

    /// <summary>Images that one thread sums over for one gradient.</summary>
    public int SliceImages { get; }

    /// <summary>
    /// Partial sums of ‖dθ‖²: as many as each has terms, so that neither these nor their sum take long.
    /// </summary>
    public int SquareSums => (int)Math.Ceiling(Math.Sqrt(ParameterCount));

    /// <summary>Slices that <paramref name="m"/> images make for the gradients.</summary>
    public int SliceCount(int m) => (m - 1) / SliceImages + 1;

    /// <summary>Slices that <paramref name="m"/> images make for the totals.</summary>
    public static int ImageTotalsSliceCount(int m) => (m - 1) / ImagesPerTotal + 1;
}
