using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// One way to compute the products of training, a rung of the ladder from textbook to tensor cores. Every rung gives the five of them, with the
/// arguments of the textbook kernel of the same name, whose summary says what they are. Those of W end as <see cref="ProductEnd"/> says.
/// </summary>
public interface IProductRung
{
    /// <summary>What the user calls it.</summary>
    string Name { get; }

    /// <summary>What it does to the operands.</summary>
    ProductMath Math { get; }

    /// <summary>The kernels that it launches, and for which product each.</summary>
    IReadOnlyList<(string Product, Type Kernel)> Kernels { get; }

    /// <summary>Whether it has inline PTX that asks for CUDA's compute capability 8.0.</summary>
    bool NeedsSm80 { get; }

    /// <summary>What it needs that a device does not have; null where it runs.</summary>
    string? Refusal(Accelerator accelerator);

    /// <summary>Groups that a result of so many rows and columns makes: fewer than the device has multiprocessors leave some idle.</summary>
    long Groups(int rows, int columns);

    /// <summary>Whether a grid of at most so many groups holds a result of so many rows and columns: CUDA's has 65,535 in Y.</summary>
    bool Fits(Index3D grid, int rows, int columns);

    /// <summary>Elements of the result that a group computes.</summary>
    int ElementsPerGroup { get; }

    /// <summary>Z = W·A0, A0 = X/255, as <see cref="Kernels.WeightsTimesPixels"/>.</summary>
    void WeightsTimesPixels(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> Z, int rows, int columns, ProductEnd end = default);

    /// <summary>Z = W·A, as <see cref="Kernels.WeightsTimesActivations"/>.</summary>
    void WeightsTimesActivations(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<float> A, ArrayView<float> Z, int rows, int columns, int m, ProductEnd end = default);

    /// <summary>dA = Wᵀ·dZ, as <see cref="Kernels.TransposedWeightsTimesErrors"/>.</summary>
    void TransposedWeightsTimesErrors(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<float> dZ, ArrayView<float> dA, int rows, int columns, int m, ProductEnd end = default);

    /// <summary>dW = dZ·Aᵀ in slices of the images, as <see cref="Kernels.ErrorsTimesActivations"/>.</summary>
    void ErrorsTimesActivations(
        KernelLauncher kernels, ArrayView<float> dZ, ArrayView<float> A, ArrayView<float> dW, int rows, int columns, int m, int slice, int stride);

    /// <summary>dW = dZ·A0ᵀ in slices of the images, as <see cref="Kernels.ErrorsTimesPixels"/>.</summary>
    void ErrorsTimesPixels(
        KernelLauncher kernels, ArrayView<float> dZ, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> dW,
        int rows, int columns, int m, int slice, int stride);
}
