using System.Diagnostics;
using System.Globalization;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>
/// The stages one after another, each in a process of its own that is ended when its time is over: a kernel that hangs
/// or kills its process takes one piece along, no more. The page is written anew after every piece.
/// </summary>
internal sealed class GpuRun(IReadOnlyList<Stage> stages, RunOptions options, RunRecord run)
{
    // A share that is shorter than this does not pay for the start of a process.
    private const double ShortestShare = 0.5;

    // The share of the minutes that is worth another round.
    private const double ShortestRound = 0.05;

    // A stage has so many seconds at least, where the run has them: a process starts, and begins its first piece.
    private const double LeastSeconds = 2;

    // What the last stage's end and the page may take, as a share of the minutes and in seconds at least: so long
    // before the minutes are over, work ends, and half as long before, a process is ended.
    private const double EndShare = 0.02;
    private const double LeastEnd = 1;

    private const string Interrupted = "interrupted";

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly long start = Stopwatch.GetTimestamp();
    private readonly string attempt = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'");

    private double Elapsed => Stopwatch.GetElapsedTime(start).TotalSeconds;

    private double Whole => options.Minutes * 60;

    private double EndTime => Math.Max(EndShare * Whole, LeastEnd);

    private double TimeLeft => Whole - EndTime - Elapsed;

    /// <summary>Does the stages. Returns 0, or 1 where a piece failed.</summary>
    /// <exception cref="UserErrorException">The folder has results already, or cannot be written to.</exception>
    public int Run(CancellationToken cancel)
    {
        if (options.Continue)
        {
            Reopen(piece => piece.State != PieceState.Done);
        }

        SaveRun(null);
        Render();
        int done;
        do
        {
            done = Done();
            Round(cancel);
        }
        while (Done() > done && TimeLeft > ShortestRound * Whole && ReopenForTime());

        SaveRun(Elapsed);
        Render();
        return stages.Any(stage => Load(stage).HasFailed) ? 1 : 0;
    }

    // Every stage that has something to do, once.
    private void Round(CancellationToken cancel)
    {
        var todo = stages.Where(stage => Load(stage) is { Pieces: var pieces }
            && (pieces.Count == 0 || pieces.Any(piece => piece.IsToDo))).ToList();
        while (todo.Count > 0)
        {
            var stage = todo[0];
            var seconds = Math.Max(TimeLeft * stage.Share / todo.Sum(s => s.Share), Math.Min(LeastSeconds, TimeLeft));
            todo.RemoveAt(0);
            options.Say(string.Create(CultureInfo.InvariantCulture, $"{stage.Name}: {Math.Max(0, seconds):F0} s"));
            Do(stage, seconds, cancel);
            Render();
            cancel.ThrowIfCancellationRequested();
        }
    }

    private int Done() => stages.Sum(stage => Load(stage).Count(PieceState.Done));

    // Where time is left, what was left out is tried again if some of it only needed time; what depends on it, too.
    private bool ReopenForTime()
    {
        if (!stages.Any(stage => Load(stage) is var record
            && (record.NeedsTime || record.Pieces.Any(piece => piece.NeedsTime))))
        {
            return false;
        }

        Reopen(piece => piece.State == PieceState.NotRun);
        return true;
    }

    private StageRecord Load(Stage stage) =>
        StageRecord.Load(options.Folder, stage.Name) ?? new StageRecord(stage.Name);

    // These pieces have another turn. What came of them stands until it comes: it may never.
    private void Reopen(Func<PieceRecord, bool> which)
    {
        foreach (var record in stages.Select(Load).Where(record => record.Pieces.Any(which)))
        {
            (record with
            {
                Pieces = [.. record.Pieces.Select(piece => which(piece) ? piece with { Again = true } : piece)],
            }).Save(options.Folder);
        }
    }

    private void Do(Stage stage, double seconds, CancellationToken cancel)
    {
        var begin = Elapsed;
        var end = begin + seconds;
        using var work = new WorkFolder();
        (Load(stage) with { ShareSeconds = Math.Max(0, seconds) }).Save(options.Folder);
        var isWorthwhile = true;
        while (isWorthwhile && end - Elapsed > ShortestShare && !cancel.IsCancellationRequested)
        {
            var fault = Watch(stage, end, work.Path, cancel);
            // Another process goes on after the piece that ended this one.
            isWorthwhile = fault is not null && Blame(stage, fault);
        }

        var reason = cancel.IsCancellationRequested ? Interrupted : StageChild.NoTime(seconds);
        var record = Load(stage);
        if (record.Pieces.Count == 0 && (record.Note is null || record.NeedsTime))
        {
            record = record with { Note = reason, NeedsTime = true };
        }

        (record with
        {
            Seconds = record.Seconds + Elapsed - begin,
            Pieces = [.. record.Pieces.Select(piece => piece.IsToDo || piece.State == PieceState.Running
                ? piece.After(new(piece.Name, PieceState.NotRun) { Note = reason, NeedsTime = true }) : piece)],
        }).Save(options.Folder);
    }

    /// <summary>Writes down what went wrong. Returns whether the rest of the stage is worth another process.</summary>
    private bool Blame(Stage stage, Fault fault)
    {
        var record = Load(stage);
        var piece = record.Pieces.FirstOrDefault(p => p.State == PieceState.Running);
        if (piece is not null)
        {
            record = record.With(piece.After(new(piece.Name, fault.State)
            {
                Note = fault.Note,
                NeedsTime = fault.NeedsTime,
            }));
        }
        else if (fault.State == PieceState.Failed)
        {
            record = record with { Note = fault.Note, NeedsTime = false };
        }

        record.Save(options.Folder);
        return (piece is not null || fault.State == PieceState.Waiting) && record.Pieces.Any(p => p.IsToDo);
    }

    /// <summary>Runs a process of a stage to its end. Returns what was wrong with that end; null for nothing.</summary>
    private Fault? Watch(Stage stage, double end, string work, CancellationToken cancel)
    {
        // In a short run, a grace must not eat up the next stage's time.
        var grace = Math.Min(Silence.Grace(options.Patience), Math.Max(LeastSeconds, EndTime / 2));
        var last = Math.Min(end + grace, Whole - (EndTime / 2));
        using var child = new ChildProcess(RunOptions.Start(options.Program, [GpuCommandNames.Stage, stage.Name,
            "--device", options.Device, "--data", options.Source, "--out", options.Folder,
            "--work", work, "--seconds", (end - Elapsed).ToString("F3", CultureInfo.InvariantCulture),
            "--begun", Environment.TickCount64.ToString(CultureInfo.InvariantCulture), .. options.More]));
        var (began, own) = (Elapsed, 0.0);
        while (!child.HasEnded)
        {
            if (child.ReadLine(Glance) is { } line)
            {
                (began, own) = (Elapsed, 0);
                var words = line.Split(' ', 3);
                if (words is ["begin", var seconds, _])
                {
                    own = double.Parse(seconds, CultureInfo.InvariantCulture);
                }
                else if (words is ["end", var state, var name])
                {
                    options.Say($"  {(state == nameof(PieceState.Done) ? "" : state + ": ")}{name}");
                    Render();
                }
            }

            // A stage's own patience is with its pieces: how long a process starts is the machine's affair.
            var silence = new Silence(Elapsed - began, own,
                own > 0 ? stage.Patience ?? options.Patience : options.Patience);
            if (silence.IsTooLong || Elapsed > last || cancel.IsCancellationRequested)
            {
                child.Kill();
                return cancel.IsCancellationRequested ? new(PieceState.NotRun, Interrupted, NeedsTime: true)
                    : silence.IsTooLong || silence.IsHangAtTheEnd ? Hang(silence.Seconds)
                    : new(PieceState.NotRun, string.Create(CultureInfo.InvariantCulture,
                        $"ended after {silence.Seconds:F1} s: the stage's time was over"), NeedsTime: true);
            }
        }

        return child.ExitCode switch
        {
            0 => null,
            StageChild.WantsFreshProcess => new(PieceState.Waiting, ""),
            null => new(PieceState.Failed, "its process ended its output, and cannot be ended"),
            var code => new(PieceState.Failed, $"its process ended with exit code {code}"
                + (child.Errors.Length > 0 ? $": {child.Errors}" : "")),
        };
    }

    private Fault Hang(double seconds) => new(options.IsSlow ? PieceState.NotRun : PieceState.Failed,
        string.Create(CultureInfo.InvariantCulture, $"ended after {seconds:F1} s without an answer: it ")
        + (options.IsSlow ? "takes too long here, or hung" : "hung, or takes too long here"));

    // What is said of the piece during which a process ended.
    private sealed record Fault(PieceState State, string Note, bool NeedsTime = false);

    private void SaveRun(double? seconds) => (run with
    {
        Attempts = [.. run.Attempts, new(attempt, options.Minutes, seconds, options.Continue)],
    }).Save(options.Folder);

    private void Render()
    {
        var now = RunRecord.Load(options.Folder)!;
        GpuPage.Write(options.Folder, now, [.. stages.Select(stage => (stage, Load(stage)))]);
    }
}

/// <summary>The commands that start this program again.</summary>
internal static class GpuCommandNames
{
    /// <summary>A stage in its own process.</summary>
    public const string Stage = "gpu-stage";

    /// <summary>A command of the program mnistgpu.</summary>
    public const string Program = "program";
}
