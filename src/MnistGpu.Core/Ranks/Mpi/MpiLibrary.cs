using System.Runtime.InteropServices;
using System.Text;

namespace MnistGpu.Ranks.Mpi;

/// <summary>The functions of an MPI library, see the standard's C interface. Loaded by name at run time.</summary>
internal sealed unsafe partial class MpiLibrary
{
    // The largest of the ABIs': MPI_MAX_LIBRARY_VERSION_STRING and MPI_MAX_ERROR_STRING.
    private const int LongestText = 8192;

    private readonly delegate* unmanaged<void*, void*, int, int*, int> initialize;
    private readonly delegate* unmanaged<int> finalize;
    private readonly delegate* unmanaged<nint, int*, int> rank;
    private readonly delegate* unmanaged<nint, int*, int> size;
    private readonly delegate* unmanaged<nint, nint, int> setErrorHandler;
    private readonly delegate* unmanaged<int, byte*, int*, int> errorString;
    private readonly delegate* unmanaged<byte*, int*, int> version;
    private readonly delegate* unmanaged<nint, int, int> abort;
    private readonly delegate* unmanaged<byte*, int*, int*, nint, byte*, int*, int*, nint, nint, int> allToAll;
    private readonly delegate* unmanaged<nint, int, nint, byte*, int*, int*, nint, nint, int> allGather;
    private readonly delegate* unmanaged<byte*, int, nint, int, nint, int> broadcast;

    private MpiLibrary(nint library, string name)
    {
        Name = name;
        Abi = Path.GetFileName(name).StartsWith("libmpi_abi", StringComparison.Ordinal) ? MpiAbi.Standard
            : NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _)
                ? MpiAbi.OpenMpi(symbol => NativeLibrary.GetExport(library, symbol))
            : MpiAbi.Mpich;
        initialize = (delegate* unmanaged<void*, void*, int, int*, int>)Export("MPI_Init_thread");
        finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
        rank = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank");
        size = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size");
        setErrorHandler = (delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler");
        errorString = (delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string");
        version = (delegate* unmanaged<byte*, int*, int>)Export("MPI_Get_library_version");
        abort = (delegate* unmanaged<nint, int, int>)Export("MPI_Abort");
        allToAll = (delegate* unmanaged<byte*, int*, int*, nint, byte*, int*, int*, nint, nint, int>)
            Export("MPI_Alltoallv");
        allGather = (delegate* unmanaged<nint, int, nint, byte*, int*, int*, nint, nint, int>)Export("MPI_Allgatherv");
        broadcast = (delegate* unmanaged<byte*, int, nint, int, nint, int>)Export("MPI_Bcast");

        nint Export(string function) => NativeLibrary.GetExport(library, function);
    }

    /// <summary>What it was loaded by.</summary>
    public string Name { get; }

    /// <summary>How it calls things.</summary>
    public MpiAbi Abi { get; }

    /// <summary>Whether the processes have joined.</summary>
    public bool HasJoined { get; private set; }

    /// <summary>Loads the first of these that is there.</summary>
    /// <exception cref="UserErrorException">None is, or what is there is no MPI library.</exception>
    public static MpiLibrary Load(Launcher launcher)
    {
        // UCX, which MPICH may load, would take .NET's SIGSEGV, by which it finds null references. .NET's own
        // environment is not C's.
        if (!OperatingSystem.IsWindows())
        {
            SetEnvironment("UCX_ERROR_SIGNALS", "", 1);
        }

        foreach (var name in launcher.Libraries)
        {
            try
            {
                if (NativeLibrary.TryLoad(name, out var library))
                {
                    return new MpiLibrary(library, name);
                }
            }
            catch (EntryPointNotFoundException e)
            {
                throw Refuse(launcher, $"{name}, which is none: {e.Message}", e);
            }
        }

        throw Refuse(launcher, "none of these can be loaded");
    }

    /// <summary>Joins the other processes.</summary>
    public void Initialize()
    {
        int provided;
        Check(initialize(null, null, Abi.Serialized, &provided), "MPI_Init_thread");
        Check(setErrorHandler(Abi.World, Abi.ErrorsReturn), "MPI_Comm_set_errhandler");
        HasJoined = true;
        // Garbage collection and the thread pool move exchanges from thread to thread, one at a time.
        if (provided < Abi.Serialized)
        {
            throw new UserErrorException("This MPI library takes calls from one thread only", where: Name,
                expected: "MPI_THREAD_SERIALIZED", found: $"level {provided}",
                todo: $"name another library by the environment variable {Launcher.LibraryVariable}");
        }
    }

    /// <summary>Leaves them, when all do.</summary>
    public void Leave() => Check(finalize(), "MPI_Finalize");

    /// <summary>Ends the processes of all ranks, this one among them.</summary>
    public void Abort(int code) => abort(Abi.World, code);

    /// <summary>This rank's number, and how many there are.</summary>
    public (int Rank, int Count) Place()
    {
        int mine, all;
        Check(rank(Abi.World, &mine), "MPI_Comm_rank");
        Check(size(Abi.World, &all), "MPI_Comm_size");
        return (mine, all);
    }

    /// <summary>The first line of what it says of itself.</summary>
    public string Version()
    {
        var text = stackalloc byte[LongestText];
        int length;
        Check(version(text, &length), "MPI_Get_library_version");
        var lines = Text(text, length).Split('\n', ',');
        return Plain.Text(string.Join(' ', lines[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Replace(" Version: ", " ", StringComparison.Ordinal));
    }

    /// <summary>MPI_Alltoallv of bytes; see <see cref="IRanks.AllToAll"/>.</summary>
    public void AllToAll(byte* sent, int* sentCounts, int* sentAt, byte* received, int* receivedCounts,
        int* receivedAt) => Check(allToAll(
            sent, sentCounts, sentAt, Abi.Byte, received, receivedCounts, receivedAt, Abi.Byte, Abi.World),
            "MPI_Alltoallv");

    /// <summary>MPI_Allgatherv of bytes, in place; see <see cref="IRanks.AllGather"/>.</summary>
    public void AllGather(byte* all, int* counts, int* at) => Check(
        allGather(Abi.InPlace, 0, Abi.Byte, all, counts, at, Abi.Byte, Abi.World), "MPI_Allgatherv");

    /// <summary>MPI_Bcast of rank 0's bytes.</summary>
    public void Broadcast(byte* data, int count) =>
        Check(broadcast(data, count, Abi.Byte, 0, Abi.World), "MPI_Bcast");

    private void Check(int code, string function)
    {
        if (code == 0)
        {
            return;
        }

        var text = stackalloc byte[LongestText];
        int length;
        var found = errorString(code, text, &length) == 0 ? Text(text, length) : $"error {code}";
        throw new UserErrorException("The ranks cannot exchange their data", where: $"{function} of {Name}",
            found: Plain.Text(found),
            todo: "see what mpirun says; a run with --checkpoint goes on with --resume");
    }

    private static string Text(byte* text, int length) =>
        Encoding.UTF8.GetString(text, Math.Clamp(length, 0, LongestText)).TrimEnd('\0');

    private static UserErrorException Refuse(Launcher launcher, string found, Exception? inner = null) => new(
        "The library that joins the ranks is not there",
        where: $"{launcher.Count} processes, as {launcher.Variable} says",
        expected: string.Join(" or ", launcher.Libraries), found: found,
        todo: $"install the MPI library that the launcher is of, or name it by {Launcher.LibraryVariable}",
        inner: inner);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
