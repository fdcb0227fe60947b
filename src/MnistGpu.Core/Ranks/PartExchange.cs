using MnistGpu.Model;

namespace MnistGpu.Ranks;

/// <summary>
/// Who sends what to whom in a step: a rank's subtrees of parts in rounds, each cut into pieces, one for each rank.
/// The training takes these numbers, and so does the model of many machines.
/// </summary>
/// <param name="parts">S, the parts of a batch.</param>
/// <param name="ranks">N.</param>
/// <param name="length">Elements of an array.</param>
/// <param name="elementBytes">Bytes of an element.</param>
internal sealed class PartExchange(int parts, int ranks, long length, int elementBytes)
{
    private readonly long blocks = (length + IStepParts.Block - 1) / IStepParts.Block;

    /// <summary>How the parts are added up.</summary>
    internal PartTree Tree { get; } = new(parts, ranks);

    /// <summary>N.</summary>
    public int Ranks => ranks;

    /// <summary>The parameters that a rank updates: whole blocks, as many for each rank as can be.</summary>
    public (long At, long Count) PieceOf(int rank)
    {
        var at = Math.Min(length, blocks * rank / ranks * IStepParts.Block);
        return (at, Math.Min(length, blocks * (rank + 1) / ranks * IStepParts.Block) - at);
    }

    /// <summary>Bytes of a rank's piece of an array.</summary>
    public int PieceBytes(int rank) => (int)(PieceOf(rank).Count * elementBytes);

    /// <summary>Blocks of a rank's piece.</summary>
    public int PieceBlocks(int rank) => (int)(blocks * (rank + 1) / ranks - blocks * rank / ranks);

    /// <summary>What is sent in a step with m images.</summary>
    public StepExchange Step(int m) => new(this, m);
}

/// <summary>What is sent in a step, see <see cref="PartExchange"/>.</summary>
internal sealed class StepExchange
{
    /// <summary>Bytes that tell whether a rank wants to stop.</summary>
    internal const int FlagBytes = sizeof(long);

    private static readonly unsafe int TotalsBytes = sizeof(Totals);
    private readonly PartExchange exchange;
    private readonly int[] summed;

    internal StepExchange(PartExchange exchange, int m)
    {
        this.exchange = exchange;
        Images = m;
        Subtrees = [.. Enumerable.Range(0, exchange.Ranks).Select(rank => exchange.Tree.SubtreesOf(rank, m))];
        summed = [.. Enumerable.Range(0, exchange.Ranks).Select(CountParts)];
        Rounds = Math.Max(1, Subtrees.Max(list => list.Count));
    }

    /// <summary>m.</summary>
    public int Images { get; }

    /// <summary>The most subtrees that a rank has, at least one.</summary>
    public int Rounds { get; }

    /// <summary>Each rank's subtrees.</summary>
    internal IReadOnlyList<IReadOnlyList<PartNode>> Subtrees { get; }

    /// <summary>Bytes that a rank sends to another in a round.</summary>
    public int Sent(int from, int to, int round) =>
        (round == 0 ? HeaderBytes(from) : 0) + (round < Subtrees[from].Count ? exchange.PieceBytes(to) : 0);

    /// <summary>Parts of a rank that have images.</summary>
    public int SummedBy(int rank) => summed[rank];

    /// <summary>Bytes before a rank's first piece: its wish to stop and its parts' totals.</summary>
    internal int HeaderBytes(int rank) => FlagBytes + summed[rank] * TotalsBytes;

    private int CountParts(int rank)
    {
        var (first, end) = exchange.Tree.PartsOf(rank);
        return Enumerable.Range(first, end - first).Count(part => exchange.Tree.HasImages(new(part, 1), Images));
    }
}
