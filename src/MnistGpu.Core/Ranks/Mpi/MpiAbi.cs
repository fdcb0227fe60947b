namespace MnistGpu.Ranks.Mpi;

/// <summary>
/// What an MPI library calls things in memory. All handles are passed as pointers: where they are 32-bit numbers, as in
/// MPICH, the callee reads the lower half.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="World">MPI_COMM_WORLD.</param>
/// <param name="Byte">MPI_BYTE.</param>
/// <param name="ErrorsReturn">MPI_ERRORS_RETURN.</param>
/// <param name="InPlace">MPI_IN_PLACE.</param>
/// <param name="Serialized">MPI_THREAD_SERIALIZED.</param>
internal sealed record MpiAbi(string Name, nint World, nint Byte, nint ErrorsReturn, nint InPlace, int Serialized)
{
    /// <summary>Of MPICH, Intel MPI, MVAPICH and others that agreed on it in 2014.</summary>
    public static MpiAbi Mpich { get; } = new("MPICH", 0x44000000, 0x4c00010d, 0x54000001, -1, 2);

    /// <summary>Of MPI 5.0, in libmpi_abi.</summary>
    public static MpiAbi Standard { get; } = new("MPI 5.0", 0x101, 0x247, 0x143, 1, 2048);

    /// <summary>Of Open MPI, whose handles are addresses of its own variables.</summary>
    /// <param name="address">The address of an exported name.</param>
    public static MpiAbi OpenMpi(Func<string, nint> address) => new("Open MPI", address("ompi_mpi_comm_world"),
        address("ompi_mpi_byte"), address("ompi_mpi_errors_return"), 1, 2);
}
