using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// A rung whose one generic kernel serves all products: this class says where each product's operands lie (<see cref="Problem{TLeft, TRight}"/>), the
/// rung itself what a group of threads makes of them.
/// </summary>
/// <param name="name">What the user calls it.</param>
/// <param name="threads">Threads of a group.</param>
/// <param name="tileRows">Rows of the result that a group computes.</param>
/// <param name="tileColumns">Columns of the result that it computes.</param>
/// <param name="sharedBytes">Shared memory of a group.</param>
public abstract class TileRung(string name, int threads, int tileRows, int tileColumns, int sharedBytes) : IProductRung
{
    private const float PerPixel = 1f / 255f;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public virtual ProductMath Math => ProductMath.Full;

    /// <inheritdoc/>
    public virtual bool NeedsSm80 => false;

    /// <inheritdoc/>
    public IReadOnlyList<(string Product, Type Kernel)> Kernels =>
    [
        ("W·A0", Kernel<AlongDepth, PixelsAlongDepth>()), ("W·A", Kernel<AlongDepth, AlongDepth>()), ("Wᵀ·dZ", Kernel<AcrossDepth, AlongDepth>()),
        ("dZ·Aᵀ", Kernel<AcrossDepth, AcrossDepth>()), ("dZ·A0ᵀ", Kernel<PixelsAcrossDepth, AcrossDepth>()),
    ];

    /// <inheritdoc/>
    public string? Refusal(Accelerator accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        if (NeedsSm80 && !(accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80))
        {
            return "an NVIDIA GPU of compute capability 8.0 or later, through CUDA";
        }

        return threads > accelerator.MaxNumThreadsPerGroup ? $"groups of {threads} threads, and the device has at most {accelerator.MaxNumThreadsPerGroup}"
            : sharedBytes > accelerator.MaxSharedMemoryPerGroup ? $"{sharedBytes} bytes of shared memory, and the device has {accelerator.MaxSharedMemoryPerGroup}"
            : null;
    }

    /// <inheritdoc/>
    public long Groups(int rows, int columns) => ((rows - 1L) / tileRows + 1) * ((columns - 1) / tileColumns + 1);

    /// <inheritdoc/>
    public bool Fits(Index3D grid, int rows, int columns) => (rows - 1) / tileRows < grid.Y && (columns - 1) / tileColumns < grid.X;

    /// <inheritdoc/>
    public int ElementsPerGroup => tileRows * tileColumns;

    /// <inheritdoc/>
    public void WeightsTimesPixels(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> Z, int rows, int columns, ProductEnd end = default) =>
        Launch(kernels, new Problem<AlongDepth, PixelsAlongDepth>(
            Along(kernels, W, rows, columns), new PixelsAlongDepth(X, images, images.IntLength, columns, Aligned(First(X), columns)),
            Z, rows, images.IntLength, columns, columns, 0, PerPixel, Aligned(First(Z), rows), end));

    /// <inheritdoc/>
    public void WeightsTimesActivations(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<float> A, ArrayView<float> Z, int rows, int columns, int m, ProductEnd end = default) =>
        Launch(kernels, new Problem<AlongDepth, AlongDepth>(
            Along(kernels, W, rows, columns), Along(kernels, A, m, columns), Z, rows, m, columns, columns, 0, 1, Aligned(First(Z), rows), end));

    /// <inheritdoc/>
    public void TransposedWeightsTimesErrors(
        KernelLauncher kernels, ArrayView<float> W, ArrayView<float> dZ, ArrayView<float> dA, int rows, int columns, int m, ProductEnd end = default) =>
        Launch(kernels, new Problem<AcrossDepth, AlongDepth>(
            Across(kernels, W, columns), Along(kernels, dZ, m, rows), dA, columns, m, rows, rows, 0, 1, Aligned(First(dA), columns), end));

    /// <inheritdoc/>
    public void ErrorsTimesActivations(
        KernelLauncher kernels, ArrayView<float> dZ, ArrayView<float> A, ArrayView<float> dW, int rows, int columns, int m, int slice, int stride) =>
        Launch(kernels, new Problem<AcrossDepth, AcrossDepth>(
            Across(kernels, A, columns), Across(kernels, dZ, rows), dW, columns, rows, m, slice, stride, 1, Aligned(First(dW), columns, stride)));

    /// <inheritdoc/>
    public void ErrorsTimesPixels(
        KernelLauncher kernels, ArrayView<float> dZ, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> dW,
        int rows, int columns, int m, int slice, int stride) =>
        Launch(kernels, new Problem<PixelsAcrossDepth, AcrossDepth>(
            new PixelsAcrossDepth(X, images, columns, columns, Aligned(First(X), columns)), Across(kernels, dZ, rows),
            dW, columns, rows, m, slice, stride, PerPixel, Aligned(First(dW), columns, stride)));

    /// <summary>The kernel's type for two kinds of operands.</summary>
    protected abstract Type Kernel<TLeft, TRight>()
        where TLeft : struct, IOperand
        where TRight : struct, IOperand;

    /// <summary>Launches the kernel.</summary>
    protected abstract void Launch<TLeft, TRight>(KernelLauncher kernels, Problem<TLeft, TRight> problem)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand;

    /// <summary>The groups that compute a product, a tile each.</summary>
    protected KernelConfig Groups<TLeft, TRight>(Problem<TLeft, TRight> problem)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand => problem.Groups(tileRows, tileColumns, threads);

    private static AlongDepth Along(KernelLauncher kernels, ArrayView<float> data, int outer, int depth) =>
        new(data, outer, depth, Aligned(First(data), depth), Address(kernels, data));

    private static AcrossDepth Across(KernelLauncher kernels, ArrayView<float> data, int outer) =>
        new(data, outer, outer, Aligned(First(data), outer), Address(kernels, data));

    // Buffers begin at aligned addresses, and four elements (16 bytes, or 4 of pixels) are taken at once.
    private static int Aligned(long first, int pitch, int stride = 0) => (first | (uint)pitch | (uint)stride) % 4 == 0 ? 1 : 0;

    // Generic, so that the view is not boxed.
    private static long First<TView>(TView view)
        where TView : struct, IContiguousArrayView => view.Index;

    private static long Address(KernelLauncher kernels, ArrayView<float> data) => kernels.IsCuda ? data.LoadEffectiveAddressAsPtr().ToInt64() : 0;
}
