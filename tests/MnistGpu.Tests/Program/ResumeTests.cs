using System.Diagnostics;
using System.Globalization;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>Runs that were stopped go on from their checkpoints, to the same bits.</summary>
public sealed class ResumeTests : IDisposable
{
    /// <summary>A small network with everything on that has a state of its own.</summary>
    private static readonly string[] Everything =
    [
        "train", "--data", "digits", "--limit", "all", "--dev", "100", "--network", "784-12-10", "--init", "he",
            "--optimizer", "adam", "--rate", "0.01", "--schedule", "one-cycle", "--batch", "32",
        "--dropout", "0.2", "--averaging", "0.95", "--smoothing", "0.05", "--clip", "1", "--decay", "0.0001",
            "--deform", "shift=1,rotate=10,elastic=20,sigma=5", "--device", "simd", "--seed", "7",
    ];

    private readonly TemporaryFolder folder = new();

    public ResumeTests() => Assert.Equal(0,
        ProgramRun.Run(folder, "data", "synth", "digits", "--count", "600", "--test", "0").ExitCode);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task CtrlCSavesACheckpointAndPrintsTheCommandToGoOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the kill command to send a signal");
        // Long enough for the signal to come before the end on a busy machine.
        string[] job = [.. Everything, "--epochs", "400"];
        Assert.Equal(0, ProgramRun.Run(folder, [.. job, "--save", "whole"]).ExitCode);
        using var process = ProgramRun.Start(folder, [.. job, "--save", "stopped", "--checkpoint", "c"]);
        await Reached(process, 2);
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(130, run.ExitCode);
        var command = run.Commands.Last();
        Assert.Contains("mnistgpu.dll train --resume c --data digits", command, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Typed(folder, command).ExitCode);
        SavedTensors.AssertSame(folder.File("whole"), folder.File("stopped"));
    }

    [Fact]
    public void AFinishedRunSaysSoAndWritesTheSameModel()
    {
        Assert.Equal(0, ProgramRun.Run(folder,
            [.. Everything, "--epochs", "2", "--checkpoint", "c", "--save", "m", "--history", "h.csv"]).ExitCode);
        var (model, history) = (File.ReadAllBytes(folder.File("m")), File.ReadAllText(folder.File("h.csv")));
        Assert.Equal(3, history.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        File.Delete(folder.File("m"));
        var again = ProgramRun.Run(folder, "train", "--resume", "c");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("finished", again.Error, StringComparison.Ordinal);
        Assert.Equal(model, File.ReadAllBytes(folder.File("m")));
        Assert.Equal(history, File.ReadAllText(folder.File("h.csv")));
    }

    [Theory]
    [InlineData(null, "by an earlier version")]
    [InlineData("64-bit strokes", "64-bit strokes")]
    [InlineData("", null)]
    public void ACheckpointWhoseSumsWereMadeAnotherWaySaysSoAndGoesOn(string? arithmetic, string? said)
    {
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--data", "digits", "--limit", "all", "--dev", "100",
            "--network", "784-64-10", "--init", "he", "--batch", "32", "--device", "simd", "--epochs", "1",
            "--checkpoint", "c", "--save", "m").ExitCode);
        var written = Checkpoint.Load(folder.File("c"));
        var settings = new Dictionary<string, string>(written.Metadata);
        Assert.NotEmpty(settings["arithmetic"]);
        if (arithmetic is null)
        {
            settings.Remove("arithmetic");
        }
        else if (arithmetic.Length > 0)
        {
            settings["arithmetic"] = arithmetic;
        }

        Checkpoint.Save(folder.File("c"), written.State, written.Position, asDouble: false, settings);
        var again = ProgramRun.Run(folder, "train", "--resume", "c");
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(said is not null, again.Error.Contains("sums were made another way", StringComparison.Ordinal));
        Assert.Contains(said ?? "finished", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatContradictsTheCheckpointIsRefusedByName()
    {
        Assert.Equal(0, ProgramRun.Run(folder,
            [.. Everything, "--epochs", "1", "--fusion", "off", "--checkpoint", "c"]).ExitCode);
        Assert.Equal(0, ProgramRun.Run(folder, "data", "synth", "others", "--count", "600", "--test", "0", "--seed",
            "9").ExitCode);
        foreach (var (option, value, expected) in ((string, string, string)[])[
            ("--network", "784-16-10", "784-12-10"), ("--seed", "8", "7"), ("--activation", "tanh", "relu"),
                ("--optimizer", "gd", "adam"), ("--epochs", "2", "1"), ("--deform", "none", "shift=1"),
            ("--fusion", "on", "off"), ("--repeat", "2", "nothing"), ("--start", "c", "nothing")])
        {
            var run = ProgramRun.Run(folder, "train", "--resume", "c", option, value);
            Assert.Equal(2, run.ExitCode);
            foreach (var part in (string[])[$"where    : {option}", $"expected : {expected}", $"found    : {value}"])
            {
                Assert.Contains(part, run.Error, StringComparison.Ordinal);
            }
        }

        var data = ProgramRun.Run(folder, "train", "--resume", "c", "--data", "others");
        Assert.Equal(2, data.ExitCode);
        Assert.All((string[])["--data", "others", "digits", "saw other images"], part =>
            Assert.Contains(part, data.Error, StringComparison.Ordinal));
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--resume", "c", "--seed", "7", "--threads", "1", "--network",
            "784-12-10", "--data", folder.File("digits")).ExitCode);
        var model = ProgramRun.Run(folder, "train", "--resume", "model.safetensors");
        Assert.Equal(2, model.ExitCode);
        Assert.Contains("not a checkpoint", model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedCheckpointIsRefusedAndTheOneBeforeItNamed()
    {
        Assert.Equal(0, ProgramRun.Run(folder,
            [.. Everything, "--epochs", "3", "--checkpoint", "c", "--save", "m"]).ExitCode);
        var whole = File.ReadAllBytes(folder.File("m"));
        File.WriteAllBytes(folder.File("c"), File.ReadAllBytes(folder.File("c"))[..^100]);
        var refused = ProgramRun.Run(folder, "train", "--resume", "c");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--resume c.previous", refused.Error, StringComparison.Ordinal);

        // Killed between the two renames: the new file is not there yet.
        File.Delete(folder.File("c"));
        File.Delete(folder.File("m"));
        var run = ProgramRun.Run(folder, "train", "--resume", "c");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("c.previous", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("c")));
        File.WriteAllBytes(folder.File("before"), whole);
        SavedTensors.AssertSame(folder.File("before"), folder.File("m"));
    }

    [Fact]
    public void TheOneBeforeStaysUntilTheDamagedOneIsReplaced()
    {
        Assert.Equal(0, ProgramRun.Run(folder,
            [.. Everything, "--epochs", "3", "--checkpoint", "c", "--save", "m"]).ExitCode);
        var (last, before) = (File.ReadAllBytes(folder.File("c")), File.ReadAllBytes(folder.File("c.previous")));
        File.WriteAllBytes(folder.File("c"), last[..^100]);
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--resume", "c.previous").ExitCode);
        File.WriteAllBytes(folder.File("whole"), last);
        SavedTensors.AssertSame(folder.File("whole"), folder.File("c"));
        Assert.Equal(before, File.ReadAllBytes(folder.File("c.previous")));
        Assert.False(File.Exists(folder.File("c.previous.previous")));
    }

    [Fact]
    public void SyntheticMeansDrawnDigitsWhateverFolderHasThatName()
    {
        Directory.CreateDirectory(folder.File("synthetic"));
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "300", "--iterations", "2",
            "--checkpoint", "c").ExitCode);
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--resume", "c").ExitCode);
    }

    [Fact]
    public void AFullDiskWarnsOnceAndTheLastGoodCheckpointStays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell that limits the size of files");
        string[] job = [.. Everything, "--epochs", "4"];
        Assert.Equal(0, ProgramRun.Run(folder, [.. job, "--save", "whole"]).ExitCode);
        Assert.Equal(0, ProgramRun.Run(folder, [.. job, "--save", "m", "--checkpoint", "c", "--every", "20"]).ExitCode);
        // The checkpoint of step 20 or so, before the end: what a run finds that goes on where the disk is full.
        File.Move(folder.File("c.previous"), folder.File("c"), overwrite: true);
        var good = File.ReadAllBytes(folder.File("c"));
        var size = new FileInfo(folder.File("m")).Length;
        Assert.InRange(good.Length, 2 * size, long.MaxValue);
        File.Delete(folder.File("m"));
        using var process = ProgramRun.StartAfter("export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f "
            + $"{(size + good.Length) / 2 / 1024}", folder, "train", "--resume", "c", "--every", "1");
        var run = ProgramRun.Finish(process);
        Assert.Equal((0, 2), (run.ExitCode, run.Error.Split("warning: ").Length));
        Assert.Contains("no checkpoint could be written", run.Error, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(folder.File("c")));
        SavedTensors.AssertSame(folder.File("whole"), folder.File("m"));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.tmp").Concat(Directory.GetFiles(folder.Path, ".*.tmp")));
    }

    /// <summary>Reads the program's rows until an epoch is done, and says which; 0 where it ended before.</summary>
    private static async Task<long> Reached(Process process, int epoch)
    {
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.TrimStart().Split('/') is [var done, _, ..]
                && long.TryParse(done, NumberStyles.None, CultureInfo.InvariantCulture, out var now) && now >= epoch)
            {
                return now;
            }
        }

        return 0;
    }
}
