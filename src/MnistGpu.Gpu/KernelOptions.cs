using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;

namespace MnistGpu.Gpu;

/// <summary>How an engine made of kernels computes; engines without kernels take no notice.</summary>
internal sealed record KernelOptions
{
    /// <summary>Whether kernels are timed, see <see cref="IKernelEngine.ReadKernelTimes"/>.</summary>
    public bool Profile { get; init; }

    /// <summary>Whether several equations share one kernel where that can be.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>The rung of the ladder that computes every product, or <see cref="ProductChoice.Auto"/>.</summary>
    public string Product { get; init; } = ProductChoice.Auto;

    /// <summary>Whether a rung is named, instead of whichever is fastest in float32.</summary>
    public bool AskForProducts => Product != ProductChoice.Auto;

    /// <summary>How the products' operands are rounded: as the rung that is named does.</summary>
    public ProductMath Rounding => ProductNames.MathOf(Product);
}
