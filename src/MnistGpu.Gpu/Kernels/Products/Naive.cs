using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// The textbook kernels: one thread per element of the result runs along a row and a column. Every number comes from memory (or a cache) each
/// time it is used.
/// </summary>
public sealed class Naive : IProductRung
{
    /// <inheritdoc/>
    public string Name => "naive";

    /// <inheritdoc/>
    public ProductMath Math => ProductMath.Full;

    /// <inheritdoc/>
    public IReadOnlyList<(string Product, Type Kernel)> Kernels { get; } =
    [
        ("W·A0", typeof(WeightsTimesPixels)), ("W·A", typeof(WeightsTimesActivations)), ("Wᵀ·dZ", typeof(TransposedWeightsTimesErrors)),
        ("dZ·Aᵀ", typeof(ErrorsTimesActivations)), ("dZ·A0ᵀ", typeof(ErrorsTimesPixels)),
    ];

    /// <inheritdoc/>
    public bool NeedsSm80 => false;

    /// <inheritdoc/>
    public string? Refusal(Accelerator accelerator) => null;

    /// <inheritdoc/>
    public long Groups(int rows, int columns) => ((long)rows * columns - 1) / ElementsPerGroup + 1;

    /// <inheritdoc/>
    public bool Fits(Index3D grid, int rows, int columns) => true;

    /// <summary>ILGPU chooses the groups; this is a usual size.</summary>
    public int ElementsPerGroup => 256;

    /// <inheritdoc/>
    public void WeightsTimesPixels(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> Z, int rows, int columns, ProductEnd end = default)
    {
        if (end.IsNothing)
        {
            kernels.Launch(rows * images.IntLength, new WeightsTimesPixels(W, X, images, Z, rows, columns));
        }
        else
        {
            kernels.Launch(rows * images.IntLength, new WeightsTimesPixelsFused(W, X, images, Z, rows, columns, end));
        }
    }

    /// <inheritdoc/>
    public void WeightsTimesActivations(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<float> A, ArrayView<float> Z, int rows, int columns, int m, ProductEnd end = default)
    {
        if (end.IsNothing)
        {
            kernels.Launch(rows * m, new WeightsTimesActivations(W, A, Z, rows, columns));
        }
        else
        {
            kernels.Launch(rows * m, new WeightsTimesActivationsFused(W, A, Z, rows, columns, end));
        }
    }

    /// <inheritdoc/>
    public void TransposedWeightsTimesErrors(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<float> dZ, ArrayView<float> dA, int rows, int columns, int m, ProductEnd end = default)
    {
        if (end.IsNothing)
        {
            kernels.Launch(columns * m, new TransposedWeightsTimesErrors(W, dZ, dA, rows, columns));
        }
        else
        {
            kernels.Launch(columns * m, new TransposedWeightsTimesErrorsFused(W, dZ, dA, rows, columns, end));
        }
    }

    /// <inheritdoc/>
    public void ErrorsTimesActivations(
        KernelLauncher kernels, ArrayView<float> dZ, ArrayView<float> A, ArrayView<float> dW, int rows, int columns, int m, int slice, int stride) =>
        kernels.Launch(rows * columns * ((m - 1) / slice + 1), new ErrorsTimesActivations(dZ, A, dW, rows, columns, m, slice, stride));

    /// <inheritdoc/>
    public void ErrorsTimesPixels(
        KernelLauncher kernels, ArrayView<float> dZ, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> dW,
        int rows, int columns, int m, int slice, int stride) =>
        kernels.Launch(rows * columns * ((m - 1) / slice + 1), new ErrorsTimesPixels(dZ, X, images, dW, rows, columns, m, slice, stride));
}
