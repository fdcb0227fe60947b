using ILGPU;
using ILGPU.Algorithms;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// A = softmax(Z), column by column: A[i,j] = exp(Z[i,j] − maxⱼ) / Σᵢ exp(Z[i,j] − maxⱼ), maxⱼ the column's maximum; Z
/// and A [rows × m]. One column per thread.
/// </summary>
internal readonly struct Softmax(ArrayView<float> Z, ArrayView<float> A, int rows) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * rows * threads, 5.0 * rows * threads);

    /// <inheritdoc/>
    public void Execute(Index1D j)
    {
        var column = j * rows;
        var max = Z[column];
        for (var i = 1; i < rows; i++)
        {
            var z = Z[column + i];
            max = z > max ? z : max;
        }

        var sum = 0f;
        for (var i = 0; i < rows; i++)
        {
            var e = XMath.Exp(Z[column + i] - max);
            A[column + i] = e;
            sum += e;
        }

        for (var i = 0; i < rows; i++)
        {
            A[column + i] /= sum;
        }
    }
}

/// <summary>
/// The loss of each image from its logits: loss[j] = −ln softmax(Z)[y,j] = maxⱼ + ln Σᵢ exp(Z[i,j] − maxⱼ) − Z[y,j], y
/// = labels[images[j]], by log-sum-exp, which never takes the logarithm of an underflowed probability. With smoothed
/// labels, (1 − ε)·Y + ε/rows, the mean of the column takes ε of the place of Z[y,j]. Z [rows × m], imageTotals [2 ×
/// m]: the loss in row 0. One column per thread.
/// </summary>
internal readonly struct CrossEntropy(
    ArrayView<float> Z, ArrayView<byte> labels, ArrayView<int> images, ArrayView<float> imageTotals, int rows,
    float epsilon) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new((4.0 * rows + 9) * threads, (6.0 * rows + 3) * threads);

    /// <inheritdoc/>
    public void Execute(Index1D j)
    {
        var column = j * rows;
        var max = Z[column];
        for (var i = 1; i < rows; i++)
        {
            var z = Z[column + i];
            max = z > max ? z : max;
        }

        var sum = 0f;
        var all = 0f;
        for (var i = 0; i < rows; i++)
        {
            sum += XMath.Exp(Z[column + i] - max);
            all += max - Z[column + i];
        }

        // The label's distance first: it is the larger part of a large loss, and exact where the label is the maximum.
        var distance = max - Z[column + labels[images[j]]];
        imageTotals[2 * j] = (epsilon > 0 ? (1 - epsilon) * distance + epsilon / rows * all : distance)
            + XMath.Log(sum);
    }
}

/// <summary>
/// Whether each image's largest output is at its label: 1 or 0 in row 1 of imageTotals [2 × m]; the lowest index wins
/// a tie. Z [rows × m], whose order the softmax keeps. One column per thread.
/// </summary>
internal readonly struct Hits(
    ArrayView<float> Z, ArrayView<byte> labels, ArrayView<int> images, ArrayView<float> imageTotals, int rows) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new((4.0 * rows + 9) * threads, (double)rows * threads);

    /// <inheritdoc/>
    public void Execute(Index1D j)
    {
        var column = j * rows;
        var best = 0;
        for (var i = 1; i < rows; i++)
        {
            best = Z[column + i] > Z[column + best] ? i : best;
        }

        imageTotals[2 * j + 1] = best == labels[images[j]] ? 1f : 0f;
    }
}

/// <summary>
/// dZ = A − Y′, Y′ = (1 − ε)·Y + ε/rows, Y one-hot: dZ[i,j] = A[i,j] − (i = labels[images[j]] ? target : other),
/// target = 1 − ε + ε/rows and other = ε/rows; without smoothing 1 and 0. A and dZ [rows × m]; dZ may be A. One
/// element per thread.
/// </summary>
internal readonly struct OutputErrors(
    ArrayView<float> A, ArrayView<byte> labels, ArrayView<int> images, ArrayView<float> dZ, int rows, float target,
    float other) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads + 5.0 * (threads / rows), threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij)
    {
        int i = ij % rows, j = ij / rows;
        dZ[ij] = A[ij] - (i == labels[images[j]] ? target : other);
    }
}
