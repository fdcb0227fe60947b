using ILGPU;
using ILGPU.Algorithms;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// ‖dθ‖² in parts: squares[s] = Σₚ dTheta[p]², p = s, s + parts, s + 2·parts, … &lt; count, in this order.
/// One part per thread, so that threads side by side read elements side by side; <see cref="ClipFactor"/> adds them up.
/// </summary>
internal readonly struct SquareSums(ArrayView<float> dTheta, ArrayView<float> squares, int count, int parts) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * count + 4.0 * threads, 2.0 * count);

    /// <inheritdoc/>
    public void Execute(Index1D s)
    {
        var sum = 0f;
        for (int p = s; p < count; p += parts)
        {
            sum += dTheta[p] * dTheta[p];
        }

        squares[s] = sum;
    }
}

/// <summary>
/// factor[0] = min(1, c/‖dθ‖), ‖dθ‖² = Σₛ squares[s], s = 0 … parts − 1 in this order: Pascanu,
/// Mikolov and Bengio 2013, arXiv 1211.5063, algorithm 1. A norm that is no number or past 1.8·10¹⁹, whose square
/// no float32 holds, gives 1, so that a diverged run shows in its loss. One thread.
/// </summary>
internal readonly struct ClipFactor(ArrayView<float> squares, ArrayView<float> factor, int parts, float c) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * parts + 4, parts + 3);

    /// <inheritdoc/>
    public void Execute(Index1D i)
    {
        var sum = 0f;
        for (var s = 0; s < parts; s++)
        {
            sum += squares[s];
        }

        var norm = XMath.Sqrt(sum);
        factor[i] = norm > c && norm <= float.MaxValue ? c / norm : 1f;
    }
}

/// <summary>dθ := factor·dθ: dTheta[p] *= factor[0]. One parameter per thread.</summary>
internal readonly struct ScaleGradients(ArrayView<float> dTheta, ArrayView<float> factor) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads + 4, threads);

    /// <inheritdoc/>
    public void Execute(Index1D p) => dTheta[p] *= factor[0];
}
