using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// The textbook kernels: one thread per element of the result runs along a row and a column. Every number comes from
/// memory (or a cache) each time it is used.
/// </summary>
internal sealed class Naive : IProductRung
{
    /// <inheritdoc/>
    public string Name => "naive";

    /// <inheritdoc/>
    public ProductMath Math => ProductMath.Full;

    /// <inheritdoc/>
    public bool NeedsSm80 => false;

    /// <inheritdoc/>
    public bool PrefersFloats(int inputs) => false;

    /// <summary>ILGPU chooses the groups; this is a usual size.</summary>
    public int ElementsPerGroup => 256;

    /// <inheritdoc/>
    public Type Kernel(ProductKind product) => product switch
    {
        ProductKind.WeightsTimesPixels => typeof(WeightsTimesPixels),
        ProductKind.WeightsTimesActivations => typeof(WeightsTimesActivations),
        ProductKind.TransposedWeightsTimesErrors => typeof(TransposedWeightsTimesErrors),
        ProductKind.ErrorsTimesActivations => typeof(ErrorsTimesActivations),
        ProductKind.ErrorsTimesPixels => typeof(ErrorsTimesPixels),
        _ => throw new ArgumentOutOfRangeException(nameof(product), product, null),
    };

    /// <inheritdoc/>
    public string? Refusal(Accelerator accelerator) => null;

    /// <inheritdoc/>
    public long Groups(int rows, int columns) => ((long)rows * columns - 1) / ElementsPerGroup + 1;

    /// <inheritdoc/>
    public bool Fits(Index3D grid, int rows, int columns) => true;

    /// <inheritdoc/>
    public void Launch(KernelLauncher kernels, in Product product)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        int rows = product.Rows, columns = product.Columns, m = product.M, count = product.Elements;
        ArrayView<float> left = product.Left, right = product.Right, result = product.Result;
        switch (product.Kind)
        {
            case ProductKind.WeightsTimesPixels:
                kernels.Launch(count, new WeightsTimesPixels(
                    left, product.X, product.Images, result, rows, columns, product.Epilogue));
                break;
            case ProductKind.WeightsTimesActivations:
                kernels.Launch(count, new WeightsTimesActivations(
                    left, right, result, rows, columns, product.Epilogue));
                break;
            case ProductKind.TransposedWeightsTimesErrors:
                kernels.Launch(count, new TransposedWeightsTimesErrors(
                    left, right, result, rows, columns, product.Epilogue));
                break;
            case ProductKind.ErrorsTimesActivations:
                kernels.Launch(count, new ErrorsTimesActivations(
                    left, right, result, rows, columns, m, product.Slice, product.Stride));
                break;
            case ProductKind.ErrorsTimesPixels:
                kernels.Launch(count, new ErrorsTimesPixels(
                    left, product.X, product.Images, result, rows, columns, m, product.Slice, product.Stride));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(product), product.Kind, null);
        }
    }
}
