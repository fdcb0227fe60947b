using System.Diagnostics;
using System.Globalization;
using MnistGpu.Bench.Gpu;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Gpu.Stages;
using MnistGpu.Bench.Measuring;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Bench;

/// <summary>What becomes of stages that go wrong, in processes as a user's run has them.</summary>
public sealed class GpuRunTests
{
    private static readonly string[] Bench = ["dotnet", Path.Combine(AppContext.BaseDirectory, "kernels-bench.dll")];

    [Fact]
    public void AStageThatGoesWrongTakesNoOtherAlongAndContinueDoesWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(1, Rehearse(Options(folder.Path, isContinued: false), [.. Rehearsal.Stages]));
        var stages = Load(folder.Path);
        Assert.Equal([PieceState.Done, PieceState.Done, PieceState.NotRun], States(stages[0]));
        Assert.Equal("it is not here", stages[0].Pieces[2].Note);
        Assert.Equal([PieceState.Done, PieceState.Failed, PieceState.Done], States(stages[1]));
        Assert.Contains("a fault on purpose", stages[1].Pieces[1].Note, StringComparison.Ordinal);
        Assert.Equal([PieceState.Done, PieceState.Failed, PieceState.Done], States(stages[2]));
        Assert.Equal("its process ended with exit code 7: the end on purpose", stages[2].Pieces[1].Note);
        Assert.Equal([PieceState.Done, PieceState.Failed, PieceState.Done], States(stages[3]));
        Assert.Contains("it hung", stages[3].Pieces[1].Note, StringComparison.Ordinal);
        Assert.Contains("no start on purpose", stages[4].Note, StringComparison.Ordinal);
        Assert.Equal([PieceState.Done, PieceState.Done], States(stages[5]));

        var page = File.ReadAllText(Path.Combine(folder.Path, GpuPage.FileName));
        Assert.All(Rehearsal.Stages, stage => Assert.Contains($"\n## {stage.Title}\n", page, StringComparison.Ordinal));
        Assert.Contains("- dies: FAILED: its process ended with exit code 7: the end on purpose", page,
            StringComparison.Ordinal);
        Assert.Contains("- absent: it is not here", page, StringComparison.Ordinal);
        Assert.Equal(Rehearsal.Stages.Count + 2, Directory.GetFiles(folder.Path).Length);

        // A mark in what was done shows whether it is done again.
        stages[0].With(stages[0].Pieces[0] with { Note = "a mark" }).Save(folder.Path);
        // The piece that hangs would now have all of its stage's time.
        Assert.Equal(1, Rehearse(Options(folder.Path, isContinued: true), [.. Rehearsal.Stages.Take(3)]));
        stages = Load(folder.Path);
        Assert.Equal("a mark", stages[0].Pieces[0].Note);
        Assert.Equal([PieceState.Done, PieceState.Failed, PieceState.Done], States(stages[2]));
        Assert.Equal(2, RunRecord.Load(folder.Path)!.Attempts.Count);
    }

    [Fact]
    public void OnASlowDeviceSilenceIsNoFailure()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.Path, isContinued: false) with { IsSlow = true };
        // Nothing of the user's in that folder is touched, whatever its name.
        var mine = Path.Combine(Directory.CreateDirectory(folder.File("work")).FullName, "mine");
        File.WriteAllText(mine, "");
        Assert.Equal(0, Rehearse(options, Rehearsal.Stages[3]));
        Assert.True(File.Exists(mine));
        var record = StageRecord.Load(folder.Path, "4-hangs")!;
        Assert.Equal([PieceState.Done, PieceState.NotRun, PieceState.Done], States(record));
        Assert.Contains("takes too long here, or hung", record.Pieces[1].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void AStagesProcessThatIsKilledLeavesWhatWasWrittenWhole()
    {
        using var folder = new TemporaryFolder();
        using (var child = new ChildProcess(RunOptions.Start(Bench, [GpuCommandNames.Stage, "4-hangs",
            "--device", "cpu", "--out", folder.Path, "--seconds", "60", "--rehearse"])))
        {
            string? line;
            do
            {
                line = child.ReadLine(TimeSpan.FromSeconds(60));
                Assert.NotNull(line);
            }
            while (!line.EndsWith(" hangs", StringComparison.Ordinal));

            child.Kill();
        }

        Assert.Equal([PieceState.Done, PieceState.Running, PieceState.Waiting],
            States(StageRecord.Load(folder.Path, "4-hangs")!));
        Assert.Equal("4-hangs.json", Path.GetFileName(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    /// <summary>A limit on the size of a file stands in for a full disk.</summary>
    [Fact]
    public void WhereTheDiskIsFullWhatWasWrittenStaysWhole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs bash's ulimit");
        using var folder = new TemporaryFolder();
        string[] limited = ["bash", "-c",
            "export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f 30; exec \"$@\"", "bash", .. Bench];
        Assert.Equal(1, Rehearse(
            Options(folder.Path, isContinued: false) with { Program = limited }, Rehearsal.Stages[5]));
        var record = StageRecord.Load(folder.Path, "6-large")!;
        Assert.Equal([PieceState.Done, PieceState.Failed], States(record));
        Assert.Contains("exit code 2: This cannot be written to", record.Pieces[1].Note, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
    }

    /// <summary>
    /// The stages as they are, in seconds: how far each comes is the machine's affair, but each comes to an end and
    /// says how. A slow machine takes more turns to the first results, each twice as long.
    /// </summary>
    [Fact]
    public async Task AShortRunOnTheSimulatorGoesThroughEveryStage()
    {
        const int mostTurns = 7;
        using var folder = new TemporaryFolder();
        StageRecord[] stages;
        var turns = 0;
        do
        {
            var minutes = (0.2 * (1 << turns)).ToString(CultureInfo.InvariantCulture);
            var (code, output, error) = await Run(["gpu", "--device", "cpu", "--minutes", minutes,
                "--data", "synthetic", "--out", folder.Path, .. turns > 0 ? ["--continue"] : Array.Empty<string>()]);
            Assert.True(code == 0, output + error);
            Assert.Contains("1-facts", output, StringComparison.Ordinal);
            stages = [.. GpuCommand.Stages.Select(stage => StageRecord.Load(folder.Path, stage.Name)!)];
            Assert.All(stages, record => Assert.All(record.Pieces, piece => Assert.True(
                piece is { State: PieceState.Done } or { State: PieceState.NotRun, Note.Length: > 0 }, $"{piece}")));
            Assert.All(stages, record => Assert.True(
                record.Pieces.Count > 0 || record is { Note.Length: > 0, NeedsTime: true }, $"{record}"));
            turns++;
        }
        while (turns < mostTurns
            && (stages[0].Find("device")?.State != PieceState.Done || stages[1].Count(PieceState.Done) == 0));

        Assert.Equal(PieceState.Done, stages[0].Find("device")!.State);
        Assert.Contains(stages[1].Pieces, piece => piece.State == PieceState.Done
            && StageRecord.Values<ProofResult>(piece) is { Passed: > 0 } result && result.Passed == result.Of);
        var attempts = RunRecord.Load(folder.Path)!.Attempts;
        Assert.Equal(turns, attempts.Count);
        Assert.All(attempts, attempt => Assert.NotNull(attempt.Seconds));
        var page = await File.ReadAllTextAsync(Path.Combine(folder.Path, GpuPage.FileName),
            TestContext.Current.CancellationToken);
        Assert.All(GpuCommand.Stages, stage =>
            Assert.Contains($"\n## {stage.Title}\n", page, StringComparison.Ordinal));
    }

    [Fact]
    public void APieceThatHasNoTimeIsLeftOutAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        using var context = new StageContext(folder.Path, "cpu", "synthetic", 0);
        StageChild.Run(new Stage("1-late", "Late", 1, [], _ => [new("late", () => throw new NotSupportedException())]),
            context, _ => { });
        var piece = Assert.Single(StageRecord.Load(folder.Path, "1-late")!.Pieces);
        Assert.Equal((PieceState.NotRun, "no time was left of the stage's 0 s"), (piece.State, piece.Note));
    }

    [Theory]
    [InlineData("So long it cannot take", "--minutes", "0")]
    [InlineData("This is no device with kernels", "--device", "simd")]
    [InlineData("There is no device 'abacus' here", "--device", "abacus")]
    [InlineData("This folder has results already", "--device", "cpu", "--data", "synthetic")]
    public async Task BadInputIsNamedAndEndsWithTwo(string message, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        new RunRecord(Machine.Read(), "cpu", "", "", []).Save(folder.Path);
        var (code, _, error) = await Run(["gpu", "--out", folder.Path, .. arguments]);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Process.Start(RunOptions.Start(Bench, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancel),
            process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output, await error);
    }

    private static RunOptions Options(string folder, bool isContinued) =>
        new(folder, "cpu", "synthetic", 5, isContinued) { Program = Bench, More = ["--rehearse"], Patience = 30 };

    private static int Rehearse(RunOptions options, params Stage[] stages) =>
        new GpuRun(stages, options, RunRecord.Load(options.Folder)
            ?? new RunRecord(Machine.Read(), "cpu", "a rehearsal", "no images", []))
            .Run(TestContext.Current.CancellationToken);

    private static StageRecord[] Load(string folder) =>
        [.. Rehearsal.Stages.Select(stage => StageRecord.Load(folder, stage.Name)!)];

    private static IEnumerable<PieceState> States(StageRecord record) => record.Pieces.Select(piece => piece.State);
}
