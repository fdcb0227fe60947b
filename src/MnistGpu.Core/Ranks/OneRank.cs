namespace MnistGpu.Ranks;

/// <summary>One process by itself: there is nobody to exchange anything with.</summary>
internal sealed class OneRank : IRanks
{
    private OneRank()
    {
    }

    /// <summary>The only one.</summary>
    public static OneRank Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public string Library => "";

    /// <inheritdoc/>
    public long SentBytes => 0;

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentCounts, Span<byte> received,
        ReadOnlySpan<int> receivedCounts) => sent[..sentCounts[0]].CopyTo(received);

    /// <inheritdoc/>
    public void AllGather(Span<byte> all, ReadOnlySpan<int> counts)
    {
        // Its own range is there already.
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> data)
    {
        // Rank 0 has it already.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is open.
    }
}
