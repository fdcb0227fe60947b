using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;

namespace MnistGpu.Tests.Ranks;

/// <summary>What real ranks refuse: a rank that does another job, and what several processes cannot do.</summary>
public sealed class MpiRefusalTests : MpiRuns
{
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
        Assert.Empty(Directory.GetFiles(Folder.Path, "m*"));
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

    private void Digits(string name, ulong seed) => IdxWriter.Write(
        Directory.CreateDirectory(Folder.File(name)).FullName, DataSource.Load("synthetic",
        new DataRequest { Limit = 100, SyntheticTest = 10, Seed = seed }, TestContext.Current.CancellationToken));
}
