using System.Diagnostics;
using System.Globalization;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Ranks;

/// <summary>Real ranks, under Open MPI and under MPICH.</summary>
public sealed class MpiTests : IDisposable
{
    private const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich", NoLine = "true";

    private static readonly string[] Small = Job("simd", "6");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string[] Job(string device, string parts) =>
    [
        "train", "--data", "synthetic", "--limit", "120", "--dev", "20", "--network", "784-12-10", "--init", "he",
        "--optimizer", "adam", "--batch", "40", "--averaging", "0.9", "--clip", "1", "--dropout", "0.1", "--device",
        device, "--parts", parts, "--quiet",
    ];

    [Theory]
    [InlineData("simd", "6", OpenMpi, 3, OpenMpi, 5, Mpich, 2)]
    [InlineData("reference", "3", Mpich, 2)]
    [InlineData("opencl", "4", OpenMpi, 2)]
    public void AnyNumberOfRanksOfEitherLibraryGivesTheSameBits(string device, string parts, params object[] runs)
    {
        Require(OpenMpi, Mpich);
        Assert.SkipUnless(device != "opencl" || GpuDevices.FindPocl() is not null, "needs Debian's pocl-opencl-icd");
        const string Line = "export MNISTGPU_POCL=1";
        string[] job = [.. Job(device, parts), "--epochs", "2"];
        using (var alone = ProgramRun.StartAfter(Line, folder, [.. job, "--save", "m", "--checkpoint", "c"]))
        {
            Assert.Equal((0, ""), Ended(alone));
        }

        foreach (var (mpirun, ranks) in runs.Chunk(2).Select(pair => ((string)pair[0], (int)pair[1])))
        {
            using var process = ProgramRun.StartRanks(
                mpirun, ranks, Line, folder, [.. job, "--save", "ms", "--checkpoint", "cs", "--profile"]);
            var run = ProgramRun.Finish(process);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains(" MB a step sent by rank 0 to the others", run.Rows, StringComparison.Ordinal);
            SavedTensors.AssertSame(folder.File("m"), folder.File("ms"));
            SavedTensors.AssertSame(folder.File("c"), folder.File("cs"));
            Assert.Equal(Told("m"), Told("ms"));
            Assert.Equal(Told("c"), Told("cs"));
        }
    }

    [Theory]
    [InlineData(OpenMpi)]
    [InlineData(Mpich)]
    public async Task CtrlCEndsAllRanksAfterTheSameStep(string mpirun)
    {
        Require(mpirun);
        using var process = ProgramRun.StartRanks(mpirun, 2, NoLine, folder,
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
        Assert.True(File.Exists(folder.File("ms.interrupted")), "no model of the interrupted run");
        var steps = Checkpoint.Load(folder.File("cs")).Position.Step;
        Assert.Equal(0, ProgramRun.Run(
            folder, [.. Small, "--iterations", $"{steps}", "--save", "m", "--checkpoint", "c"]).ExitCode);
        SavedTensors.AssertSame(folder.File("m"), folder.File("ms.interrupted"));
        SavedTensors.AssertSame(folder.File("c"), folder.File("cs"));
    }

    [Fact]
    public void ARunGoesOnWithAnotherNumberOfRanks()
    {
        Require(OpenMpi);
        string[] job = [.. Small, "--epochs", "3"];
        Assert.Equal(0, ProgramRun.Run(folder, [.. job, "--save", "m", "--checkpoint", "c"]).ExitCode);
        Assert.Equal(0, Ended(OpenMpi, 2, NoLine, [.. job, "--save", "ms", "--checkpoint", "cs"]).Code);
        foreach (var name in (string[])["cs", "ms"])
        {
            File.Delete(folder.File(name));
        }

        // That of the epoch before the last.
        File.Move(folder.File("cs.previous"), folder.File("cs"));
        Assert.Equal(6, Checkpoint.Load(folder.File("cs")).Position.Step);
        Assert.Equal(0, Ended(OpenMpi, 3, NoLine, ["train", "--resume", "cs"]).Code);
        SavedTensors.AssertSame(folder.File("m"), folder.File("ms"));
        SavedTensors.AssertSame(folder.File("c"), folder.File("cs"));
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
            "echo $$ > pid.$RANK; export MNISTGPU_RANK_TIMEOUT=5", folder,
            [.. Small[..^1], "--epochs", "100000", "--save", "m", "--checkpoint", "c"]);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Begun(process);
        var pids = Enumerable.Range(0, 3).Select(rank => int.Parse(File.ReadAllText(folder.File($"pid.{rank}")),
            CultureInfo.InvariantCulture)).ToArray();
        try
        {
            await Signal(signal, pids[1]);
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, process.ExitCode);
            Assert.Equal(signal == "STOP", (await error).Contains("do not answer", StringComparison.Ordinal));
            Assert.True(Checkpoint.Load(folder.File("c")).Position.Step > 0);
        }
        finally
        {
            await Signal("KILL", pids);
        }
    }

    [Fact]
    public void ARankThatDiffersIsNamed()
    {
        Require(OpenMpi, Mpich);
        Digits("a", 1);
        Digits("b", 2);
        var other = Ended(Mpich, 3, "[ $RANK = 2 ] && set -- \"${@/#a/b}\"", ["train", "--data", "a", "--parts", "3",
            "--iterations", "2", "--save", "m"]);
        Assert.Equal(2, other.Code);
        Assert.Contains("Rank 2 of 3 does not do the same as rank 0", other.Error, StringComparison.Ordinal);
        Assert.Contains("where    : the SHA-256 of the images", other.Error, StringComparison.Ordinal);

        var missing = Ended(OpenMpi, 2, "[ $RANK = 1 ] && rm -r b && set -- \"${@/#a/b}\"", ["train", "--data", "a",
            "--parts", "2", "--save", "m"]);
        Assert.Equal(2, missing.Code);
        Assert.Contains("error: Rank 1 of 2 cannot begin", missing.Error, StringComparison.Ordinal);

        // Before it has joined the others, which wait for it.
        var wrong = Ended(Mpich, 2, "[ $RANK = 1 ] && set -- \"$@\" --nonsense", [.. Small, "--epochs", "1"]);
        Assert.Equal(2, wrong.Code);
        Assert.Contains("Rank 1 of 2 cannot begin", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("--nonsense", wrong.Error, StringComparison.Ordinal);

        var seed = Ended(OpenMpi, 2, "[ $RANK = 1 ] && set -- \"$@\" --seed 5", [.. Small, "--epochs", "1"]);
        Assert.Equal(2, seed.Code);
        Assert.Contains("where    : --seed", seed.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path, "m*"));
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
        Assert.False(File.Exists(folder.File("m")));
    }

    [Fact]
    public void WhatSeveralProcessesCannotDoIsRefused()
    {
        Require(OpenMpi, Mpich);
        var compare = Ended(Mpich, 2, NoLine, ["compare"]);
        Assert.Equal(2, compare.Code);
        Assert.Contains("compare measures how fast one process is", compare.Error, StringComparison.Ordinal);

        var parts = Ended(OpenMpi, 3, NoLine, ["train", "--data", "synthetic", "--parts", "2"]);
        Assert.Equal(2, parts.Code);
        Assert.Contains("expected : at least 3", parts.Error, StringComparison.Ordinal);

        var library = Ended(OpenMpi, 2, "export MNISTGPU_MPI=libmpich.so.12", Small);
        Assert.Equal(2, library.Code);
        Assert.Contains("expected : 2 ranks, as OMPI_COMM_WORLD_SIZE says", library.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OpenMpi, "Open MPI")]
    [InlineData(Mpich, "MPICH")]
    public void TheRanksAndTheirLibraryAreTold(string mpirun, string library)
    {
        Require(mpirun);
        using var devices = ProgramRun.StartRanks(mpirun, 2, NoLine, folder, "devices");
        var listed = ProgramRun.Finish(devices);
        Assert.Equal(0, listed.ExitCode);
        Assert.Matches($@"(?m)^  ranks +2, by {library}", listed.Output);
        Assert.Single(listed.Output.Split('\n'), line => line.Contains("--device auto", StringComparison.Ordinal));
        using var train = ProgramRun.StartRanks(mpirun, 2, NoLine, folder, [.. Small, "--epochs", "1", "--json"]);
        var json = ProgramRun.Finish(train).Json;
        Assert.Equal((2, 6), (json.GetProperty("ranks").GetInt32(), json.GetProperty("parts").GetInt32()));
        Assert.StartsWith(library, json.GetProperty("rank_library").GetString(), StringComparison.Ordinal);
        Assert.True(json.GetProperty("sent_bytes_per_step").GetDouble() > 0);
    }

    [Fact]
    public void AloneNoLibraryIsLoaded()
    {
        using var process = ProgramRun.StartAfter("export MNISTGPU_MPI=libnone.so", folder,
            [.. Small, "--epochs", "1", "--json"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(1, run.Json.GetProperty("ranks").GetInt32());
    }

    private static void Require(params string[] launchers)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        Assert.All(launchers, launcher => Assert.SkipUnless(
            folders.Any(path => File.Exists(Path.Combine(path, launcher))),
            $"needs Debian's {(launcher == OpenMpi ? "openmpi-bin" : "mpich")}"));
    }

    private (int Code, string Error) Ended(string mpirun, int ranks, string line, string[] arguments)
    {
        using var process = ProgramRun.StartRanks(mpirun, ranks, line, folder, arguments);
        return Ended(process);
    }

    private static (int Code, string Error) Ended(Process process)
    {
        var run = ProgramRun.Finish(process);
        return (run.ExitCode, run.Error);
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

    private void Digits(string name, ulong seed) => IdxWriter.Write(
        Directory.CreateDirectory(folder.File(name)).FullName, DataSource.Load("synthetic",
        new DataRequest { Limit = 100, SyntheticTest = 10, Seed = seed }, TestContext.Current.CancellationToken));

    /// <summary>What a file says of its run, but for times and names.</summary>
    private Dictionary<string, string> Told(string name)
    {
        var metadata = new Dictionary<string, string>(MnistGpu.Files.Safetensors.Read(folder.File(name)).Metadata);
        metadata["history"] = string.Join('\n', metadata["history"].Split('\n')
            .Select(row => string.Join(',', row.Split(',').Where((_, column) => column != 6))));
        foreach (var key in (string[])["save", "run", "sha256_file"])
        {
            metadata.Remove(key);
        }

        return metadata;
    }
}
