using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>Every rung, from the textbook up.</summary>
internal static class ProductLadder
{
    /// <summary>
    /// To be raised when a kernel of the ladder changes: choices measured before are then no longer used.
    /// </summary>
    public const int Version = 3;

    // In the order in which they were thought of. A rung is made when the ladder is first asked for it, not for its
    // name: only then is ILGPU loaded.
    private static readonly (string Name, Func<string, IProductRung> Make)[] All =
    [
        ("naive", _ => new Naive()),
        ("coalesced", name => new CoalescedRung<Lanes32x8>(name)),
        ("shared", name => new SharedTileRung<Threads16x16Depth16>(name)),
        ("register", name => new RegisterTileRung<Threads8x8Depth16>(name)),
        ("vector", name => new VectorTileRung<Threads8x8Depth16>(name)),
        ("vector-128", name => new VectorTileRung<Threads16x16Depth8>(name)),
        ("pipelined-32", name => new PipelinedRung<Tile32x32, CpAsync, MmaBf16>(name)),
        ("pipelined-64", name => new PipelinedRung<Tile64x64, CpAsync, MmaBf16>(name)),
        ("pipelined", name => new PipelinedRung<Tile128x128, CpAsync, MmaBf16>(name)),
        (ProductNames.NameOf(ProductMath.Tf32), name => new TensorCoresRung<Tile128x64, MmaTf32, CpAsync>(name)),
        (ProductNames.NameOf(ProductMath.Bf16), name => new TensorCoresRung<Tile128x64, MmaBf16, CpAsync>(name)),
    ];

    private static readonly Lazy<IReadOnlyList<IProductRung>> Made = new(() => [.. All.Select(r => r.Make(r.Name))]);

    /// <summary>What the user calls the rungs. To ask for the names loads no ILGPU.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(rung => rung.Name)];

    /// <summary>The rungs in the order of <see cref="Names"/>.</summary>
    public static IReadOnlyList<IProductRung> Rungs => Made.Value;

    /// <summary>A rung by its name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static IProductRung Find(string name) =>
        Rungs.FirstOrDefault(rung => rung.Name == name) ?? throw new UserErrorException(
            $"There is no product '{name}'", where: "--product", expected: "auto, " + string.Join(", ", Names),
            found: $"'{name}'",
            todo: Spelling.Suggest(name, [.. Names]) is { } near ? $"did you mean {near}?" : "leave --product out");

    /// <summary>A rung by its name, if the device has what it needs.</summary>
    /// <exception cref="UserErrorException">There is none of this name, or it does not run on this device.</exception>
    public static IProductRung Find(string name, Accelerator accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        var rung = Find(name);
        return rung.Refusal(accelerator) is not { } needs ? rung : throw new UserErrorException(
            $"The product '{name}' does not run on this device", where: $"--product, {accelerator.Name}",
            expected: needs, found: $"{accelerator.AcceleratorType}", todo: "one that does: "
                + string.Join(", ", Rungs.Where(r => r.Refusal(accelerator) is null).Select(r => r.Name))
                + ", or leave --product out");
    }
}
