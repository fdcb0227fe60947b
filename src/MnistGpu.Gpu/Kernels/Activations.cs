using ILGPU;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Kernels;

/// <summary>Z = Z + b·1ᵀ, in place: Z[i,j] += b[i], b [rows × 1], Z [rows × m]. For the last layer, whose Z goes to the softmax.</summary>
public readonly struct AddBias(ArrayView<float> b, ArrayView<float> Z, int rows) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads + 4.0 * rows, threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij) => Z[ij] += b[ij % rows];
}

/// <summary>
/// A = ReLU(Z + b·1ᵀ): A[i,j] = max(0, Z[i,j] + b[i]), b [rows × 1], Z and A [rows × m]; A may be Z. NaN stays NaN, so that a
/// diverged run shows in its loss.
/// </summary>
public readonly struct BiasReLU(ArrayView<float> Z, ArrayView<float> b, ArrayView<float> A, int rows) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads + 4.0 * rows, 2.0 * threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij)
    {
        var z = Z[ij] + b[ij % rows];
        A[ij] = ActivationFunctions.ReLU(z);
    }
}

/// <summary>
/// dZ = dA ⊙ M/(1 − p) ⊙ ReLU′(Z): dZ[n] = scale·dA[n] where A[n] &gt; 0, else 0; dZ may be dA. Takes A = ReLU(Z) ⊙ M/(1 − p) for Z and M, because A &gt; 0 exactly
/// where Z &gt; 0 and M = 1; <paramref name="scale"/> is 1/(1 − p), 1 without dropout. All [rows × m].
/// </summary>
public readonly struct ReLUDerivative(ArrayView<float> dA, ArrayView<float> A, ArrayView<float> dZ, float scale) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, 2.0 * threads);

    /// <inheritdoc/>
    public void Execute(Index1D n) => dZ[n] = A[n] > 0f ? scale * dA[n] : 0f;
}

/// <summary>
/// A = 1.7159·tanh(⅔·(Z + b·1ᵀ)), see <see cref="Activation.ScaledTanh"/>, by tanh(x) = 1 − 2/(1 + exp(2x)): b [rows × 1], Z and A [rows × m]; A may be Z. NaN
/// stays NaN. The error is at most 20 units of 2⁻²⁴, absolute; CUDA's own tanh is off by 2⁻¹¹ of itself.
/// </summary>
public readonly struct BiasScaledTanh(ArrayView<float> Z, ArrayView<float> b, ArrayView<float> A, int rows) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads + 4.0 * rows, 7.0 * threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij)
    {
        var z = Z[ij] + b[ij % rows];
        A[ij] = ActivationFunctions.ScaledTanh(z);
    }
}

/// <summary>
/// dZ = dA ⊙ f′(Z), f the scaled tanh: dZ[n] = dA[n]·⅔·(1.7159 − a²/1.7159), a = keep·A[n]; dZ may be dA. <paramref name="keep"/> is 1 − p where dropout
/// scaled A by 1/(1 − p), else 1; dA is masked before. All [rows × m].
/// </summary>
public readonly struct ScaledTanhDerivative(ArrayView<float> dA, ArrayView<float> A, ArrayView<float> dZ, float keep) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, 5.0 * threads);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        var a = keep * A[n];
        dZ[n] = dA[n] * ActivationFunctions.ScaledTanhDerivative(a);
    }
}
