using MnistGpu.Gpu.Devices;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>Which rung computes which product on a device.</summary>
/// <remarks>
/// By itself the choice takes only rungs without inline PTX, whose generated code runs in the tests; the others run where they are asked for, by name
/// (<c>double</c>) or by their rounding (TF32, bf16), until they have been verified and timed on a GPU.
/// </remarks>
public sealed class ProductChoice
{
    /// <summary>The name that leaves the choice to the table.</summary>
    public const string Auto = "auto";

    // The table: from each list the first rung that fills the device (see For). None of it is measured on a GPU yet: larger tiles
    // read less per multiply-add, so they come first. ILGPU's CPU accelerator only simulates groups of threads, at a
    // tenth of a millisecond a barrier, so there it is naive; for OpenCL on a host CPU too, until the other rungs are measured there on a quiet machine.
    private static readonly string[] OnGpu = ["vector-128", "vector", "shared", "coalesced", "naive"];
    private static readonly string[] OnGpuTf32 = ["tf32", .. OnGpu];
    private static readonly string[] OnGpuBf16 = ["bf16", .. OnGpu];
    private static readonly string[] OnHost = ["naive"];

    private readonly IProductRung[] rungs;
    private readonly int multiprocessors;

    private ProductChoice(IEnumerable<IProductRung> rungs, int multiprocessors)
    {
        this.rungs = [.. rungs];
        this.multiprocessors = multiprocessors;
    }

    /// <summary>The choice for a device.</summary>
    /// <param name="device">Where the products run.</param>
    /// <param name="product">A rung's name for all of them, or <see cref="Auto"/>.</param>
    /// <param name="math">How the operands may be rounded. A rung that is named rounds as it does.</param>
    /// <exception cref="UserErrorException">There is no such rung, or the device lacks what it needs.</exception>
    public static ProductChoice Of(GpuDevice device, string product = Auto, ProductMath math = ProductMath.Full)
    {
        ArgumentNullException.ThrowIfNull(device);
        var accelerator = device.Accelerator;
        if (product != Auto)
        {
            var named = ProductLadder.Find(product, accelerator);
            return math == ProductMath.Full || named.Math == math ? new([named], 0) : throw new UserErrorException(
                $"The product '{product}' does not compute in {math.ToString().ToLowerInvariant()}", where: "--product, --math",
                todo: "leave one of the two out");
        }

        var needed = math switch { ProductMath.Tf32 => "tf32", ProductMath.Bf16 => "bf16", _ => null };
        if (needed is not null && ProductLadder.Find(needed).Refusal(accelerator) is { } needs)
        {
            throw new UserErrorException($"This device does not compute in {needed}", where: $"--math, {accelerator.Name}", expected: needs,
                found: device.Info.Kind, todo: "leave --math out for float32");
        }

        var names = !device.Info.IsGpu ? OnHost : math switch { ProductMath.Tf32 => OnGpuTf32, ProductMath.Bf16 => OnGpuBf16, _ => OnGpu };
        return new(names.Select(ProductLadder.Find).Where(rung => rung.Refusal(accelerator) is null), accelerator.NumMultiprocessors);
    }

    /// <summary>
    /// The rung for a result of so many rows and columns in so many slices: the first whose groups give every multiprocessor work and whose tiles are at
    /// least half full; the last where there is none.
    /// </summary>
    public IProductRung For(int rows, int columns, int slices = 1)
    {
        foreach (var rung in rungs)
        {
            var groups = rung.Groups(rows, columns);
            if (groups * slices >= multiprocessors && 2L * rows * columns >= groups * rung.ElementsPerGroup)
            {
                return rung;
            }
        }

        return rungs[^1];
    }
}
