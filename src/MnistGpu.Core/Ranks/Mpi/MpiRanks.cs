using System.Diagnostics;

namespace MnistGpu.Ranks.Mpi;

/// <summary>Ranks that are processes on one machine or many, joined by an MPI library.</summary>
internal sealed unsafe class MpiRanks : SharedRanks
{
    private readonly MpiLibrary library;
    private readonly Watchdog watchdog;
    private readonly int[] sentAt;
    private readonly int[] receivedAt;

    private MpiRanks(MpiLibrary library, Watchdog watchdog, int rank, int count)
    {
        (this.library, this.watchdog) = (library, watchdog);
        (Rank, Count) = (rank, count);
        Library = library.Version();
        sentAt = new int[count];
        receivedAt = new int[count];
    }

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override string Library { get; }

    /// <summary>Joins the processes that were started together.</summary>
    /// <param name="launcher">What started them.</param>
    /// <param name="patience">How long a rank waits for another before it ends them all.</param>
    /// <exception cref="UserErrorException">The library is not there, or not the launcher's.</exception>
    public static MpiRanks Join(Launcher launcher, TimeSpan patience)
    {
        var library = MpiLibrary.Load(launcher);
        var watchdog = new Watchdog(patience, waited => Lost(library, launcher, waited));
        using (watchdog.Watch())
        {
            library.Initialize();
        }

        var (rank, count) = library.Place();
        if (count == launcher.Count)
        {
            return new MpiRanks(library, watchdog, rank, count);
        }

        watchdog.Dispose();
        library.Leave();
        throw new UserErrorException("The MPI library is not the launcher's",
            where: $"{library.Name}, {library.Abi.Name}",
            expected: $"{launcher.Count} ranks, as {launcher.Variable} says", found: $"{count}",
            todo: $"start it with the mpirun of this library, or name the other by {Launcher.LibraryVariable}");
    }

    /// <summary>
    /// Ends the processes of all ranks, this one among them: where this one has failed alone. Does not return.
    /// </summary>
    /// <param name="code">The exit code.</param>
    public void Abort(int code) => Abort(library, code);

    /// <inheritdoc/>
    protected override void ExchangeAll(ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentCounts, Span<byte> received,
        ReadOnlySpan<int> receivedCounts)
    {
        Starts(sentCounts, sentAt);
        Starts(receivedCounts, receivedAt);
        using var watched = watchdog.Watch();
        fixed (byte* from = sent, to = received)
        fixed (int* fromCounts = sentCounts, fromAt = sentAt, toCounts = receivedCounts, toAt = receivedAt)
        {
            library.AllToAll(from, fromCounts, fromAt, to, toCounts, toAt);
        }
    }

    /// <inheritdoc/>
    protected override void GatherAll(Span<byte> all, ReadOnlySpan<int> counts)
    {
        Starts(counts, receivedAt);
        using var watched = watchdog.Watch();
        fixed (byte* data = all)
        fixed (int* of = counts, at = receivedAt)
        {
            library.AllGather(data, of, at);
        }
    }

    /// <inheritdoc/>
    protected override void BroadcastAll(Span<byte> data)
    {
        using var watched = watchdog.Watch();
        fixed (byte* bytes = data)
        {
            library.Broadcast(bytes, data.Length);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        using (watchdog.Watch())
        {
            library.Leave();
        }

        watchdog.Dispose();
        base.Dispose(disposing);
    }

    private static void Lost(MpiLibrary library, Launcher launcher, TimeSpan waited)
    {
        using (var error = new StreamWriter(Console.OpenStandardError()))
        {
            error.WriteLine($"""
                error: The other ranks do not answer
                  where    : rank {launcher.Rank} of {launcher.Count}
                  found    : nothing for {waited.TotalSeconds:0} s: one has stopped, or its machine is gone
                  to do    : a run with --checkpoint goes on with --resume, with any number of ranks
                """);
        }

        Abort(library, 1);
    }

    private static void Abort(MpiLibrary library, int code)
    {
        // A library that hangs must not keep the process.
        using var last = new Timer(_ => Process.GetCurrentProcess().Kill(), null, TimeSpan.FromSeconds(10),
            Timeout.InfiniteTimeSpan);
        if (library.HasJoined)
        {
            library.Abort(code);
        }

        Process.GetCurrentProcess().Kill();
    }

    private static void Starts(ReadOnlySpan<int> counts, Span<int> starts)
    {
        var next = 0;
        for (var rank = 0; rank < counts.Length; rank++)
        {
            starts[rank] = next;
            next = checked(next + counts[rank]);
        }
    }
}
