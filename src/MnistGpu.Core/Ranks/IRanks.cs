namespace MnistGpu.Ranks;

/// <summary>
/// The processes, or threads, that train one network together, seen by one of them. Each is a rank, numbered from 0.
/// Every call but the properties' is for all ranks: each makes the same calls in the same order, and waits for the
/// others. Counts of bytes are in the order of the ranks, and so is what they count, without gaps.
/// </summary>
internal interface IRanks : IDisposable
{
    /// <summary>Which rank this is.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are, from 1.</summary>
    int Count { get; }

    /// <summary>What carries the data, for people: "Open MPI v4.1.4".</summary>
    string Library { get; }

    /// <summary>
    /// Bytes that this rank has sent to others so far: each range counts once for each rank that it goes to, however
    /// the library carries it.
    /// </summary>
    long SentBytes { get; }

    /// <summary>Sends each rank a range of its own.</summary>
    /// <param name="sent">The ranges.</param>
    /// <param name="sentCounts">Bytes for each rank.</param>
    /// <param name="received">Receives what every rank sends this one.</param>
    /// <param name="receivedCounts">Bytes from each rank; they know how many.</param>
    void AllToAll(ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentCounts, Span<byte> received,
        ReadOnlySpan<int> receivedCounts);

    /// <summary>Brings each rank's range to all of them.</summary>
    /// <param name="all">The ranges; this rank's stands in its place, the others' are received.</param>
    /// <param name="counts">Bytes of each rank.</param>
    void AllGather(Span<byte> all, ReadOnlySpan<int> counts);

    /// <summary>Brings rank 0's bytes to all.</summary>
    void Broadcast(Span<byte> data);
}
