using ILGPU;

namespace MnistGpu.Gpu.Kernels.Parts;

/// <summary>sums := sums + other, two parts' sums of gradients. One parameter per thread.</summary>
internal readonly struct AddSums(ArrayView<float> sums, ArrayView<float> other) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, threads);

    /// <inheritdoc/>
    public void Execute(Index1D p) => sums[p] += other[p];
}

/// <summary>
/// dθ = scale·sums, with 1/m and the factor that clips in <paramref name="scale"/>. One parameter per thread.
/// </summary>
internal readonly struct ScaleSums(ArrayView<float> sums, ArrayView<float> dTheta, float scale) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads, threads);

    /// <inheritdoc/>
    public void Execute(Index1D p) => dTheta[p] = scale * sums[p];
}

/// <summary>
/// squares[i] = Σ (scale·sums[p])² over block i, p = i·block … (i + 1)·block − 1 below count, in this order.
/// One block per thread.
/// </summary>
internal readonly struct BlockSquares(ArrayView<float> sums, ArrayView<float> squares, int block, int count,
    float scale)
    : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * count + 4.0 * threads, 3.0 * count);

    /// <inheritdoc/>
    public void Execute(Index1D i)
    {
        var end = IntrinsicMath.Min((i + 1) * block, count);
        var sum = 0f;
        for (var p = i * block; p < end; p++)
        {
            var g = scale * sums[p];
            sum += g * g;
        }

        squares[i] = sum;
    }
}
