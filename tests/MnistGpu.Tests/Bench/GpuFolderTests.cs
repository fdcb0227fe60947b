using MnistGpu.Bench.Gpu;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Bench;

/// <summary>Which folders a run takes, and what it never loses there.</summary>
public sealed class GpuFolderTests
{
    private static readonly Stage[] Two =
    [
        new("1-one", "One", 1, [], _ => []),
        new("2-two", "Two", 1, [], _ => []),
    ];

    /// <summary>Ctrl-C, or too little time, before a piece that failed has its second turn.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AContinuedRunKeepsAFailureUntilItsPieceBegins(bool isInterrupted)
    {
        using var folder = new TemporaryFolder();
        PieceRecord[] before =
        [
            new("good", PieceState.Done), new("bad", PieceState.Failed) { Note = "a wrong result" },
            new("open", PieceState.NotRun) { Note = "no time", NeedsTime = true },
        ];
        foreach (var stage in Two)
        {
            new StageRecord(stage.Name) { Pieces = before }.Save(folder.Path);
        }

        Assert.Equal(isInterrupted ? null : 1, Begin(folder, isInterrupted));
        Assert.All(Two, stage =>
        {
            var record = StageRecord.Load(folder.Path, stage.Name)!;
            Assert.Equal(before.Select(piece => piece.State), record.Pieces.Select(piece => piece.State));
            Assert.Equal("a wrong result", record.Pieces[1].Note);
            Assert.True(record.HasFailed);
        });
        Assert.Contains("- bad: FAILED: a wrong result", File.ReadAllText(folder.File(GpuPage.FileName)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "interrupted")]
    [InlineData(false, "no time was left of the stage's 0 s")]
    public void AStageWithoutATurnSaysWhyAndIsNoFailure(bool isInterrupted, string note)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(isInterrupted ? null : 0, Begin(folder, isInterrupted));
        var record = StageRecord.Load(folder.Path, Two[0].Name)!;
        Assert.Equal((note, true, false), (record.Note, record.NeedsTime, record.HasFailed));
    }

    /// <summary>What comes of a second turn.</summary>
    [Theory]
    [InlineData("Done", "Done", null)]
    [InlineData("Failed", "Failed", "wrong again")]
    [InlineData("NotRun", "Failed", "a wrong result")]
    public void AFailureStandsUntilItsPieceHasAResult(string outcome, string state, string? note)
    {
        using var folder = new TemporaryFolder();
        new StageRecord("1-one")
        {
            Pieces = [new("piece", PieceState.Failed) { Note = "a wrong result", Again = true }],
        }.Save(folder.Path);
        using var context = new StageContext(folder.Path, "cpu", "synthetic", 1000);
        StageRecord? during = null;
        StageChild.Run(Two[0] with { Pieces = _ => [new("piece", Do)] }, context, _ => { });

        Assert.Equal((PieceState.Running, "a wrong result"), (during!.Pieces[0].State, during.Pieces[0].Earlier?.Note));
        var piece = Assert.Single(StageRecord.Load(folder.Path, "1-one")!.Pieces);
        Assert.Equal((state, note, false), ($"{piece.State}", piece.Note, piece.IsToDo));
        Assert.Null(piece.Earlier);
        // Where its process ends meanwhile, too.
        Assert.Equal(PieceState.Failed, during.Pieces[0].After(new("piece", PieceState.NotRun)).State);

        PieceOutput Do()
        {
            during = StageRecord.Load(folder.Path, "1-one");
            return outcome == "NotRun" ? throw new NotRunException("not here")
                : new([], Fault: outcome == "Failed" ? "wrong again" : null);
        }
    }

    [Theory]
    [InlineData("another device", "CPU: another", "no images")]
    [InlineData("other images", null, "other images")]
    public void ResultsOfSomethingElseAreNotContinued(string what, string? description, string images)
    {
        using var folder = new TemporaryFolder();
        var (_, fresh) = Prepare(Options(folder.Path));
        (fresh with { Description = description ?? fresh.Description, Images = images }).Save(folder.Path);
        var error = Assert.Throws<UserErrorException>(() => Prepare(Options(folder.Path)));
        Assert.StartsWith($"These results are of {what}", error.Message, StringComparison.Ordinal);
        fresh.Save(folder.Path);
        Assert.Equal(fresh.Images, Prepare(Options(folder.Path)).Record.Images);
    }

    [Theory]
    [InlineData(GpuPage.FileName)]
    [InlineData("4-hangs.json")]
    public void ResultsThatNobodyKnowsOfAreNotWrittenOver(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(name), "mine");
        foreach (var isContinued in (bool[])[false, true])
        {
            var options = Options(folder.Path) with { Continue = isContinued };
            var error = Assert.Throws<UserErrorException>(() => Prepare(options));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("mine", File.ReadAllText(folder.File(name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("file")]
    [InlineData("file/folder")]
    public void WhatCannotBeAFolderIsTheUsersMistake(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        var options = Options(name.Length == 0 ? name : folder.File(name));
        var error = Assert.Throws<UserErrorException>(() => Prepare(options));
        Assert.StartsWith("This folder cannot be made", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatOnlyAStageNeedsIsOutsideTheResultsAndGoneAfterIt()
    {
        using var folder = new TemporaryFolder();
        string own;
        using (var context = new StageContext(folder.Path, "cpu", "synthetic", 1))
        {
            own = context.WorkFolder;
            Assert.Equal(own, context.WorkFolder);
            Assert.True(Directory.Exists(own));
        }

        Assert.False(Directory.Exists(own));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        using var work = new WorkFolder();
        using (var context = new StageContext(folder.Path, "cpu", "synthetic", 1, workFolder: work.Path))
        {
            Assert.Equal(work.Path, context.WorkFolder);
        }

        Assert.True(Directory.Exists(work.Path));
    }

    private static (RunOptions Options, RunRecord Record) Prepare(RunOptions options) =>
        GpuCommand.Prepare(options, rehearse: true, TestContext.Current.CancellationToken);

    private static RunOptions Options(string folder) => new(folder, "cpu", "synthetic", 5, Continue: true);

    // A run without a second for anything, or one that is interrupted at once. Null where it was.
    private static int? Begin(TemporaryFolder folder, bool isInterrupted)
    {
        var run = new GpuRun(Two, Options(folder.Path) with { Minutes = isInterrupted ? 5 : 0 },
            new RunRecord(Machine.Read(), "cpu", "", "", []));
        try
        {
            return run.Run(new CancellationToken(canceled: isInterrupted));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
