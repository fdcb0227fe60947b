using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The device memory that a job takes, in bytes: what <see cref="NetworkBuffers"/>, <see cref="DeviceImages"/> and the
/// engine allocate.
/// </summary>
/// <param name="shape">The network.</param>
/// <param name="plan">How its work is cut up.</param>
/// <param name="takesFloats">Whether A0 may be made as floats.</param>
internal sealed class MemoryNeeds(NetworkShape shape, WorkPlan plan, bool takesFloats = false)
{
    private const long Float = sizeof(float);

    /// <summary>θ and dθ, and the totals of training and evaluation.</summary>
    public long Network => 2 * PerParameter + 2 * 4 * Float;

    /// <summary>What the update remembers: moments, average, and the parts of the norm.</summary>
    public long Update(UpdateRule rule) =>
        (rule.Moments + (rule.Averaging > 0 ? 1 : 0)) * PerParameter
            + (rule.ClipNorm > 0 ? (plan.SquareSums + 1) * Float : 0);

    /// <summary>m images with their labels.</summary>
    public long Images(long m) => m * (shape.Inputs + 1L);

    /// <summary>The order that batches of these images are taken from.</summary>
    public static long Order(long m) => m * sizeof(int);

    /// <summary>Training steps of m images, and evaluations in between.</summary>
    /// <param name="m">Images in a step.</param>
    /// <param name="deformer">What deforms them.</param>
    /// <param name="small">
    /// The one launch that the steps' passes take, which keeps activations to itself; null for layer by layer.
    /// </param>
    public long Batch(int m, DeviceDeformer deformer, SmallNetworkStep? small)
    {
        int chunk = Math.Min(m, plan.ChunkImages), answered = plan.AnswerImages;
        var larger = small is null ? Math.Max(chunk, answered) : answered;
        long hidden = 0;
        for (var l = 0; l < shape.Layers - 1; l++)
        {
            hidden += shape.Out(l);
        }

        var A0 = takesFloats ? (long)shape.Inputs * larger : 0;
        var imageTotals = 2L * (larger + Math.Max(WorkPlan.ImageTotalsSliceCount(larger), small?.SliceCount(m) ?? 0));
        var forward = A0 + (hidden + 2L * shape.Outputs) * larger + imageTotals;
        var backward = small is null ? hidden * chunk + (long)plan.SliceCount(chunk) * plan.ParameterCount
            : (long)small.SliceCount(m) * small.Stride;
        var identity = Order(deformer.IsOn ? Math.Max(chunk, answered) : answered);
        return (forward + backward) * Float + deformer.BytesFor(chunk) + Images(answered) + identity;
    }

    /// <summary>The largest batch whose steps fit; 0 where none does.</summary>
    /// <param name="room">Bytes for the whole job.</param>
    /// <param name="rule">The update.</param>
    /// <param name="images">Images of the training set.</param>
    /// <param name="deformer">What deforms them.</param>
    /// <param name="small">As in <see cref="Batch"/>.</param>
    public int LargestBatch(
        long room, UpdateRule rule, long images, DeviceDeformer deformer, SmallNetworkStep? small)
    {
        room -= Network + Update(rule) + Images(images) + Order(images);
        int fits = 0, tooMany = plan.ChunkImages + 1;
        while (tooMany - fits > 1)
        {
            var middle = fits + (tooMany - fits) / 2;
            (fits, tooMany) = Batch(middle, deformer, small) <= room ? (middle, tooMany) : (fits, middle);
        }

        return fits;
    }

    private long PerParameter => plan.ParameterCount * Float;
}
