using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary><see cref="WeightsTimesPixels"/> with what comes after it: Z or A [rows × m]. One element per thread.</summary>
public readonly struct WeightsTimesPixelsFused(
    ArrayView<float> W, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> Z, int rows, int columns, ProductEnd end) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => end.AddTo(new(4.0 * rows * columns + (columns + 4.0) * (threads / rows) + 4.0 * threads, (2.0 * columns + 1) * threads), rows, threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij)
    {
        int i = ij % rows, j = ij / rows;
        int row = i * columns, image = images[j] * columns;
        var sum = 0f;
        for (var k = 0; k < columns; k++)
        {
            sum += W[row + k] * X[image + k];
        }

        Z[ij] = end.Of(i, ij, sum * (1f / 255f));
    }
}

/// <summary><see cref="WeightsTimesActivations"/> with what comes after it: Z or A [rows × m]. One element per thread.</summary>
public readonly struct WeightsTimesActivationsFused(
    ArrayView<float> W, ArrayView<float> A, ArrayView<float> Z, int rows, int columns, ProductEnd end) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => end.AddTo(new(4.0 * rows * columns + 4.0 * columns * (threads / rows) + 4.0 * threads, 2.0 * columns * threads), rows, threads);

    /// <inheritdoc/>
    public void Execute(Index1D ij)
    {
        int i = ij % rows, j = ij / rows;
        int row = i * columns, image = j * columns;
        var sum = 0f;
        for (var k = 0; k < columns; k++)
        {
            sum += W[row + k] * A[image + k];
        }

        Z[ij] = end.Of(i, ij, sum);
    }
}

/// <summary><see cref="TransposedWeightsTimesErrors"/> with the derivative: dZ [columns × m]. One element per thread.</summary>
public readonly struct TransposedWeightsTimesErrorsFused(
    ArrayView<float> W, ArrayView<float> dZ, ArrayView<float> dA, int rows, int columns, ProductEnd end) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => end.AddTo(new(4.0 * rows * columns + 4.0 * rows * (threads / columns) + 4.0 * threads, 2.0 * rows * threads), columns, threads);

    /// <inheritdoc/>
    public void Execute(Index1D kj)
    {
        int k = kj % columns, j = kj / columns;
        var image = j * rows;
        var sum = 0f;
        for (var i = 0; i < rows; i++)
        {
            sum += W[i * columns + k] * dZ[image + i];
        }

        dA[kj] = end.Of(k, kj, sum);
    }
}
