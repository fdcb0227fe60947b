using System.Globalization;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Proof;

namespace MnistGpu.Gpu.Tuning;

/// <summary>Which rung computes which product on a device.</summary>
/// <remarks>
/// By itself the table takes only rungs that compute in float32; those that round run where they are asked for by name.
/// </remarks>
internal sealed class ProductChoice
{
    /// <summary>The name that leaves the choice to the table.</summary>
    public const string Auto = "auto";

    // The table: from each list the first rung that fills the device (see For). That of GPUs of other kinds is not
    // measured: larger tiles read less per multiply-add, so they come first. ILGPU's CPU accelerator only simulates
    // groups of threads, at a tenth of a millisecond a barrier, so there it is naive. OpenCL on a host CPU is measured,
    // see kernels-bench/results: there 64 × 64 tiles with vector accesses are the fastest wherever they are not mostly
    // empty, and need not be many.
    private static readonly string[] OnGpu = ["vector-128", "vector", "shared", "coalesced", "naive"];

    // Measured on an H200 (its page in kernels-bench/results): tiles of 64 are the fastest from a group for each
    // multiprocessor on, those of 128 where there are several.
    private static readonly string[] OnSm80 = ["pipelined", "pipelined-64", "pipelined-32"];
    private const int GroupsOfLargest = 4;
    private static readonly string[] OnHostOpenCl = ["vector", "naive"];
    private static readonly string[] Simulated = ["naive"];

    private static readonly IProductRung FitsAlways = ProductLadder.Find("naive");

    private readonly IProductRung[] rungs;
    private readonly Accelerator accelerator;

    private ProductChoice(IEnumerable<IProductRung> rungs, Accelerator accelerator)
    {
        this.rungs = [.. rungs];
        this.accelerator = accelerator;
    }

    /// <summary>
    /// Whether the user asked for a rung: then every product is computed that way, in no fused kernel of
    /// another kind.
    /// </summary>
    public bool IsAsked { get; private init; }

    /// <summary>What it is, for people.</summary>
    public string Description => IsAsked ? rungs[0].Name
        : Tuned is { } when
            ? $"auto, as tuned on {when.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC"
            : "auto, by the table";

    /// <summary>When the choice was measured on the device; null for the table's.</summary>
    public DateTimeOffset? Tuned { get; private init; }

    /// <summary>
    /// What the user should know, in one line: that a measured choice was there and could not be used. Null for
    /// nothing.
    /// </summary>
    public string? Notice { get; private init; }

    // Groups that a GPU needs to be busy; any number will do elsewhere.
    private int FewestGroups { get; init; }

    // [product, size] as measured on the device; null for the table.
    private IProductRung[,]? Measured { get; init; }

    /// <summary>How its products round.</summary>
    public ProductRounding Rounding => RoundingOf(rungs[0].Math);

    /// <summary>
    /// Whether every product of so many pixels is one of <see cref="MatrixPixels"/>: then layer by layer is faster than
    /// the one launch of a small network.
    /// </summary>
    internal bool TakesMatrixPixels(int inputs) => !IsAsked
        && OfPixels.All(rung => rung.NeedsSm80 && rung.Math == ProductMath.Full && !rung.PrefersFloats(inputs));

    /// <summary>Whether it may take a rung that is faster with A0 as floats than with so many pixels.</summary>
    internal bool MayPreferFloats(int inputs) => OfPixels.Any(rung => rung.PrefersFloats(inputs));

    // Those that a product of pixels may take.
    private IEnumerable<IProductRung> OfPixels => Measured is not { } measured ? rungs
        : from product in (ProductKind[])[ProductKind.WeightsTimesPixels, ProductKind.ErrorsTimesPixels]
          from size in Enum.GetValues<ResultSize>()
          select measured[(int)product, (int)size];

    /// <summary>The choice for a device.</summary>
    /// <param name="device">Where the products run.</param>
    /// <param name="product">A rung's name for all of them, or <see cref="Auto"/>.</param>
    /// <exception cref="UserErrorException">There is no such rung, or the device lacks what it needs.</exception>
    public static ProductChoice Create(GpuDevice device, string product = Auto)
    {
        ArgumentNullException.ThrowIfNull(device);
        var accelerator = device.Accelerator;
        if (product != Auto)
        {
            return Create(ProductLadder.Find(product, accelerator), accelerator);
        }

        var names = ProductLadder.Find(OnSm80[0]).Refusal(accelerator) is null ? OnSm80
            : device.Info.IsGpu ? OnGpu : device.Info.IsHostSimulation ? Simulated : OnHostOpenCl;
        return new(names.Select(ProductLadder.Find).Where(rung => rung.Refusal(accelerator) is null),
            accelerator)
        { FewestGroups = device.Info.IsGpu ? accelerator.NumMultiprocessors : 1 };
    }

    /// <summary>
    /// The choice for a device, by what <c>devices --tune</c> measured there, if it did and nothing is asked for.
    /// </summary>
    /// <param name="device">Where the products run.</param>
    /// <param name="product">As for <see cref="Create(GpuDevice, string)"/>.</param>
    /// <param name="folder">Where tunings are kept; null for the user's cache.</param>
    public static ProductChoice OfTuned(GpuDevice device, string product = Auto, string? folder = null)
    {
        var choice = Create(device, product);
        if (choice.IsAsked || device.Info.IsHostSimulation)
        {
            return choice;
        }

        return TuningFile.Find(device.Info, out var notice, folder) is { } file
            ? choice.With(file, device) : choice.With(notice);
    }

    private ProductChoice With(string? notice) =>
        new(rungs, accelerator) { FewestGroups = FewestGroups, Notice = notice };

    private ProductChoice With(TuningFile file, GpuDevice device)
    {
        var measured = new IProductRung[Enum.GetValues<ProductKind>().Length, Enum.GetValues<ResultSize>().Length];
        foreach (var product in Enum.GetValues<ProductKind>())
        {
            foreach (var size in Enum.GetValues<ResultSize>())
            {
                var rung = ProductLadder.Find(file.RungOf(product, size));
                if (rung.Refusal(device.Accelerator) is { } needs)
                {
                    return With(TuningFile.Ignored(TuningFile.PathOf(device.Info), $"{rung.Name} needs {needs}"));
                }

                measured[(int)product, (int)size] = rung;
            }
        }

        return new(rungs, accelerator) { Measured = measured, Tuned = file.Tuned };
    }

    /// <summary>The same choice among these rungs only; null where it takes none of them.</summary>
    internal ProductChoice? Only(IReadOnlyList<IProductRung> among) =>
        rungs.Where(rung => among.Any(one => one.Name == rung.Name)).ToArray() is { Length: > 0 } left
            ? new(left, accelerator) { FewestGroups = FewestGroups } : null;

    /// <summary>One rung for all products, whether it is of the ladder or not.</summary>
    internal static ProductChoice Create(IProductRung rung, Accelerator accelerator) =>
        new([rung], accelerator) { IsAsked = true };

    /// <summary>What a rounding can come to, for <see cref="Verification"/>.</summary>
    public static ProductRounding RoundingOf(ProductMath math) => math switch
    {
        ProductMath.Tf32 => ProductRounding.Tf32,
        ProductMath.Bf16 => ProductRounding.Bf16,
        _ => ProductRounding.None,
    };

    /// <summary>The rung for a product, by the size of its result.</summary>
    /// <exception cref="UserErrorException">The layer is too wide for the rung that was asked for.</exception>
    public IProductRung For(in Product product) =>
        For(product.Kind, product.ResultRows, product.ResultColumns, product.Slices);

    /// <summary>The rung for a result of so many rows and columns in so many slices.</summary>
    /// <remarks>
    /// 1. The one asked for. 2. Else the one measured for this size. 3. Else, by the table, the first whose groups give
    /// every multiprocessor of a GPU work and whose tiles are at least half full, or the last where there is none.
    /// A layer too wide for the grid of 2 or 3 gets the textbook's.
    /// </remarks>
    /// <exception cref="UserErrorException">The layer is too wide for the rung that was asked for.</exception>
    public IProductRung For(ProductKind product, int rows, int columns, int slices = 1)
    {
        var rung = Measured is { } measured
            ? measured[(int)product, (int)ResultSizes.Create(rows, columns, slices, accelerator.NumMultiprocessors)]
            : ByTable(rows, columns, slices);
        return rung.Fits(accelerator.MaxGridSize, rows, columns) ? rung
            : !IsAsked ? FitsAlways
            : throw new UserErrorException(
                $"The product '{rung.Name}' does not fit: the layers are too wide for it on this device",
                where: $"--product, {accelerator.Name}",
                expected: $"at most {accelerator.MaxGridSize.Y:N0} groups of threads below one another",
                found: $"a result of {rows:N0} × {columns:N0}", todo: "leave out --product, or take narrower layers");
    }

    private IProductRung ByTable(int rows, int columns, int slices)
    {
        foreach (var rung in rungs)
        {
            var groups = rung.Groups(rows, columns);
            var fewest = rung.Name == OnSm80[0] ? GroupsOfLargest * FewestGroups : FewestGroups;
            if (groups * slices >= fewest && 2L * rows * columns >= groups * rung.ElementsPerGroup)
            {
                return rung;
            }
        }

        return rungs[^1];
    }
}
