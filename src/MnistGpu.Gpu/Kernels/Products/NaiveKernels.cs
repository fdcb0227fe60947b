using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Z = W·A0 of the first layer, A0 = X/255: Z[i,j] = 1/255·Σₖ W[i,k]·X[k,images[j]], W [rows × columns], X [columns ×
/// any] bytes, images [m], Z [rows × m]. 1/255 is applied once, to the sum; then comes the epilogue. One element of Z
/// per thread.
/// </summary>
internal readonly struct WeightsTimesPixels(
    ArrayView<float> W, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> Z, int rows, int columns,
    Epilogue epilogue = default) : IKernel
{
    private readonly Epilogue last = epilogue.With(Z);

    /// <inheritdoc/>
    public KernelCost Cost(int threads) => last.AddTo(
        new(4.0 * rows * columns + (columns + 4.0) * (threads / rows) + 4.0 * threads, (2.0 * columns + 1) * threads),
        rows, threads);

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

        Z[ij] = last.Of(i, ij, sum * (1f / 255f));
    }
}

/// <summary>
/// Z = W·A: Z[i,j] = Σₖ W[i,k]·A[k,j], W [rows × columns], A [columns × m], Z [rows × m]; then comes the epilogue. One
/// element of Z per thread.
/// </summary>
internal readonly struct WeightsTimesActivations(
    ArrayView<float> W, ArrayView<float> A, ArrayView<float> Z, int rows, int columns, Epilogue epilogue = default)
    : IKernel
{
    private readonly Epilogue last = epilogue.With(Z);

    /// <inheritdoc/>
    public KernelCost Cost(int threads) => last.AddTo(
        new(4.0 * rows * columns + 4.0 * columns * (threads / rows) + 4.0 * threads, 2.0 * columns * threads),
        rows, threads);

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

        Z[ij] = last.Of(i, ij, sum);
    }
}

/// <summary>
/// dA = Wᵀ·dZ: dA[k,j] = Σᵢ W[i,k]·dZ[i,j], W [rows × columns], dZ [rows × m], dA [columns × m]; then comes the
/// epilogue. One element of dA per thread.
/// </summary>
internal readonly struct TransposedWeightsTimesErrors(
    ArrayView<float> W, ArrayView<float> dZ, ArrayView<float> dA, int rows, int columns, Epilogue epilogue = default)
    : IKernel
{
    private readonly Epilogue last = epilogue.With(dA);

    /// <inheritdoc/>
    public KernelCost Cost(int threads) => last.AddTo(
        new(4.0 * rows * columns + 4.0 * rows * (threads / columns) + 4.0 * threads, 2.0 * rows * threads),
        columns, threads);

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

        dA[kj] = last.Of(k, kj, sum);
    }
}

/// <summary>
/// dW = dZ·Aᵀ in slices of the images: slice s of dW[i,k] is Σⱼ dZ[i,j]·A[k,j] over images s·slice ≤ j &lt;
/// (s+1)·slice, j &lt; m. dZ [rows × m], A [columns × m], each slice of dW [rows × columns], <paramref name="stride"/>
/// elements after the one before. One element of a slice per thread; <see cref="SumOfSlices"/> adds them up.
/// </summary>
internal readonly struct ErrorsTimesActivations(
    ArrayView<float> dZ, ArrayView<float> A, ArrayView<float> dW, int rows, int columns, int m, int slice, int stride)
    : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * (rows + columns) * m + 4.0 * threads, 2.0 * rows * columns * m);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        int s = n / (rows * columns), ik = n % (rows * columns);
        int i = ik / columns, k = ik % columns;
        var end = IntrinsicMath.Min((s + 1) * slice, m);
        var sum = 0f;
        for (var j = s * slice; j < end; j++)
        {
            sum += dZ[j * rows + i] * A[j * columns + k];
        }

        dW[s * stride + ik] = sum;
    }
}

/// <summary>
/// dW = dZ·A0ᵀ of the first layer, A0 = X/255, in slices of the images: slice s of dW[i,k] is 1/255·Σⱼ
/// dZ[i,j]·X[k,images[j]] over images s·slice ≤ j &lt; (s+1)·slice, j &lt; m. X [columns × any] bytes, images [m], the
/// rest as in <see cref="ErrorsTimesActivations"/>. 1/255 is applied once, to the slice's sum.
/// </summary>
internal readonly struct ErrorsTimesPixels(
    ArrayView<float> dZ, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> dW, int rows, int columns, int m,
    int slice, int stride) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) =>
        new((4.0 * rows + columns + 4) * m + 4.0 * threads, 2.0 * rows * columns * m + threads);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        int s = n / (rows * columns), ik = n % (rows * columns);
        int i = ik / columns, k = ik % columns;
        var end = IntrinsicMath.Min((s + 1) * slice, m);
        var sum = 0f;
        for (var j = s * slice; j < end; j++)
        {
            sum += dZ[j * rows + i] * X[images[j] * columns + k];
        }

        dW[s * stride + ik] = sum * (1f / 255f);
    }
}
