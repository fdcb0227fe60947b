using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;

namespace MnistGpu.Gpu;

/// <summary>How an engine made of kernels computes; engines without kernels take no notice.</summary>
public sealed record KernelOptions
{
    /// <summary>Whether kernels are timed, see <see cref="IKernelEngine.ReadKernelTimes"/>.</summary>
    public bool Profile { get; init; }

    /// <summary>Whether several equations share one kernel where that can be.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>The rung of the ladder that computes every product, or <see cref="ProductChoice.Auto"/>.</summary>
    public string Product { get; init; } = ProductChoice.Auto;

    /// <summary>
    /// How the products' operands are to be rounded; null for as <see cref="Product"/> does, which is not at all if
    /// that is auto.
    /// </summary>
    public ProductMath? Math { get; init; }

    /// <summary>Whether more is asked of the products than float32 by whichever rung is fastest.</summary>
    public bool AskForProducts => Product != ProductChoice.Auto || Math is not (null or ProductMath.Full);

    /// <summary>How the products' operands are rounded after all.</summary>
    public ProductMath Rounding => Math ?? ProductNames.MathOf(Product);
}
