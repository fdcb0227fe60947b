using System.Diagnostics;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Ranks;

/// <summary>Runs of real ranks, under Open MPI and under MPICH.</summary>
public abstract class MpiRuns : IDisposable
{
    private protected const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich", NoLine = "true";

    private protected static readonly string[] Small = Job("simd", "6");

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static string[] Job(string device, string parts) =>
    [
        "train", "--data", "synthetic", "--limit", "120", "--dev", "20", "--network", "784-12-10", "--init", "he",
        "--optimizer", "adam", "--batch", "40", "--averaging", "0.9", "--clip", "1", "--dropout", "0.1", "--device",
        device, "--parts", parts, "--quiet",
    ];

    private protected static void Require(params string[] launchers)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        Assert.All(launchers, launcher => Assert.SkipUnless(
            folders.Any(path => File.Exists(Path.Combine(path, launcher))),
            $"needs Debian's {(launcher == OpenMpi ? "openmpi-bin" : "mpich")}"));
    }

    private protected (int Code, string Error) Ended(string mpirun, int ranks, string line, string[] arguments)
    {
        using var process = ProgramRun.StartRanks(mpirun, ranks, line, Folder, arguments);
        return Ended(process);
    }

    private protected static (int Code, string Error) Ended(Process process)
    {
        var run = ProgramRun.Finish(process);
        return (run.ExitCode, run.Error);
    }
}
