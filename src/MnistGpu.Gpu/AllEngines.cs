using MnistGpu.Host;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>Every engine on this machine, for the library, which looks for this type by its name.</summary>
internal sealed class AllEngines : IEngineList
{
    /// <summary>Under this key files tell which kernels compute the products.</summary>
    public const string ProductsKey = "products";

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

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> FactsOf(INetworkEngine engine) => engine is IKernelEngine kernels
        ? new Dictionary<string, string> { [ProductsKey] = kernels.Products.Description }
        : new Dictionary<string, string>();
}
