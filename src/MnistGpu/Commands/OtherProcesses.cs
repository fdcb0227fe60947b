using System.Globalization;

namespace MnistGpu.Program.Commands;

/// <summary>
/// Refuses to be started several times at once by a launcher of parallel jobs: each process would do the same work and
/// write the same files.
/// </summary>
internal static class OtherProcesses
{
    // How many processes there are, in Open MPI, in MPICH and Intel MPI, in MVAPICH, in Spectrum MPI, and in Slurm.
    private static readonly string[] Counts = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE",
        "JSM_NAMESPACE_SIZE", "SLURM_STEP_NUM_TASKS"];

    /// <exception cref="UserErrorException">The environment says that this is one of several processes.</exception>
    public static void Refuse() => Refuse(Environment.GetEnvironmentVariable);

    /// <param name="variable">The value of a variable of the environment; null for none.</param>
    /// <inheritdoc cref="Refuse()"/>
    public static void Refuse(Func<string, string?> variable)
    {
        foreach (var name in Counts)
        {
            if (int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count > 1)
            {
                throw new UserErrorException("One job cannot be started as several processes",
                    where: $"the environment variable {name}", expected: "1 process", found: $"{count}",
                    todo: "start it without mpirun or srun, or with one process; it takes all cores by itself");
            }
        }
    }
}
