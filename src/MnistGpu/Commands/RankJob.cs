using System.Globalization;
using MnistGpu.Ranks;
using MnistGpu.Ranks.Mpi;

namespace MnistGpu.Program.Commands;

/// <summary>
/// A command that a launcher of parallel jobs, such as mpirun, has started as several processes: who the others are,
/// what only one of them says, and how they all end. Without a launcher nothing of it happens, and no library is
/// loaded.
/// </summary>
internal sealed class RankJob : IDisposable
{
    /// <summary>The variable that says how many seconds a rank waits for another.</summary>
    public const string PatienceVariable = "MNISTGPU_RANK_TIMEOUT";

    private const double UsualPatience = 600;
    private const string Word = "error: ";

    // What ranks tell of work that they had to agree on: nothing, that it was interrupted, or an error and why.
    private const string Interrupted = "i", Failed = "f";

    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(1);

    // Those that know what to do as several processes.
    private static readonly string[] Together = ["train", "devices"];

    private readonly Launcher? launcher;
    private readonly TextWriter? error;
    private readonly StringWriter unsaid = new(CultureInfo.InvariantCulture);
    private MpiRanks? joined;
    private bool hasTried;
    private bool isShared;

    private RankJob(Launcher? launcher)
    {
        this.launcher = launcher;
        if (launcher is not null)
        {
            // Open MPI's output looks like a terminal, which .NET would send what terminals need.
            Environment.SetEnvironmentVariable("TERM", "dumb");
        }

        if (launcher is { Rank: > 0 })
        {
            // All ranks have the same to say. What this one fails of alone is said at its end.
            error = Console.Error;
            Console.SetOut(TextWriter.Null);
            Console.SetError(unsaid);
        }
    }

    /// <summary>Of this process.</summary>
    public static RankJob Current { get; private set; } = new(null);

    /// <summary>Whether a launcher started several processes, so that the terminal may not be one.</summary>
    public bool IsLaunched => launcher is not null;

    /// <summary>Whether this process prints and writes files.</summary>
    public bool IsFirst => Ranks.Rank == 0;

    /// <summary>The ranks of the job; one before it has joined the others.</summary>
    public IRanks Ranks => (IRanks?)joined ?? OneRank.Instance;

    /// <summary>Looks whether a launcher started this process; before anything is written.</summary>
    public static RankJob Begin() => Current = new RankJob(Launcher.Find());

    /// <summary>Refuses commands that several processes would only do several times.</summary>
    /// <exception cref="UserErrorException">This is one, and there are several processes.</exception>
    public void Require(string command)
    {
        if (launcher is not null && !Together.Contains(command))
        {
            var why = command == "compare" ? "compare measures how fast one process is; several would slow each other"
                : $"{command} is done by one process; several would only do it several times";
            hasTried = true;
            throw new UserErrorException("This cannot be started as several processes",
                where: $"the environment variable {launcher.Variable}", expected: "1 process",
                found: $"{launcher.Count}: {why}", todo: "start it without mpirun or srun");
        }
    }

    /// <summary>Joins the others, if there are any, and does the work.</summary>
    /// <exception cref="UserErrorException">The library that joins them is not there.</exception>
    public int Run(Func<IRanks, int> work)
    {
        hasTried = true;
        joined = launcher is null ? null : MpiRanks.Join(launcher, Patience());
        Agree(() => true);
        var code = work(Ranks);
        isShared = true;
        return code;
    }

    /// <summary>Does what any rank may fail of; where one does, all end, and the first to fail tells why.</summary>
    /// <param name="work">What; it exchanges nothing with the others.</param>
    /// <param name="inTurn">Whether rank 0 does it before the others: where it writes to a cache that they may share,
    /// as a download does.</param>
    /// <exception cref="UserErrorException">A rank has failed.</exception>
    public T Agree<T>(Func<T> work, bool inTurn = false)
    {
        if (joined is null)
        {
            return work();
        }

        if (inTurn && joined.Rank > 0)
        {
            joined.Broadcast(0);
        }

        var (result, failure) = (default(T), (Exception?)null);
        try
        {
            result = work();
        }
        catch (Exception e) when (e is UserErrorException or OperationCanceledException)
        {
            failure = e;
        }

        if (inTurn && joined.Rank == 0)
        {
            joined.Broadcast(0);
        }

        var ends = joined.Gather(failure is null ? ""
            : failure is OperationCanceledException ? Interrupted : Failed + failure.Message);
        if (Array.TrueForAll(ends, end => end.Length == 0))
        {
            return result!;
        }

        var first = Array.FindIndex(ends, end => end.StartsWith(Failed, StringComparison.Ordinal));
        throw Shared(joined.Rank == 0 && failure is not null ? failure
            : first < 0 ? new OperationCanceledException()
            : new UserErrorException($"Rank {first} of {joined.Count} cannot begin",
                found: Folded(ends[first][Failed.Length..])));
    }

    /// <summary>
    /// Threads for this rank, where the user names none: the cores that it may use, shared with the ranks on the same
    /// machine that may use the same. 0 for as many as there are, where it is alone.
    /// </summary>
    public int Threads()
    {
        if (joined is null)
        {
            return 0;
        }

        var mine = $"{Environment.MachineName} {Cores.Allowed()}";
        var sharing = joined.Gather(mine).Count(place => place == mine);
        return Math.Max(1, Environment.ProcessorCount / sharing);
    }

    /// <summary>A failure that all ranks meet at the same place.</summary>
    public Exception Shared(Exception failure)
    {
        isShared = true;
        return failure;
    }

    /// <summary>What rank 0 alone does, and the exit code that it comes to, on all ranks.</summary>
    public int FromRankZero(Func<int> work)
    {
        if (joined is null)
        {
            return work();
        }

        var code = ExitCode.Usage;
        try
        {
            code = joined.Rank == 0 ? work() : code;
        }
        catch (UserErrorException)
        {
            isShared = true;
            throw;
        }
        finally
        {
            code = joined.Broadcast(code);
        }

        return code;
    }

    /// <summary>Whether any rank wants to stop.</summary>
    public bool AnyWants(bool stop) => joined is null ? stop : joined.Gather(stop ? 1 : 0).Max() > 0;

    /// <summary>Leaves the others; where this rank has failed alone, ends them.</summary>
    /// <param name="code">The exit code.</param>
    public void End(int code)
    {
        if (launcher is null)
        {
            return;
        }

        if (joined is null)
        {
            EndUnjoined(launcher, code);
            return;
        }

        if (isShared)
        {
            try
            {
                joined.Dispose();
                return;
            }
            catch (UserErrorException e)
            {
                (error ?? Console.Error).WriteLine(e.Message);
                joined.Abort(ExitCode.Failed);
            }
        }

        try
        {
            error?.Write($"rank {joined.Rank}: {unsaid}");
            error?.Flush();
        }
        finally
        {
            joined.Abort(code);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => unsaid.Dispose();

    // An error in one line, without the word that begins each.
    private static string Folded(string text) =>
        string.Join(' ', (text.StartsWith(Word, StringComparison.Ordinal) ? text[Word.Length..] : text)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // A process that ended before it joined would leave the others waiting for it.
    private void EndUnjoined(Launcher launcher, int code)
    {
        if (code == ExitCode.Done)
        {
            return;
        }

        try
        {
            if (!hasTried)
            {
                using var others = MpiRanks.Join(launcher, Patience());
                others.Gather(
                    Failed + (unsaid.ToString() is { Length: > 0 } text ? text : "what it said itself"));
                return;
            }
        }
        catch (UserErrorException)
        {
            // What this rank failed of is said already.
        }

        if (launcher.Rank > 0)
        {
            // All fail alike, and launchers end the others with the first: rank 0 has something to say.
            Thread.Sleep(HeadStart);
        }
    }

    private static TimeSpan Patience()
    {
        var text = Environment.GetEnvironmentVariable(PatienceVariable);
        return string.IsNullOrEmpty(text) ? TimeSpan.FromSeconds(UsualPatience)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
                && seconds is > 0 and <= 1e6 ? TimeSpan.FromSeconds(seconds)
            : throw new UserErrorException("This is no time to wait for other ranks",
                where: $"the environment variable {PatienceVariable}", expected: "seconds above 0, at most a million",
                found: $"'{Plain.Text(text)}'", todo: "correct it, or leave it out");
    }
}
