using System.Runtime.Intrinsics;
using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Simd;

namespace MnistGpu.Host;

/// <summary>The engines that need no device but the host's CPU: simd and the reference.</summary>
internal sealed class HostEngines : IEngineList
{
    /// <summary>The package whose engines need a device.</summary>
    internal const string GpuPackage = "MnistGpu.Gpu";

    private static readonly string[] GpuWords = ["gpu", "cuda", "opencl", "cpu"];

    /// <summary>The fast engine on the CPU.</summary>
    public static EngineChoice Simd { get; } = new(
        "simd", "CPU vectors", $"{Environment.ProcessorCount} cores, {VectorBits()}-bit vectors, float32");

    /// <summary>The equations as they stand.</summary>
    public static EngineChoice Reference { get; } = new(
        "reference", "CPU reference", "one thread, float64: the equations as they stand, to prove the others");

    /// <summary>The engine of one of these two choices; null for another's.</summary>
    /// <inheritdoc cref="IEngineList.Create"/>
    public static INetworkEngine? Find(EngineChoice choice, NetworkShape shape, int threads) => choice.Name switch
    {
        "simd" => SimdEngine.Create(shape, threads),
        "reference" => new ReferenceEngine(shape),
        _ => null,
    };

    /// <inheritdoc/>
    public IReadOnlyList<EngineChoice> List() => [Simd, Reference];

    /// <inheritdoc/>
    public EngineChoice Choose(string device)
    {
        var name = device.Trim().ToLowerInvariant();
        var kind = name.Split(':')[0];
        return name switch
        {
            "auto" or "simd" => Simd,
            "reference" => Reference,
            _ when GpuWords.Contains(kind) => throw new UserErrorException(
                $"The device '{device}' needs the package {GpuPackage}", where: "TrainingOptions.Device",
                expected: $"a reference to {GpuPackage} beside MnistGpu", found: "none",
                todo: $"add it: dotnet add package {GpuPackage}"),
            _ => throw new UserErrorException($"There is no device '{device}' here", where: "TrainingOptions.Device",
                expected: "auto, simd or reference", found: $"'{device}'",
                todo: Spelling.Suggest(kind, ["auto", "simd", "reference", .. GpuWords]) is { } near
                    ? $"did you mean {near}?" : "name one of these"),
        };
    }

    /// <inheritdoc/>
    public INetworkEngine Create(EngineChoice choice, NetworkShape shape, int threads) =>
        Find(choice, shape, threads) ?? throw new ArgumentException($"{choice.Name} is no engine of the host.",
            nameof(choice));

    /// <inheritdoc/>
    public void Prepare(INetworkEngine engine, int images)
    {
        // Nothing is compiled.
    }

    /// <inheritdoc/>
    public string? NoticeOf(INetworkEngine engine) => null;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> FactsOf(INetworkEngine engine) => new Dictionary<string, string>();

    private static int VectorBits() =>
        Vector512.IsHardwareAccelerated
            ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 32;
}
