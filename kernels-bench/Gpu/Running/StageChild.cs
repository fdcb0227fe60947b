using System.Diagnostics;
using System.Globalization;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>A stage in its own process: piece after piece, each written before the next begins.</summary>
internal static class StageChild
{
    /// <summary>What a process ends with that is no longer sure of its device.</summary>
    public const int WantsFreshProcess = 75;

    // Less time than this is not worth another piece.
    private const double ShortestPiece = 0.05;

    /// <summary>Does what is left of a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="context">What it works with.</param>
    /// <param name="say">Is told before each piece: begin, the seconds that it has, its name; and after it: end, its
    /// state, its name.</param>
    /// <returns>0, or <see cref="WantsFreshProcess"/> where pieces are left for another.</returns>
    /// <exception cref="UserErrorException">The result cannot be written; what was written stays whole.</exception>
    public static int Run(Stage stage, StageContext context, Action<string> say)
    {
        var before = StageRecord.Load(context.Folder, stage.Name) ?? new StageRecord(stage.Name);
        Piece[] pieces;
        try
        {
            pieces = [.. stage.Pieces(context)];
        }
        catch (Exception e)
        {
            (before with { Note = OneLine(e), NeedsTime = false }).Save(context.Folder);
            return 0;
        }

        var record = before with
        {
            Note = null,
            NeedsTime = false,
            Pieces = [.. pieces.Select(p => before.Find(p.Name) ?? new PieceRecord(p.Name, PieceState.Waiting))],
        };
        record.Save(context.Folder);
        var left = pieces.Where(p => record.Find(p.Name)!.IsToDo).ToList();
        while (left.Count > 0)
        {
            var piece = left[0];
            var share = piece.Weight / left.Sum(p => p.Weight);
            left.RemoveAt(0);
            var old = record.Find(piece.Name)!;
            if (context.Left < ShortestPiece)
            {
                record = record.With(old.After(new(piece.Name, PieceState.NotRun)
                {
                    Note = NoTime(context.Seconds),
                    NeedsTime = true,
                }));
                continue;
            }

            var seconds = context.Begin(share, piece.Most);
            record = record.With(old.Begin());
            record.Save(context.Folder);
            say(string.Create(CultureInfo.InvariantCulture, $"begin {seconds:F3} {piece.Name}"));
            var done = Do(piece, out var leavesDeviceUnsure);
            record = record.With(old.After(done));
            record.Save(context.Folder);
            say($"end {done.State} {piece.Name}");
            if (leavesDeviceUnsure)
            {
                return WantsFreshProcess;
            }
        }

        record.Save(context.Folder);
        return 0;
    }

    /// <summary>Why a piece was left out at the end of a stage's share.</summary>
    public static string NoTime(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"no time was left of the stage's {Math.Max(0, seconds):F0} s");

    private static PieceRecord Do(Piece piece, out bool leavesDeviceUnsure)
    {
        var start = Stopwatch.GetTimestamp();
        leavesDeviceUnsure = false;
        PieceRecord record;
        try
        {
            var output = piece.Run();
            leavesDeviceUnsure = output.LeavesDeviceUnsure;
            record = new(piece.Name, output.Fault is null ? PieceState.Done : PieceState.Failed)
            {
                Note = output.Fault,
                Rows = output.Rows,
                Values = StageRecord.Tree(output.Values),
            };
        }
        catch (NotRunException e)
        {
            record = new(piece.Name, PieceState.NotRun) { Note = e.Message, NeedsTime = e.NeedsTime };
        }
        catch (Exception e)
        {
            // Whatever it is, the other pieces have their turn; the page says what happened.
            leavesDeviceUnsure = e is not UserErrorException;
            record = new(piece.Name, PieceState.Failed) { Note = OneLine(e) };
        }

        return record with { Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
    }

    private static string OneLine(Exception e) =>
        (e is UserErrorException ? e.Message : $"{e.GetType().Name}: {e.GetBaseException().Message}")
            .ReplaceLineEndings("; ");
}
