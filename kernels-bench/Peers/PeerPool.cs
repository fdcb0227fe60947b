using System.Text.Json.Nodes;
using MnistGpu.Bench.Ladder;

namespace MnistGpu.Bench.Peers;

/// <summary>The peers' processes: one for each peer and number of threads, started when first needed.</summary>
/// <param name="python">The Python.</param>
/// <param name="limit">The vectors that they may use; null for all.</param>
/// <param name="threads">The most threads that they may use.</param>
internal sealed class PeerPool(string python, PeerLimit? limit, int threads) : IDisposable
{
    private readonly Dictionary<(string, PeerThreads), PeerProcess> processes = [];

    /// <summary>The peers that ran, one for each version.</summary>
    public PeerProcess[] Versions => [.. processes.Values.DistinctBy(p => p.Version)];

    /// <summary>The peer at its best: every setting takes three short turns.</summary>
    /// <exception cref="UnfairComparisonException">It cannot be compared.</exception>
    public (PeerProcess Peer, double PerStep) Best(PeerJob job, JsonObject request, double seconds,
        CancellationToken cancel)
    {
        (PeerProcess? Peer, double PerStep) best = (null, double.PositiveInfinity);
        foreach (var setting in Settings(job.Peer, Math.Min(threads, Environment.ProcessorCount)))
        {
            cancel.ThrowIfCancellationRequested();
            if (!processes.TryGetValue((job.Peer, setting), out var process))
            {
                processes[(job.Peer, setting)] = process = PeerProcess.Start(python, job.Peer, setting, limit);
            }

            if (process.Refusal is { } refusal)
            {
                throw new UnfairComparisonException(refusal);
            }

            process.Make((JsonObject)request.DeepClone());
            var steps = (int)Math.Clamp(seconds / 3 / process.Run(1, 1).Seconds, 1, 100_000);
            var perStep = Enumerable.Range(0, 3).Min(_ => process.Run(steps, 1).Seconds) / steps;
            if (perStep < best.PerStep)
            {
                best.Peer?.Drop();
                best = (process, perStep);
            }
            else
            {
                process.Drop();
            }
        }

        return (best.Peer!, best.PerStep);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var process in processes.Values)
        {
            process.Dispose();
        }
    }

    /// <summary>
    /// What a peer tries: all counts of threads where they are few, else powers of two; for PyTorch also one of its own
    /// beside a BLAS with all.
    /// </summary>
    /// <param name="peer">numpy or torch.</param>
    /// <param name="all">The most threads.</param>
    public static IEnumerable<PeerThreads> Settings(string peer, int all)
    {
        var counts = all <= 8 ? [.. Enumerable.Range(1, all)] : Facts.ThreadCounts(all);
        foreach (var count in counts)
        {
            yield return new PeerThreads(count, count);
        }

        if (peer == "torch" && all > 1)
        {
            yield return new PeerThreads(1, all);
        }
    }
}
