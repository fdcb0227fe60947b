using System.Runtime.ExceptionServices;

namespace MnistGpu.Ranks;

/// <summary>
/// Ranks that are threads of this process: the same exchange without a launcher, for tests and for the model of many
/// machines.
/// </summary>
internal sealed unsafe class ThreadRanks : SharedRanks
{
    private readonly Group group;

    private ThreadRanks(Group group, int rank) => (this.group, Rank) = (group, rank);

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Count => group.Count;

    /// <inheritdoc/>
    public override string Library => "threads";

    /// <summary>
    /// Does the work once for each rank, each on a thread of its own. Where one fails, the others end at their next
    /// exchange.
    /// </summary>
    /// <param name="count">How many ranks.</param>
    /// <param name="work">What each does.</param>
    /// <param name="inTurn">Whether only one works at a time, and the others while it exchanges: where they share a
    /// device, or are timed.</param>
    /// <returns>What each came to, in the order of the ranks.</returns>
    public static T[] Run<T>(int count, Func<IRanks, T> work, bool inTurn = false)
    {
        using var group = new Group(count, inTurn);
        var results = new T[count];
        var failures = new ExceptionDispatchInfo?[count];
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                group.Begin();
                using var mine = new ThreadRanks(group, rank);
                results[rank] = work(mine);
            }
            catch (Exception e)
            {
                failures[rank] = ExceptionDispatchInfo.Capture(e);
                group.Break();
            }
            finally
            {
                group.End();
            }
        })
        { IsBackground = true, Name = $"rank {rank}" }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        // What the others met because one had failed is not the cause.
        var cause = Array.Find(failures, failure => failure is not (null or { SourceException: RankLostException }))
            ?? Array.Find(failures, failure => failure is not null);
        cause?.Throw();
        return results;
    }

    /// <inheritdoc/>
    protected override void ExchangeAll(ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentCounts, Span<byte> received,
        ReadOnlySpan<int> receivedCounts)
    {
        fixed (byte* data = sent)
        fixed (int* counts = sentCounts)
        {
            group.Show(Rank, data, counts);
            string? wrong = null;
            for (int rank = 0, to = 0; rank < Count; to += receivedCounts[rank++])
            {
                var shown = group[rank];
                var count = shown.Counts[Rank];
                if (count != receivedCounts[rank])
                {
                    wrong = $"Rank {rank} sends {count} bytes, rank {Rank} expects {receivedCounts[rank]}.";
                    break;
                }

                var from = 0;
                for (var before = 0; before < Rank; before++)
                {
                    from += shown.Counts[before];
                }

                new ReadOnlySpan<byte>(shown.Data + from, count).CopyTo(received[to..]);
            }

            // What this rank shows stays where it is until all have read it, also where one fails.
            group.Meet();
            if (wrong is not null)
            {
                throw new InvalidOperationException(wrong);
            }
        }
    }

    /// <inheritdoc/>
    protected override void GatherAll(Span<byte> all, ReadOnlySpan<int> counts)
    {
        fixed (byte* data = all)
        fixed (int* of = counts)
        {
            group.Show(Rank, data, of);
            for (int rank = 0, at = 0; rank < Count; at += counts[rank++])
            {
                if (rank != Rank)
                {
                    new ReadOnlySpan<byte>(group[rank].Data + at, counts[rank]).CopyTo(all[at..]);
                }
            }

            group.Meet();
        }
    }

    /// <inheritdoc/>
    protected override void BroadcastAll(Span<byte> data)
    {
        fixed (byte* mine = data)
        {
            group.Show(Rank, mine, null);
            if (Rank > 0)
            {
                new ReadOnlySpan<byte>(group[0].Data, data.Length).CopyTo(data);
            }

            group.Meet();
        }
    }

    /// <summary>What a rank lets the others read.</summary>
    private readonly struct Shown(byte* data, int* counts)
    {
        public byte* Data => data;

        public int* Counts => counts;
    }

    /// <summary>What the threads have in common.</summary>
    private sealed class Group(int count, bool inTurn) : IDisposable
    {
        private readonly Barrier barrier = new(count);
        private readonly CancellationTokenSource broken = new();
        private readonly SemaphoreSlim turn = new(1);
        private readonly Shown[] shown = new Shown[count];

        public int Count => count;

        public Shown this[int rank] => shown[rank];

        public void Begin()
        {
            if (inTurn)
            {
                turn.Wait();
            }
        }

        public void End()
        {
            if (inTurn)
            {
                turn.Release();
            }
        }

        public void Break() => broken.Cancel();

        public void Show(int rank, byte* data, int* counts)
        {
            shown[rank] = new Shown(data, counts);
            Meet();
        }

        public void Meet()
        {
            End();
            try
            {
                barrier.SignalAndWait(broken.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new RankLostException(e);
            }
            finally
            {
                Begin();
            }
        }

        public void Dispose()
        {
            barrier.Dispose();
            broken.Dispose();
            turn.Dispose();
        }
    }
}
