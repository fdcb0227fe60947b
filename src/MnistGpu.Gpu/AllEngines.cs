using MnistGpu.Host;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>Every engine on this machine, for the library, which looks for this type by its name.</summary>
internal sealed class AllEngines : IEngineList
{
    /// <inheritdoc/>
    public IReadOnlyList<EngineChoice> List() => Engines.List();

    /// <inheritdoc/>
    public EngineChoice Choose(string device) => Engines.Choose(device);

    /// <inheritdoc/>
    public INetworkEngine Create(EngineChoice choice, NetworkShape shape, int threads) =>
        Engines.Create(choice, shape, threads);

    /// <inheritdoc/>
    public void Prepare(INetworkEngine engine, int images) => (engine as IKernelEngine)?.Prepare(images);

    /// <inheritdoc/>
    public string? NoticeOf(INetworkEngine engine) => (engine as IKernelEngine)?.Products.Notice;
}
