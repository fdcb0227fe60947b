using ILGPU;
using ILGPU.Algorithms;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>
/// One image's way from its logits to its errors: <see cref="Softmax"/>, <see cref="CrossEntropy"/>,
/// <see cref="Hits"/> and <see cref="OutputErrors"/> in one.
/// </summary>
internal static class OutputColumn
{
    /// <summary>
    /// dZ = softmax(Z) − Y′ for the column at <paramref name="at"/>, its elements <paramref name="step"/> apart; dZ
    /// may be Z. Returns −Σ Y′·ln softmax(Z), by log-sum-exp, and 1 where the largest output, the first of
    /// equals, is at the label.
    /// </summary>
    public static (float Loss, float Hit) LossAndErrors(
        ArrayView<float> Z, ArrayView<float> dZ, int at, int step, int rows, int label, float epsilon)
    {
        var max = Z[at];
        var best = 0;
        for (var i = 1; i < rows; i++)
        {
            var z = Z[at + i * step];
            best = z > max ? i : best;
            max = z > max ? z : max;
        }

        var distance = max - Z[at + label * step];
        float sum = 0f, all = 0f;
        for (var i = 0; i < rows; i++)
        {
            var z = Z[at + i * step] - max;
            var e = XMath.Exp(z);
            sum += e;
            all -= z;
            dZ[at + i * step] = e;
        }

        var other = epsilon / rows;
        for (var i = 0; i < rows; i++)
        {
            dZ[at + i * step] = dZ[at + i * step] / sum - (i == label ? 1f - epsilon + other : other);
        }

        return (
            (epsilon > 0 ? (1 - epsilon) * distance + other * all : distance) + XMath.Log(sum),
            best == label ? 1f : 0f);
    }
}

/// <summary>
/// From the logits to the errors in one launch: dZ = softmax(Z) − Y′, and each image's loss and hit in imageTotals
/// [2 × m]. Z and dZ [rows × m], dZ may be Z; labels [any], images [m]. One column per thread.
/// </summary>
internal readonly struct SoftmaxLossErrors(
    ArrayView<float> Z, ArrayView<byte> labels, ArrayView<int> images, ArrayView<float> dZ,
    ArrayView<float> imageTotals, int rows, float epsilon) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new((8.0 * rows + 13) * threads, (9.0 * rows + 4) * threads);

    /// <inheritdoc/>
    public void Execute(Index1D j)
    {
        var (loss, hit) = OutputColumn.LossAndErrors(Z, dZ, j * rows, 1, rows, labels[images[j]], epsilon);
        imageTotals[2 * j] = loss;
        imageTotals[2 * j + 1] = hit;
    }
}
