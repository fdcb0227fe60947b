using MnistGpu.Program.Commands.Train;
using MnistGpu.Ranks.Mpi;

namespace MnistGpu.Tests.Ranks;

/// <summary>What a process finds out of the others before any library is loaded, and what it waits for.</summary>
public sealed class LauncherTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3", 3, 4, "libmpi.so.40")]
    [InlineData("PMI_SIZE=2 PMI_RANK=1", 1, 2, "libmpich.so.12")]
    [InlineData("MV2_COMM_WORLD_SIZE=2 MV2_COMM_WORLD_RANK=0", 0, 2, "libmpi.so.12")]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=5", 5, 8, "libmpich.so.12")]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=5 PMIX_RANK=5", 5, 8, "libmpi.so.40")]
    [InlineData("PMI_SIZE=2 PMI_RANK=1 MNISTGPU_MPI=/opt/libmpi_abi.so.0", 1, 2, "/opt/libmpi_abi.so.0")]
    // Slurm's variables are there, too, where its job calls mpirun.
    [InlineData("SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=2", 2, 4,
        "libmpi.so.40")]
    [InlineData("PMI_SIZE=2 PMI_RANK=7", 0, 2, "libmpich.so.12")]
    public void TheVariablesOfTheLauncherSayWhoIsThere(string variables, int rank, int count, string library)
    {
        var found = Find(variables);
        Assert.NotNull(found);
        Assert.Equal((rank, count, library), (found.Rank, found.Count, found.Libraries[0]));
        Assert.Equal(found.Libraries.Distinct(), found.Libraries);
    }

    [Theory]
    [InlineData("HOME=4")]
    [InlineData("OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0")]
    [InlineData("SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=0 OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0")]
    [InlineData("PMI_SIZE=many PMI_RANK=0")]
    [InlineData("PMI_SIZE=-2")]
    [InlineData("MNISTGPU_MPI=libmpi.so.40")]
    public void AProcessByItselfHasNone(string variables) => Assert.Null(Find(variables));

    [Fact]
    public void WhatTakesTooLongIsToldOnce()
    {
        using var told = new SemaphoreSlim(0);
        var waited = TimeSpan.Zero;
        using var watchdog = new Watchdog(TimeSpan.FromMilliseconds(30), time =>
        {
            waited = time;
            told.Release();
        });
        using (watchdog.Watch())
        {
            Assert.True(told.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }

        Assert.True(waited > TimeSpan.FromMilliseconds(30));
        Assert.Equal(0, told.CurrentCount);
    }

    [Theory]
    [InlineData(null, "a\u001f1\u001eb\u001f2", "a\u001f1\u001eb\u001f2")]
    [InlineData("Rank 2 of 3", "a\u001f1\u001eb\u001f2", "a\u001f1\u001eb\u001f2", "a\u001f1\u001eb\u001f3")]
    [InlineData("Rank 1 of 2", "a\u001f1\u001eb\u001f2", "a\u001f1")]
    [InlineData("Rank 1 of 2", "a\u001f1", "a\u001f1\u001eb\u001f2")]
    public void TheRankThatDiffersIsNamed(string? who, params string[] facts)
    {
        var difference = RankFacts.Difference(facts);
        Assert.Equal(who is null, difference is null);
        if (difference is not null)
        {
            Assert.StartsWith(who!, difference.Message, StringComparison.Ordinal);
            Assert.Contains("where    : b", difference.Message, StringComparison.Ordinal);
        }
    }

    private static Launcher? Find(string variables)
    {
        var all = variables.Split(' ').Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return Launcher.Find(name => all.GetValueOrDefault(name));
    }
}
