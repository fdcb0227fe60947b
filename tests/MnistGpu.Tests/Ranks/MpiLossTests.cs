using System.Diagnostics;
using System.Globalization;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Ranks;

/// <summary>Real ranks of which one is lost or can go on no more: all end, and nothing is torn.</summary>
public sealed class MpiLossTests : MpiRuns
{
    [Theory]
    [InlineData(OpenMpi)]
    [InlineData(Mpich)]
    public async Task CtrlCEndsAllRanksAfterTheSameStep(string mpirun)
    {
        Require(mpirun);
        using var process = ProgramRun.StartRanks(mpirun, 2, NoLine, Folder,
            [.. Small[..^1], "--epochs", "100000", "--save", "ms", "--checkpoint", "cs"]);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Begun(process);
        // As the terminal does: mpirun gets it, and tells the ranks.
        await Signal("INT", process.Id);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        // MPICH's mpirun, once interrupted, ends with the ranks' code or with 0, as it happens.
        Assert.True(mpirun == Mpich || process.ExitCode != 0);
        Assert.DoesNotContain("error: ", await error, StringComparison.Ordinal);
        Assert.True(File.Exists(Folder.File("ms.interrupted")), "no model of the interrupted run");
        var steps = Checkpoint.Load(Folder.File("cs")).Position.Step;
        Assert.Equal(0, ProgramRun.Run(
            Folder, [.. Small, "--iterations", $"{steps}", "--save", "m", "--checkpoint", "c"]).ExitCode);
        SavedTensors.AssertSame(Folder.File("m"), Folder.File("ms.interrupted"));
        SavedTensors.AssertSame(Folder.File("c"), Folder.File("cs"));
    }

    [Theory]
    [InlineData(OpenMpi, "KILL")]
    [InlineData(Mpich, "KILL")]
    [InlineData(OpenMpi, "STOP")]
    [InlineData(Mpich, "STOP")]
    public async Task WhereARankIsLostAllEndAndTheCheckpointIsWhole(string mpirun, string signal)
    {
        Require(mpirun);
        using var process = ProgramRun.StartRanks(mpirun, 3,
            "echo $$ > pid.$RANK; export MNISTGPU_RANK_TIMEOUT=5", Folder,
            [.. Small[..^1], "--epochs", "100000", "--save", "m", "--checkpoint", "c"]);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Begun(process);
        var pids = Enumerable.Range(0, 3).Select(rank => int.Parse(File.ReadAllText(Folder.File($"pid.{rank}")),
            CultureInfo.InvariantCulture)).ToArray();
        try
        {
            await Signal(signal, pids[1]);
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, process.ExitCode);
            Assert.Equal(signal == "STOP", (await error).Contains("do not answer", StringComparison.Ordinal));
            Assert.True(Checkpoint.Load(Folder.File("c")).Position.Step > 0);
        }
        finally
        {
            await Signal("KILL", pids);
        }
    }

    [Fact]
    public void AFullDiskOnRankZeroEndsAllAndIsTold()
    {
        Require(OpenMpi);
        // Not MPICH, whose shared memory is a file that the limit holds for.
        var (code, error) = Ended(OpenMpi, 2, "export DOTNET_EnableWriteXorExecute=0; [ $RANK = 0 ] && trap '' XFSZ "
            + "&& ulimit -f 8", [.. Small, "--epochs", "2", "--save", "m", "--checkpoint", "c"]);
        Assert.NotEqual(0, code);
        Assert.Contains("no checkpoint could be written", error, StringComparison.Ordinal);
        Assert.Contains("error: ", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Folder.File("m")));
    }

    /// <summary>Waits until a run has shown its first rows, and so written a checkpoint.</summary>
    private static async Task Begun(Process process)
    {
        for (var rows = 0; rows < 3;)
        {
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
            rows += line.Contains('%', StringComparison.Ordinal) ? 1 : 0;
        }
    }

    private static async Task Signal(string name, params int[] processes)
    {
        // Some may be gone already.
        using var kill = Process.Start("bash", ["-c", $"kill -s {name} {string.Join(' ', processes)} 2>/dev/null"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
