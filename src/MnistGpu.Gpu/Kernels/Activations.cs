using ILGPU;

namespace MnistGpu.Gpu.Kernels;

/// <summary>Z = Z + b·1ᵀ, in place: Z[i,j] += b[i], b [rows × 1], Z [rows × m]. For the last layer, whose Z goes to the softmax.</summary>
public readonly struct AddBias(ArrayView<float> b, ArrayView<float> Z, int rows) : IKernel
{
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
    public void Execute(Index1D ij)
    {
        var z = Z[ij] + b[ij % rows];
        A[ij] = z <= 0f ? 0f : z;
    }
}

/// <summary>
/// dZ = dA ⊙ ReLU′(Z): dZ[n] = dA[n] where Z[n] &gt; 0, else 0; dZ may be dA. Takes A = ReLU(Z) for Z, because A &gt; 0 exactly
/// where Z &gt; 0. All [rows × m].
/// </summary>
public readonly struct ReLUDerivative(ArrayView<float> dA, ArrayView<float> A, ArrayView<float> dZ) : IKernel
{
    /// <inheritdoc/>
    public void Execute(Index1D n) => dZ[n] = A[n] > 0f ? dA[n] : 0f;
}
