namespace MnistGpu.Ranks;

/// <summary>Ranks that do exchange, and count what they send.</summary>
internal abstract class SharedRanks : IRanks
{
    /// <inheritdoc/>
    public abstract int Rank { get; }

    /// <inheritdoc/>
    public abstract int Count { get; }

    /// <inheritdoc/>
    public abstract string Library { get; }

    /// <inheritdoc/>
    public long SentBytes { get; private set; }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentCounts, Span<byte> received,
        ReadOnlySpan<int> receivedCounts)
    {
        for (var rank = 0; rank < Count; rank++)
        {
            SentBytes += rank == Rank ? 0 : sentCounts[rank];
        }

        ExchangeAll(sent, sentCounts, received, receivedCounts);
    }

    /// <inheritdoc/>
    public void AllGather(Span<byte> all, ReadOnlySpan<int> counts)
    {
        SentBytes += (long)counts[Rank] * (Count - 1);
        GatherAll(all, counts);
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> data)
    {
        SentBytes += Rank == 0 ? (long)data.Length * (Count - 1) : 0;
        BroadcastAll(data);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Does <see cref="AllToAll"/>.</summary>
    protected abstract void ExchangeAll(ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentCounts, Span<byte> received,
        ReadOnlySpan<int> receivedCounts);

    /// <summary>Does <see cref="AllGather"/>.</summary>
    protected abstract void GatherAll(Span<byte> all, ReadOnlySpan<int> counts);

    /// <summary>Does <see cref="Broadcast"/>.</summary>
    protected abstract void BroadcastAll(Span<byte> data);

    /// <summary>Leaves the others.</summary>
    /// <param name="disposing">Whether it is asked for.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
