using MnistGpu.Model;

namespace MnistGpu.Host;

/// <summary>The engines of this machine, by the names that users give them.</summary>
internal interface IEngineList
{
    /// <summary>Every engine there is, the fastest kind first.</summary>
    IReadOnlyList<EngineChoice> List();

    /// <summary>The engine of a name; auto is the fastest kind.</summary>
    /// <exception cref="UserErrorException">There is no such engine here.</exception>
    EngineChoice Choose(string device);

    /// <summary>Starts an engine, its parameters zero.</summary>
    /// <param name="choice">One that this list handed out.</param>
    /// <param name="shape">The network.</param>
    /// <param name="threads">For simd: how many threads; 0 for one per core.</param>
    /// <exception cref="UserErrorException">It does not start, or has no room for the network.</exception>
    INetworkEngine Create(EngineChoice choice, NetworkShape shape, int threads);

    /// <summary>
    /// Compiles what steps of so many images take, so that the first one does not wait; nothing where nothing is
    /// compiled.
    /// </summary>
    /// <exception cref="UserErrorException">The device's compiler refuses it.</exception>
    void Prepare(INetworkEngine engine, int images);

    /// <summary>One line that the user should know of how an engine computes; null for nothing.</summary>
    string? NoticeOf(INetworkEngine engine);

    /// <summary>What files tell of how an engine computes, each under its key; nothing where there is no
    /// choice.</summary>
    IReadOnlyDictionary<string, string> FactsOf(INetworkEngine engine);
}
