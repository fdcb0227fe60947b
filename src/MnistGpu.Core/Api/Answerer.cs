using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>Asks the engines of one network, from any thread.</summary>
internal abstract class Answerer : IDisposable
{
    /// <summary>The hardware that answers, for people.</summary>
    public abstract string Description { get; }

    /// <summary>One line that the user should know of how it computes; null for nothing.</summary>
    public string? Notice { get; protected init; }

    /// <summary>The network's answers.</summary>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities.</param>
    public abstract void Predict(ReadOnlySpan<byte> X, Span<double> AL);

    /// <summary>How good the network is on a set.</summary>
    public abstract Score Evaluate(DigitSet set, CancellationToken cancel);

    /// <summary>Lets calls under way end, then frees the engines.</summary>
    public abstract void Dispose();

    /// <summary>Those that answer on engines of this choice: for one network, or for a committee.</summary>
    /// <exception cref="UserErrorException">An engine does not start.</exception>
    public static Answerer Create(IReadOnlyList<NetworkState> networks, EngineChoice choice, IEngineList engines,
        int threads) => networks is [var only] ? Create(only, choice, engines, threads)
        : new CommitteeAnswerer(networks, state => Create(state, choice, engines, threads));

    private static Answerer Create(NetworkState state, EngineChoice choice, IEngineList engines, int threads) =>
        choice.HasKernels
            ? new DeviceAnswerer(state, () => engines.Create(choice, state.Shape, threads), engines.NoticeOf)
            : new HostAnswerer(state, count => engines.Create(choice, state.Shape, count), threads);

    /// <summary>What one engine finds.</summary>
    protected static Score Evaluate(INetworkEngine engine, DigitSet set, CancellationToken cancel) => new(
        Evaluation.Totals(engine, set, cancel), Evaluation.Create(engine, set, cancel));
}
