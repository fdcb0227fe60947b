using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// A rung whose one generic kernel serves all products: this class says where each product's operands lie
/// (<see cref="ProductArguments{TLeft, TRight}"/>), the rung itself what a group of threads makes of them.
/// </summary>
/// <param name="name">What the user calls it.</param>
/// <param name="threads">Threads of a group.</param>
/// <param name="tileRows">Rows of the result that a group computes.</param>
/// <param name="tileColumns">Columns of the result that it computes.</param>
/// <param name="sharedBytes">Shared memory of a group.</param>
internal abstract class TileRung(string name, int threads, int tileRows, int tileColumns, int sharedBytes)
    : IProductRung
{
    private const float PerPixel = 1f / 255f;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public virtual ProductMath Math => ProductMath.Full;

    /// <inheritdoc/>
    public virtual bool NeedsSm80 => false;

    /// <inheritdoc/>
    public virtual bool PrefersFloats(int inputs) => false;

    /// <inheritdoc/>
    public virtual Type Kernel(ProductKind product) => product switch
    {
        ProductKind.WeightsTimesPixels => Kernel<AlongDepth, PixelsAlongDepth>(),
        ProductKind.WeightsTimesActivations => Kernel<AlongDepth, AlongDepth>(),
        ProductKind.TransposedWeightsTimesErrors => Kernel<AcrossDepth, AlongDepth>(),
        ProductKind.ErrorsTimesActivations => Kernel<AcrossDepth, AcrossDepth>(),
        ProductKind.ErrorsTimesPixels => Kernel<PixelsAcrossDepth, AcrossDepth>(),
        _ => throw new ArgumentOutOfRangeException(nameof(product), product, null),
    };

    /// <inheritdoc/>
    public string? Refusal(Accelerator accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        if (NeedsSm80 && !(accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80))
        {
            return "an NVIDIA GPU of compute capability 8.0 or later, through CUDA";
        }

        int mostThreads = accelerator.MaxNumThreadsPerGroup, mostBytes = accelerator.MaxSharedMemoryPerGroup;
        return threads > mostThreads ? $"groups of {threads} threads, and the device has at most {mostThreads}"
            : sharedBytes > mostBytes ? $"{sharedBytes} bytes of shared memory, and the device has {mostBytes}"
            : null;
    }

    /// <inheritdoc/>
    public long Groups(int rows, int columns) => ((rows - 1L) / tileRows + 1) * ((columns - 1) / tileColumns + 1);

    /// <inheritdoc/>
    public virtual bool Fits(Index3D grid, int rows, int columns) =>
        (rows - 1) / tileRows < grid.Y && (columns - 1) / tileColumns < grid.X;

    /// <inheritdoc/>
    public int ElementsPerGroup => tileRows * tileColumns;

    /// <inheritdoc/>
    public void Launch(KernelLauncher kernels, in Product product)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        int rows = product.Rows, columns = product.Columns, m = product.M;
        ArrayView<float> left = product.Left, right = product.Right;
        var (X, images) = (product.X, product.Images);
        switch (product.Kind)
        {
            case ProductKind.WeightsTimesPixels:
                Launch(kernels, Arguments(product, Along(kernels, left, rows, columns),
                    new PixelsAlongDepth(X, images, m, columns, AlignedPixels(First(X), columns)), PerPixel));
                break;
            case ProductKind.WeightsTimesActivations:
                Launch(kernels, Arguments(
                    product, Along(kernels, left, rows, columns), Along(kernels, right, m, columns)));
                break;
            case ProductKind.TransposedWeightsTimesErrors:
                Launch(kernels, Arguments(product, Across(kernels, left, columns), Along(kernels, right, m, rows)));
                break;
            case ProductKind.ErrorsTimesActivations:
                Launch(kernels, Arguments(product, Across(kernels, right, columns), Across(kernels, left, rows)));
                break;
            case ProductKind.ErrorsTimesPixels:
                Launch(kernels, Arguments(product,
                    new PixelsAcrossDepth(X, images, columns, columns, AlignedPixels(First(X), columns)),
                    Across(kernels, left, rows), PerPixel));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(product), product.Kind, null);
        }
    }

    /// <summary>The kernel's type for two kinds of operands.</summary>
    protected abstract Type Kernel<TLeft, TRight>()
        where TLeft : struct, IOperand
        where TRight : struct, IOperand;

    /// <summary>Launches the kernel.</summary>
    protected abstract void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand;

    /// <summary>Launches the kernel of W·A0.</summary>
    protected virtual void Launch(KernelLauncher kernels, ProductArguments<AlongDepth, PixelsAlongDepth> product) =>
        Launch<AlongDepth, PixelsAlongDepth>(kernels, product);

    /// <summary>Launches the kernel of dZ·A0ᵀ.</summary>
    protected virtual void Launch(KernelLauncher kernels, ProductArguments<PixelsAcrossDepth, AcrossDepth> product) =>
        Launch<PixelsAcrossDepth, AcrossDepth>(kernels, product);

    /// <summary>The groups that compute a product, a tile each.</summary>
    protected KernelConfig Groups<TLeft, TRight>(ProductArguments<TLeft, TRight> product)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand => product.Groups(tileRows, tileColumns, threads);

    private static ProductArguments<TLeft, TRight> Arguments<TLeft, TRight>(
        in Product product, TLeft left, TRight right, float scale = 1)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand => new(
            left, right, product.Result, product.ResultRows, product.ResultColumns, product.Depth, product.Slice,
            product.Stride, scale, Aligned(First(product.Result), product.ResultRows, product.Stride),
            product.Epilogue);

    private static AlongDepth Along(KernelLauncher kernels, ArrayView<float> data, int outer, int depth) =>
        new(data, outer, depth, Aligned(First(data), depth), Address(kernels, data));

    private static AcrossDepth Across(KernelLauncher kernels, ArrayView<float> data, int outer) =>
        new(data, outer, outer, Aligned(First(data), outer), Address(kernels, data));

    // Buffers begin at aligned addresses, and four elements (16 bytes, or 4 of pixels) are taken at once.
    private static int Aligned(long first, int pitch, int stride = 0) =>
        (first | (uint)pitch | (uint)stride) % 4 == 0 ? 1 : 0;

    private static int AlignedPixels(long first, int pitch) =>
        (first | (uint)pitch) % 16 == 0 ? PackedPixels.Sixteens : Aligned(first, pitch);

    // Generic, so that the view is not boxed.
    private static long First<TView>(TView view)
        where TView : struct, IContiguousArrayView => view.Index;

    private static long Address(KernelLauncher kernels, ArrayView<float> data) =>
        kernels.IsCuda ? data.LoadEffectiveAddressAsPtr().ToInt64() : 0;
}
