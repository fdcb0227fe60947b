using System.Diagnostics;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Gpu.Stages;
using MnistGpu.Bench.Peers;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Bench;

/// <summary>The time of a stage's process, its end, and a peer that cannot be compared with.</summary>
public sealed class GpuProcessTests
{
    private const string Hello =
        """echo '{"version":"PyTorch 0","libraries":"libblas.so.3","core":"","loops":"AVX2","cuda":false}'; """
        + """cat > "$0.end" """;

    [Fact]
    public void TheTimeThatAProcessTakesToStartIsItsStages()
    {
        using var folder = new TemporaryFolder();
        using var context = new StageContext(folder.Path, "cpu", "synthetic", 1000,
            begun: Environment.TickCount64 - 900_000);
        Assert.InRange(context.Left, double.MinValue, 100);
        Assert.InRange(context.Begin(1, 0), double.MinValue, 100);
    }

    /// <summary>Within its time a piece may be silent for long; where that is over, it may end late.</summary>
    [Theory]
    [InlineData(29, 10, false, true)]
    [InlineData(31, 10, true, true)]
    [InlineData(9, 1, false, true)]
    [InlineData(14, 10, false, false)]
    [InlineData(9, 0, false, false)]
    [InlineData(11, 0, true, true)]
    public void SilenceIsAHangWhereItsPieceHadTimeToEnd(double seconds, double own, bool isTooLong, bool atTheEnd)
    {
        var silence = new Silence(seconds, own, Patience: 10);
        Assert.Equal((isTooLong, atTheEnd), (silence.IsTooLong, silence.IsHangAtTheEnd));
    }

    [Fact]
    public void AProcessThatEndsItsOutputButNotItselfIsEnded()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell that closes its output");
        using var child = new ChildProcess(RunOptions.Start(["sh"], ["-c", "echo on; exec >&- 2>&-; exec sleep 600"]));
        Assert.Equal("on", child.ReadLine(Timeout.InfiniteTimeSpan));
        Assert.Null(child.ReadLine(Timeout.InfiniteTimeSpan));
        Assert.True(child.HasEnded);
        Assert.Equal(137, child.ExitCode);
    }

    [Fact]
    public void APeerThatIsNotAtItsBestIsNotComparedAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var python = Python(folder, Hello);
        using var context = new StageContext(folder.Path, "cpu", "synthetic", 60);
        var reason = Assert.Throws<NotRunException>(() => TorchPeer.Start(context, python));
        Assert.Contains("plain Fortran", reason.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(python + ".end"));
        // Its scripts are gone with the stage's folder even where the stage is killed.
        Assert.StartsWith(context.WorkFolder, AssertIsGone(python), StringComparison.Ordinal);
    }

    [Fact]
    public void APeerThatDoesNotStartLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var python = Python(folder, "echo no JSON");
        Assert.Throws<UserErrorException>(() => PeerProcess.Start(python, "torch", new PeerThreads(1, 1)));
        AssertIsGone(python);
    }

    // It has PyTorch, and notes down what script it is given.
    private static string Python(TemporaryFolder folder, string then)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell's script in Python's place");
        var python = folder.File("python");
        // The shell writes it: a file that this process had open for writing might be busy when it is started.
        using var shell = Process.Start("sh", ["-c", """printf '%s\n' "$@" > "$0" && chmod +x "$0" """, python,
            "#!/bin/sh", """if [ "$1" = -c ]; then echo 1 1; exit; fi""", """echo "$1" > "$0.script" """, then]);
        shell.WaitForExit();
        return python;
    }

    private static string AssertIsGone(string python)
    {
        var script = File.ReadAllText(python + ".script").Trim();
        Assert.EndsWith("serve.py", script, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(script)));
        return script;
    }
}
