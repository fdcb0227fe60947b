using System.Globalization;

namespace MnistGpu.Ranks.Mpi;

/// <summary>
/// What started this process as one of several, as the environment tells: no library is loaded to find out.
/// </summary>
/// <param name="Variable">The variable that says how many there are.</param>
/// <param name="Rank">Which this is, from 0.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Libraries">The names of libraries that go with it, the likeliest first.</param>
internal sealed record Launcher(string Variable, int Rank, int Count, IReadOnlyList<string> Libraries)
{
    /// <summary>The variable by which the user names the library.</summary>
    public const string LibraryVariable = "MNISTGPU_MPI";

    private const string OpenMpi = "libmpi.so.40", Mpich = "libmpich.so.12", MpichAbi = "libmpi.so.12",
        Standard = "libmpi_abi.so.0";

    // Open MPI's mpirun, MVAPICH's, Spectrum MPI's (which is Open MPI's), MPICH's and Intel MPI's; then Slurm's srun,
    // which may start any of them.
    private static readonly (string Count, string Rank, string[] Libraries)[] Known =
    [
        ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", [OpenMpi, Standard]),
        ("MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", [MpichAbi, Mpich]),
        ("JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK", ["libmpi_ibm.so.3", OpenMpi]),
        ("PMI_SIZE", "PMI_RANK", [Mpich, MpichAbi, Standard]),
        ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID", [Mpich, MpichAbi, OpenMpi, Standard]),
    ];

    /// <summary>The launcher; null where this process was started by itself, or as the only one.</summary>
    public static Launcher? Find() => Find(Environment.GetEnvironmentVariable);

    /// <param name="variable">The value of a variable of the environment; null for none.</param>
    /// <inheritdoc cref="Find()"/>
    public static Launcher? Find(Func<string, string?> variable)
    {
        foreach (var (countName, rankName, libraries) in Known)
        {
            // The first that is there decides: one that was started by itself inside a job of several is alone.
            if (Number(countName) is { } count)
            {
                if (count < 2)
                {
                    return null;
                }

                var rank = Number(rankName) is { } number && number < count ? number : 0;
                return new Launcher(countName, rank, count, Ordered(libraries));
            }
        }

        return null;

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

        IReadOnlyList<string> Ordered(string[] libraries) =>
            variable(LibraryVariable) is { Length: > 0 } named ? [named]
            // Slurm speaks PMIx with Open MPI, and PMI with MPICH.
            : variable("PMIX_RANK") is null ? libraries
            : [OpenMpi, .. libraries.Where(name => name != OpenMpi)];
    }
}
