using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>Every rung, from the textbook up.</summary>
public static class ProductLadder
{
    /// <summary>To be raised when a kernel of the ladder changes: choices measured before are then no longer used.</summary>
    public const int Version = 1;

    /// <summary>The rungs in the order in which they were thought of.</summary>
    public static IReadOnlyList<IProductRung> Rungs { get; } =
    [
        new Naive(),
        new CoalescedRung<Lanes32x8>("coalesced"),
        new SharedTileRung<Threads16x16Depth16>("shared"),
        new RegisterTileRung<Threads8x8Depth16>("register"),
        new VectorTileRung<Threads8x8Depth16>("vector"),
        new VectorTileRung<Threads16x16Depth8>("vector-128"),
        new DoubleBufferedRung<Threads8x8Depth16, CpAsync>("double"),
        new DoubleBufferedRung<Threads16x16Depth8, CpAsync>("double-128"),
        new TensorCoresRung<Warps2x2Depth16, Tf32, MmaTf32>("tf32"),
        new TensorCoresRung<Warps2x2Depth16, Bf16, MmaBf16>("bf16"),
    ];

    /// <summary>A rung by its name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static IProductRung Find(string name) => Rungs.FirstOrDefault(rung => rung.Name == name) ?? throw new UserErrorException(
        $"There is no product '{name}'", where: "--product", expected: "auto, " + string.Join(", ", Rungs.Select(rung => rung.Name)),
        found: $"'{name}'", todo: Spelling.Suggest(name, [.. Rungs.Select(rung => rung.Name)]) is { } near ? $"did you mean {near}?" : "leave --product out");

    /// <summary>A rung by its name, if the device has what it needs.</summary>
    /// <exception cref="UserErrorException">There is none of this name, or it does not run on this device.</exception>
    public static IProductRung Find(string name, Accelerator accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        var rung = Find(name);
        return rung.Refusal(accelerator) is not { } needs ? rung : throw new UserErrorException(
            $"The product '{name}' does not run on this device", where: $"--product, {accelerator.Name}", expected: needs,
            found: $"{accelerator.AcceleratorType}", todo: "one that does: "
                + string.Join(", ", Rungs.Where(r => r.Refusal(accelerator) is null).Select(r => r.Name)) + ", or leave --product out");
    }
}
