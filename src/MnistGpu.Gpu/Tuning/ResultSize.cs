using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Memory;

namespace MnistGpu.Gpu.Tuning;

/// <summary>How large a product's result is to a device: what decides which rung is fastest.</summary>
internal enum ResultSize
{
    /// <summary>Fewer than 32 rows or columns, so that square tiles stay mostly empty: the tutorial's layers.</summary>
    Narrow,

    /// <summary>Tiles of 64 × 64 give fewer groups than the device has multiprocessors: small batches.</summary>
    Small,

    /// <summary>The device is full.</summary>
    Large,
}

/// <summary>The sizes, and a product of each that stands for it.</summary>
internal static class ResultSizes
{
    private const int FewestWide = 32;
    private const long Tile = 64 * 64;

    /// <summary>The size of a result of so many rows and columns in so many slices.</summary>
    public static ResultSize Create(int rows, int columns, int slices, int multiprocessors) =>
        Math.Min(rows, columns) < FewestWide ? ResultSize.Narrow
        : (long)rows * columns * slices < Tile * multiprocessors ? ResultSize.Small : ResultSize.Large;

    /// <summary>The product that is timed for a size.</summary>
    /// <param name="product">Which product.</param>
    /// <param name="size">Which size.</param>
    /// <param name="isGpu">Whether the device is a GPU; a host CPU gets a tenth to a sixtieth of the work.</param>
    public static ProductCase Create(ProductKind product, ResultSize size, bool isGpu)
    {
        var isGradient = product is ProductKind.ErrorsTimesActivations or ProductKind.ErrorsTimesPixels;
        return size switch
        {
            ResultSize.Narrow when isGradient => new(product, 784, 10, isGpu ? 4096 : 1024, WorkPlan.FewestSliceImages),
            ResultSize.Narrow => new(product, 10, isGpu ? 4096 : 1024, 784, 784),
            ResultSize.Small => isGpu ? new(product, 128, 128, 784, 784) : new(product, 64, 64, 256, 256),
            _ => isGpu ? new(product, 1024, 1024, 1024, 1024) : new(product, 256, 256, 256, 256),
        };
    }
}

/// <summary>
/// A product of which the result is [rows × columns], each element a sum over the depth, as
/// <see cref="ProductArguments{TLeft, TRight}"/> has it.
/// </summary>
/// <param name="Product">Which product.</param>
/// <param name="Rows">Rows of the result: of W for W·A, columns of W for the others.</param>
/// <param name="Columns">Columns of the result: images, or rows of W for dZ·Aᵀ.</param>
/// <param name="Depth">Terms of a sum.</param>
/// <param name="Slice">Terms that are summed apart; only dZ·Aᵀ has slices.</param>
internal readonly record struct ProductCase(ProductKind Product, int Rows, int Columns, int Depth, int Slice)
{
    /// <summary>Whether the product takes pixels.</summary>
    public bool TakesPixels => Product is ProductKind.WeightsTimesPixels or ProductKind.ErrorsTimesPixels;

    /// <summary>Slices of the result.</summary>
    public int Slices =>
        Product is ProductKind.ErrorsTimesActivations or ProductKind.ErrorsTimesPixels ? (Depth - 1) / Slice + 1 : 1;

    /// <summary>Elements of all slices.</summary>
    public int Elements => Rows * Columns * Slices;

    /// <inheritdoc/>
    public override string ToString() => $"{Rows:N0} × {Columns:N0} of {Depth:N0}";
}
