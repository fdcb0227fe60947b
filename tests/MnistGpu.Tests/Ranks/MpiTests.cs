using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Ranks;

/// <summary>Real ranks train as one process does, and say what they are.</summary>
public sealed class MpiTests : MpiRuns
{
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
        using (var alone = ProgramRun.StartAfter(Line, Folder, [.. job, "--save", "m", "--checkpoint", "c"]))
        {
            Assert.Equal((0, ""), Ended(alone));
        }

        foreach (var (mpirun, ranks) in runs.Chunk(2).Select(pair => ((string)pair[0], (int)pair[1])))
        {
            using var process = ProgramRun.StartRanks(
                mpirun, ranks, Line, Folder, [.. job, "--save", "ms", "--checkpoint", "cs", "--profile"]);
            var run = ProgramRun.Finish(process);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains(" MB a step sent by rank 0 to the others", run.Rows, StringComparison.Ordinal);
            SavedTensors.AssertSame(Folder.File("m"), Folder.File("ms"));
            SavedTensors.AssertSame(Folder.File("c"), Folder.File("cs"));
            Assert.Equal(Told("m"), Told("ms"));
            Assert.Equal(Told("c"), Told("cs"));
        }
    }

    [Fact]
    public void ARunGoesOnWithAnotherNumberOfRanks()
    {
        Require(OpenMpi);
        string[] job = [.. Small, "--epochs", "3"];
        Assert.Equal(0, ProgramRun.Run(Folder, [.. job, "--save", "m", "--checkpoint", "c"]).ExitCode);
        Assert.Equal(0, Ended(OpenMpi, 2, NoLine, [.. job, "--save", "ms", "--checkpoint", "cs"]).Code);
        foreach (var name in (string[])["cs", "ms"])
        {
            File.Delete(Folder.File(name));
        }

        // That of the epoch before the last.
        File.Move(Folder.File("cs.previous"), Folder.File("cs"));
        Assert.Equal(6, Checkpoint.Load(Folder.File("cs")).Position.Step);
        Assert.Equal(0, Ended(OpenMpi, 3, NoLine, ["train", "--resume", "cs"]).Code);
        SavedTensors.AssertSame(Folder.File("m"), Folder.File("ms"));
        SavedTensors.AssertSame(Folder.File("c"), Folder.File("cs"));
    }

    [Theory]
    [InlineData(OpenMpi, "Open MPI")]
    [InlineData(Mpich, "MPICH")]
    public void TheRanksAndTheirLibraryAreTold(string mpirun, string library)
    {
        Require(mpirun);
        using var devices = ProgramRun.StartRanks(mpirun, 2, NoLine, Folder, "devices");
        var listed = ProgramRun.Finish(devices);
        Assert.Equal(0, listed.ExitCode);
        Assert.Matches($@"(?m)^  ranks +2, by {library}", listed.Output);
        Assert.Single(listed.Output.Split('\n'), line => line.Contains("--device auto", StringComparison.Ordinal));
        using var train = ProgramRun.StartRanks(mpirun, 2, NoLine, Folder, [.. Small, "--epochs", "1", "--json"]);
        var json = ProgramRun.Finish(train).Json;
        Assert.Equal((2, 6), (json.GetProperty("ranks").GetInt32(), json.GetProperty("parts").GetInt32()));
        Assert.StartsWith(library, json.GetProperty("rank_library").GetString(), StringComparison.Ordinal);
        Assert.True(json.GetProperty("sent_bytes_per_step").GetDouble() > 0);
    }

    [Fact]
    public void AloneNoLibraryIsLoaded()
    {
        using var process = ProgramRun.StartAfter("export MNISTGPU_MPI=libnone.so", Folder,
            [.. Small, "--epochs", "1", "--json"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(1, run.Json.GetProperty("ranks").GetInt32());
    }

    /// <summary>What a file says of its run, but for times and names.</summary>
    private Dictionary<string, string> Told(string name)
    {
        var metadata = new Dictionary<string, string>(MnistGpu.Files.Safetensors.Read(Folder.File(name)).Metadata);
        metadata["history"] = string.Join('\n', metadata["history"].Split('\n')
            .Select(row => string.Join(',', row.Split(',').Where((_, column) => column != 6))));
        foreach (var key in (string[])["save", "run", "sha256_file"])
        {
            metadata.Remove(key);
        }

        return metadata;
    }
}
