using System.Runtime.InteropServices;
using MnistGpu.Model;

namespace MnistGpu.Ranks;

/// <summary>
/// Training steps whose batch is cut into parts, shared by ranks: each sums the gradients of its parts, the sums are
/// exchanged piece by piece and added by a fixed tree, each rank updates its piece of the parameters, and gets the
/// others'. The bits are those of one rank, for any number of ranks.
/// </summary>
/// <remarks>
/// <para>The piece of a rank is where its moments are; all ranks have all parameters and their average.</para>
/// <para>A rank sends 4·P·(N−1)/N bytes for each of its k subtrees and once for the new parameters, P the elements of
/// an array. k is 1 where N and S are powers of two, or where each rank has one part: as much as a ring that reduces
/// and gathers. It is at most 2·log₂ S.</para>
/// </remarks>
internal sealed class PartedSteps
{
    private const long MostBytes = 1 << 30;

    private readonly IStepParts engine;
    private readonly IRanks ranks;
    private readonly PartExchange exchange;
    private readonly int[] sentCounts;
    private readonly int[] receivedCounts;
    private readonly int[] pieceCounts;
    private readonly int[] pieceStarts;
    private readonly int[] blockCounts;
    private readonly int[] next;
    private readonly List<byte[]> received = [];
    private readonly List<int[]> receivedStarts = [];
    private readonly double[] squares;
    private byte[] sent = [];
    private byte[] all = [];
    private Totals[] totals = [];
    private StepExchange? step;

    /// <summary>Prepares steps.</summary>
    /// <param name="engine">The engine's pieces, with the same parameters and images on every rank.</param>
    /// <param name="parts">S, the parts of a batch, from 1.</param>
    /// <param name="ranks">Who shares them.</param>
    /// <exception cref="UserErrorException">Several ranks cannot exchange so many parameters.</exception>
    public PartedSteps(IStepParts engine, int parts, IRanks ranks)
    {
        // MPI counts bytes in ints, and a message has some beside the parameters.
        var bytes = engine.Length * engine.ElementBytes;
        if (ranks.Count > 1 && bytes > MostBytes)
        {
            throw new UserErrorException("The network is too large for several ranks", where: "Network",
                expected: $"parameters of at most {MostBytes:N0} bytes, with what the engine keeps between them",
                found: $"{bytes:N0}", todo: "take narrower layers, or one process");
        }

        this.ranks = ranks;
        this.engine = engine;
        exchange = new PartExchange(parts, ranks.Count, engine.Length, engine.ElementBytes);
        sentCounts = new int[ranks.Count];
        receivedCounts = new int[ranks.Count];
        var each = Enumerable.Range(0, ranks.Count).ToArray();
        pieceCounts = [.. each.Select(exchange.PieceBytes)];
        pieceStarts = [.. each.Select(rank => (int)exchange.PieceOf(rank).At * engine.ElementBytes)];
        blockCounts = [.. each.Select(rank => exchange.PieceBlocks(rank) * sizeof(double))];
        squares = new double[blockCounts.Sum() / sizeof(double)];
        next = new int[ranks.Count];
    }

    private PartTree Tree => exchange.Tree;

    /// <summary>One step over order[first] … order[first + count − 1].</summary>
    /// <param name="first">Where the batch begins in the order.</param>
    /// <param name="count">m, its images.</param>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="epoch">Which draw of dropout and deformations.</param>
    /// <param name="wantsStop">Whether this rank wants to stop after the step.</param>
    /// <returns>Loss and hits of the batch, and whether any rank wants to stop: the same on all ranks.</returns>
    public (Totals Totals, bool IsStopped) Take(int first, int count, UpdateRule rule, uint epoch, bool wantsStop)
    {
        Prepare(count);
        for (var k = 0; k < step!.Subtrees[ranks.Rank].Count; k++)
        {
            Sum(step.Subtrees[ranks.Rank][k], k, first, count, epoch);
        }

        engine.ReadTotals(totals);
        var (at, length) = exchange.PieceOf(ranks.Rank);
        var (sum, stops) = (Add(default, totals), wantsStop);
        if (ranks.Count > 1)
        {
            (sum, stops) = Exchange(wantsStop);
            Array.Clear(next);
            Finish(Tree.Root, 0, at, length);
        }

        engine.Update(0, at, length, count, rule, rule.ClipNorm > 0 ? ClipFactor(at, length, count, rule.ClipNorm) : 1);
        Share(StepArray.Parameters);
        engine.EndStep(rule);
        return (sum, stops);
    }

    /// <summary>Brings the moments, of which each rank has its piece, to all ranks: for a checkpoint.</summary>
    public void GatherMoments(UpdateRule rule)
    {
        for (var i = 0; i < rule.Moments; i++)
        {
            Share(StepArray.Moment(i));
        }
    }

    private void Prepare(int m)
    {
        if (step?.Images != m)
        {
            step = exchange.Step(m);
            totals = new Totals[step.SummedBy(ranks.Rank)];
        }

        while (received.Count < step.Rounds)
        {
            received.Add([]);
            receivedStarts.Add(new int[ranks.Count]);
        }
    }

    // The sum of a subtree, into the buffer of this number.
    private bool Sum(PartNode node, int buffer, int first, int m, uint epoch)
    {
        if (!Tree.HasImages(node, m))
        {
            return false;
        }

        if (node.Size == 1)
        {
            var (from, end) = Tree.ImagesOf(node.First, m);
            engine.SumGradients(buffer, first + from, end - from, epoch);
            return true;
        }

        var hasLeft = Sum(node.Left, buffer, first, m, epoch);
        if (Sum(node.Right, hasLeft ? buffer + 1 : buffer, first, m, epoch) && hasLeft)
        {
            engine.Add(buffer, buffer + 1, 0, engine.Length);
        }

        return true;
    }

    // All subtrees, in rounds; this rank's piece of each comes back in received.
    private (Totals Sum, bool IsStopped) Exchange(bool wantsStop)
    {
        var (sum, stops) = (default(Totals), false);
        for (var round = 0; round < step!.Rounds; round++)
        {
            var size = 0;
            for (var rank = 0; rank < ranks.Count; rank++)
            {
                sentCounts[rank] = step.Sent(ranks.Rank, rank, round);
                receivedCounts[rank] = step.Sent(rank, ranks.Rank, round);
                receivedStarts[round][rank] = size + (round == 0 ? step.HeaderBytes(rank) : 0);
                size += receivedCounts[rank];
            }

            Pack(round, wantsStop);
            received[round] = received[round].Length < size ? new byte[size] : received[round];
            ranks.AllToAll(sent, sentCounts, received[round], receivedCounts);
            if (round == 0)
            {
                (sum, stops) = ReadHeaders();
            }
        }

        return (sum, stops);
    }

    private void Pack(int round, bool wantsStop)
    {
        var size = sentCounts.Sum();
        sent = sent.Length < size ? new byte[size] : sent;
        var to = sent.AsSpan();
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            if (round == 0)
            {
                MemoryMarshal.Write(to, wantsStop ? 1L : 0L);
                MemoryMarshal.AsBytes<Totals>(totals).CopyTo(to[StepExchange.FlagBytes..]);
                to = to[step!.HeaderBytes(ranks.Rank)..];
            }

            if (round < step!.Subtrees[ranks.Rank].Count)
            {
                engine.Read(StepArray.Sums(round), exchange.PieceOf(rank).At, to[..pieceCounts[rank]]);
                to = to[pieceCounts[rank]..];
            }
        }
    }

    // The totals of all parts, added in their order, and whether any rank wants to stop.
    private (Totals Sum, bool IsStopped) ReadHeaders()
    {
        var (sum, stops) = (default(Totals), false);
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            var size = step!.HeaderBytes(rank);
            var header = received[0].AsSpan(receivedStarts[0][rank] - size, size);
            stops |= MemoryMarshal.Read<long>(header) != 0;
            sum = Add(sum, MemoryMarshal.Cast<byte, Totals>(header[StepExchange.FlagBytes..]));
        }

        return (sum, stops);
    }

    // The rest of the tree, from the pieces of subtrees that the ranks have added up, each in its turn.
    private bool Finish(PartNode node, int buffer, long at, long length)
    {
        if (!Tree.HasImages(node, step!.Images))
        {
            return false;
        }

        var rank = Tree.RankOf(node.First);
        var round = next[rank];
        if (round < step.Subtrees[rank].Count && step.Subtrees[rank][round] == node)
        {
            next[rank]++;
            engine.Write(StepArray.Sums(buffer), at,
                received[round].AsSpan(receivedStarts[round][rank], pieceCounts[ranks.Rank]));
            return true;
        }

        var hasLeft = Finish(node.Left, buffer, at, length);
        if (Finish(node.Right, hasLeft ? buffer + 1 : buffer, at, length) && hasLeft)
        {
            engine.Add(buffer, buffer + 1, at, length);
        }

        return true;
    }

    // min(1, c/‖g‖), the squares of all blocks added in their order.
    private double ClipFactor(long at, long length, int m, double c)
    {
        var first = (int)(at / IStepParts.Block) + (at % IStepParts.Block > 0 ? 1 : 0);
        engine.SumSquares(0, at, length, m, squares.AsSpan(first, exchange.PieceBlocks(ranks.Rank)));
        ranks.AllGather(MemoryMarshal.AsBytes(squares.AsSpan()), blockCounts);
        var sum = 0.0;
        foreach (var square in squares)
        {
            sum += square;
        }

        // A norm that is no number shows in the loss; it must not hide there as a factor.
        var norm = Math.Sqrt(sum);
        return norm > c && double.IsFinite(norm) ? c / norm : 1;
    }

    // An array of which each rank has its piece, to all ranks.
    private void Share(StepArray array)
    {
        if (ranks.Count == 1)
        {
            return;
        }

        all = all.Length == 0 ? new byte[engine.Length * engine.ElementBytes] : all;
        var start = pieceStarts[ranks.Rank];
        var end = start + pieceCounts[ranks.Rank];
        var (at, count) = exchange.PieceOf(ranks.Rank);
        engine.Read(array, at, all.AsSpan(start, end - start));
        ranks.AllGather(all, pieceCounts);
        engine.Write(array, 0, all.AsSpan(0, start));
        engine.Write(array, at + count, all.AsSpan(end));
    }

    private static Totals Add(Totals sum, ReadOnlySpan<Totals> totals)
    {
        foreach (var part in totals)
        {
            sum += part;
        }

        return sum;
    }
}
