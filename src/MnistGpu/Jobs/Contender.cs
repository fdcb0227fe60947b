using MnistGpu.Gpu;
using MnistGpu.Host;
using MnistGpu.Model;

namespace MnistGpu.Program.Jobs;

/// <summary>One row of a comparison: an engine and how its kernels compute.</summary>
/// <param name="Choice">The engine.</param>
/// <param name="Kernels">How its kernels compute.</param>
internal sealed record Contender(EngineChoice Choice, KernelOptions Kernels)
{
    /// <summary>Makes the engine for a network, with so many threads.</summary>
    public Func<NetworkShape, int, INetworkEngine> Make { get; init; } = (shape, threads) =>
        Engines.Create(Choice, shape, threads, Kernels);

    /// <summary>
    /// Each engine at its best in float32; kernels also unfused and, where the device can, as the user asks for their
    /// products.
    /// </summary>
    /// <param name="device">The one device to run on; null for all present.</param>
    /// <param name="asked">What is asked of the products.</param>
    /// <exception cref="UserErrorException">There is no such device, or none of them computes products as
    /// asked.</exception>
    public static IReadOnlyList<Contender> List(string? device, KernelOptions asked)
    {
        IReadOnlyList<EngineChoice> engines = device is null ? Engines.List() : [Engines.Choose(device)];
        if (device is not null)
        {
            Engines.Require(engines[0], asked);
        }

        var able = device is null && asked.AskForProducts ? Engines.ListFor(asked) : engines;
        return [.. engines.SelectMany(engine =>
            List(engine, asked.AskForProducts && able.Contains(engine) ? asked : null))];
    }

    private static IEnumerable<Contender> List(EngineChoice engine, KernelOptions? asked)
    {
        yield return new(engine, new());
        if (engine.HasKernels)
        {
            yield return new(engine, new() { Fuse = false });
        }

        if (asked is not null)
        {
            yield return new(engine, asked);
        }
    }
}
