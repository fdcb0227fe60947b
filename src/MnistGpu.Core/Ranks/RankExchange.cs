using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace MnistGpu.Ranks;

/// <summary>What ranks exchange beside gradients: numbers and texts.</summary>
internal static class RankExchange
{
    // A text is a message or a handful of facts; more is a fault of the other side.
    private const int LongestText = 1 << 20;

    /// <summary>Rank 0's value, on all ranks.</summary>
    public static T Broadcast<T>(this IRanks ranks, T value)
        where T : unmanaged
    {
        ranks.Broadcast(MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    /// <summary>The values of all ranks, in their order.</summary>
    public static T[] Gather<T>(this IRanks ranks, T value)
        where T : unmanaged
    {
        var all = new T[ranks.Count];
        all[ranks.Rank] = value;
        var counts = new int[ranks.Count];
        Array.Fill(counts, Unsafe.SizeOf<T>());
        ranks.AllGather(MemoryMarshal.AsBytes(all.AsSpan()), counts);
        return all;
    }

    /// <summary>The texts of all ranks, in their order; what is past a mebibyte is cut off.</summary>
    public static string[] Gather(this IRanks ranks, string text)
    {
        var mine = Encoding.UTF8.GetBytes(text);
        var counts = ranks.Gather(Math.Min(mine.Length, LongestText));
        var all = new byte[counts.Sum()];
        mine.AsSpan(0, counts[ranks.Rank]).CopyTo(all.AsSpan(counts.Take(ranks.Rank).Sum()));
        ranks.AllGather(all, counts);
        var start = 0;
        return [.. counts.Select(count => Encoding.UTF8.GetString(all, (start += count) - count, count))];
    }
}
