using ILGPU;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// Z = Z + b·1ᵀ, in place: Z[i,j] += b[i], b [rows × 1], Z [rows × m]. For the last layer, whose Z goes to the
/// softmax.
/// </summary>
internal readonly struct AddBias(ArrayView<float> b, ArrayView<float> Z, int rows) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads + 4.0 * rows, threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij) => Z[ij] += b[ij % rows];
}

/// <summary>
/// A = f(Z + b·1ᵀ): A[i,j] = f(Z[i,j] + b[i]), b [rows × 1], Z and A [rows × m]; A may be Z. NaN stays NaN, so
/// that a diverged run shows in its loss. ReLU is exact; the scaled tanh, by tanh(x) = 1 − 2/(1 + exp(2x)), is off by
/// at most 20 units of 2⁻²⁴, absolute, where CUDA's own tanh is off by 2⁻¹¹ of itself.
/// </summary>
internal readonly struct BiasActivation : IKernel
{
    private readonly ArrayView<float> Z;
    private readonly ArrayView<float> b;
    private readonly ArrayView<float> A;
    private readonly int rows;
    private readonly int f;

    /// <summary>f(Z + b).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public BiasActivation(ArrayView<float> Z, ArrayView<float> b, ArrayView<float> A, int rows, Activation activation)
    {
        (this.Z, this.b, this.A, this.rows) = (Z, b, A, rows);
        f = ActivationFunctions.Number(activation);
    }

    /// <inheritdoc/>
    public KernelCost Cost(int threads) =>
        new(8.0 * threads + 4.0 * rows, ActivationFunctions.Flops(f).Forward * threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij)
    {
        var z = Z[ij] + b[ij % rows];
        A[ij] = ActivationFunctions.Activate(f, z);
    }
}

/// <summary>
/// dZ = dA ⊙ f′(Z), told from A: dZ may be dA. All [rows × m]. Where A = 0 has no slope, dropout's M/(1 − p) is
/// in dZ too, because A &gt; 0 exactly where Z &gt; 0 and M = 1; elsewhere dA is masked before.
/// </summary>
internal readonly struct ActivationDerivative : IKernel
{
    private readonly ArrayView<float> dA;
    private readonly ArrayView<float> A;
    private readonly ArrayView<float> dZ;
    private readonly int f;
    private readonly float factor;

    /// <summary>dA ⊙ f′(Z).</summary>
    /// <param name="dA">dA.</param>
    /// <param name="A">A = f(Z) ⊙ M/(1 − p).</param>
    /// <param name="dZ">Receives the result.</param>
    /// <param name="activation">f.</param>
    /// <param name="dropout">What made M.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public ActivationDerivative(
        ArrayView<float> dA, ArrayView<float> A, ArrayView<float> dZ, Activation activation, Dropout dropout = default)
    {
        (this.dA, this.A, this.dZ) = (dA, A, dZ);
        f = ActivationFunctions.Number(activation);
        factor = ActivationFunctions.Factor(activation, dropout);
    }

    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, ActivationFunctions.Flops(f).Backward * threads);

    /// <inheritdoc/>
    public void Execute(Index1D n) => dZ[n] = ActivationFunctions.Differentiate(f, dA[n], A[n], factor);
}
