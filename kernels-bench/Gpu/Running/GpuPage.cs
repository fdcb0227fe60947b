using System.Globalization;
using System.Text;
using MnistGpu.Bench.Measuring;
using MnistGpu.Files;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>The results as a page to read: what was measured on, whether it is right, how fast it is.</summary>
internal static class GpuPage
{
    /// <summary>The name of its file.</summary>
    public const string FileName = "results.md";

    /// <summary>Writes the page whole or not at all.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void Write(string folder, RunRecord run, IReadOnlyList<(Stage Stage, StageRecord Record)> stages) =>
        AtomicFile.Write(Path.Combine(folder, FileName),
            stream => stream.Write(Encoding.UTF8.GetBytes(Text(run, stages))));

    /// <summary>The page's text.</summary>
    public static string Text(RunRecord run, IReadOnlyList<(Stage Stage, StageRecord Record)> stages)
    {
        var text = new StringBuilder($"# {run.Device}: {run.Description}\n\n");
        foreach (var line in Report.Heading(run.Machine).Append(run.Images).Concat(run.Attempts.Select(Line)))
        {
            text.Append(line).Append("  \n");
        }

        text.Append('\n').Append(Overview(stages));
        foreach (var (stage, record) in stages)
        {
            Append(text, stage, record);
        }

        foreach (var (stage, record) in stages.Where(one => one.Stage.IsLong && !Rows(one.Stage, one.Record).IsEmpty))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {stage.Title}, in full\n\n")
                .Append(Rows(stage, record).Markdown());
        }

        return text.ToString();
    }

    private const int MostNames = 4;

    private static string Line(Attempt attempt) => string.Create(CultureInfo.InvariantCulture,
        $"`kernels-bench gpu{(attempt.Continued ? " --continue" : "")} --minutes {attempt.Minutes}`, "
        + $"{attempt.Started}: ") + (attempt.Seconds is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s") : "did not come to its end");

    private static string Overview(IReadOnlyList<(Stage Stage, StageRecord Record)> stages)
    {
        var table = new Table(new Column("stage", 0, false), new("done", 0), new("failed", 0), new("not run", 0),
            new("seconds", 0), new("in short", 0, false));
        foreach (var (stage, record) in stages)
        {
            table.Add(stage.Title, $"{record.Count(PieceState.Done)}", $"{record.Count(PieceState.Failed)}",
                $"{record.Count(PieceState.NotRun) + record.Count(PieceState.Waiting)}",
                record.Seconds.ToString("F1", CultureInfo.InvariantCulture),
                record.Note ?? stage.Verdict(record) ?? "");
        }

        return table.Markdown();
    }

    private static void Append(StringBuilder text, Stage stage, StageRecord record)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {stage.Title}\n\n");
        if (stage.About.Length > 0)
        {
            text.Append(stage.About).Append("\n\n");
        }

        if ((record.Note ?? stage.Verdict(record)) is { } line)
        {
            text.Append(CultureInfo.InvariantCulture, $"**{OneLine(line)}**\n\n");
        }

        var table = Rows(stage, record);
        if (!table.IsEmpty && !stage.IsLong)
        {
            text.Append(table.Markdown());
        }

        var others = record.Pieces.Where(piece => piece.State != PieceState.Done).ToArray();
        if (others.Length > 0)
        {
            text.Append(table.IsEmpty || stage.IsLong ? "" : "\n").Append("Not done:\n\n");
            // One reason for many pieces is told once.
            foreach (var group in others.GroupBy(piece => (piece.State, piece.Note))
                .OrderByDescending(group => group.Key.State == PieceState.Failed))
            {
                text.Append("- ").AppendJoin("; ", group.Take(MostNames).Select(piece => piece.Name))
                    .Append(group.Count() > MostNames ? $"; and {group.Count() - MostNames} more" : "").Append(": ")
                    .Append(group.Key.State switch
                    {
                        PieceState.Failed => "FAILED: ",
                        PieceState.Running => "under way",
                        PieceState.Waiting => "its turn has not come",
                        _ => "",
                    }).Append(OneLine(group.Key.Note ?? "")).Append('\n');
            }
        }
    }

    private static Table Rows(Stage stage, StageRecord record)
    {
        var table = new Table([.. stage.Columns.Select((title, i) => new Column(title, 0, Right: i > 0))]);
        foreach (var row in record.Pieces.SelectMany(piece => piece.Rows))
        {
            table.Add([.. row.Select(OneLine)]);
        }

        return table;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings("; ");
}
