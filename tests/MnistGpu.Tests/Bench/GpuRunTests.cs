using System.Diagnostics;
using MnistGpu.Bench;
using MnistGpu.Bench.Gpu;
using MnistGpu.Bench.Gpu.Running;
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
        Assert.Equal(0, Rehearse(options, Rehearsal.Stages[3]));
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
    /// The stages as they are, in half a minute: how far each comes is the machine's affair, but each comes to an end
    /// and says how.
    /// </summary>
    [Fact]
    public async Task AShortRunOnTheSimulatorGoesThroughEveryStage()
    {
        using var folder = new TemporaryFolder();
        using var process = Process.Start(RunOptions.Start(Bench, ["gpu", "--device", "cpu", "--minutes", "0.5",
            "--data", "synthetic", "--out", folder.Path]))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode is 0 or 1, await error);
        Assert.Contains("1-facts", await output, StringComparison.Ordinal);
        var stages = GpuCommand.Stages.Select(stage => StageRecord.Load(folder.Path, stage.Name)).ToArray();
        Assert.All(stages, record =>
        {
            Assert.True(record is { Note.Length: > 0 } or { Pieces.Count: > 0 });
            Assert.All(record!.Pieces, piece => Assert.True(piece.State == PieceState.Done
                || (piece.State is PieceState.Failed or PieceState.NotRun && piece.Note!.Length > 0), $"{piece}"));
        });
        Assert.Equal(PieceState.Done, stages[0]!.Find("device")!.State);
        Assert.NotNull(Assert.Single(RunRecord.Load(folder.Path)!.Attempts).Seconds);
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
        using var process = Process.Start(RunOptions.Start(Bench, ["gpu", "--out", folder.Path, .. arguments]))!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(2, process.ExitCode);
    }

    private static RunOptions Options(string folder, bool isContinued) =>
        new(folder, "cpu", "synthetic", 5, isContinued) { Program = Bench, More = ["--rehearse"], Patience = 3 };

    private static int Rehearse(RunOptions options, params Stage[] stages) =>
        new GpuRun(stages, options, RunRecord.Load(options.Folder)
            ?? new RunRecord(Machine.Read(), "cpu", "a rehearsal", "no images", []))
            .Run(TestContext.Current.CancellationToken);

    private static StageRecord[] Load(string folder) =>
        [.. Rehearsal.Stages.Select(stage => StageRecord.Load(folder, stage.Name)!)];

    private static IEnumerable<PieceState> States(StageRecord record) => record.Pieces.Select(piece => piece.State);
}
