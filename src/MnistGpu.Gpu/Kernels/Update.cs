using ILGPU;

namespace MnistGpu.Gpu.Kernels;

/// <summary>θ := θ − α·dθ: theta[p] −= alpha·dTheta[p], for every element of every Wl and bl at once. One parameter per thread.</summary>
public readonly struct GradientDescent(ArrayView<float> theta, ArrayView<float> dTheta, float alpha) : IKernel
{
    /// <inheritdoc/>
    public void Execute(Index1D p) => theta[p] -= alpha * dTheta[p];
}
