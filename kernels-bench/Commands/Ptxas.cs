using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MnistGpu.Bench.Commands;

/// <summary>What ptxas says that a kernel takes of a multiprocessor.</summary>
/// <param name="Registers">Registers per thread.</param>
/// <param name="SpillStores">Bytes per thread stored because registers were short.</param>
/// <param name="SpillLoads">Bytes per thread loaded again.</param>
/// <param name="Stack">Bytes of local memory per thread, spills included.</param>
/// <param name="Shared">Bytes of shared memory per group.</param>
internal sealed record KernelResources(int Registers, int SpillStores, int SpillLoads, int Stack, int Shared);

/// <summary>
/// Machine code from NVIDIA's assembler, on machines without a GPU; <see cref="PtxCompiler"/> gives the PTX.
/// </summary>
internal sealed partial class Ptxas
{
    private readonly string path;

    private Ptxas(string path) => this.path = path;

    /// <summary>Looks for ptxas on the PATH.</summary>
    public static Ptxas? Find()
    {
        var file = OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } path
                ? new Ptxas(path) : null;
    }

    /// <summary>The line in which it names its release.</summary>
    public string Version() =>
        Start(["--version"]).Output.Split('\n')
        .FirstOrDefault(line => line.Contains("release", StringComparison.Ordinal))?.Trim() ?? path;

    /// <summary>Assembles PTX and reads what it takes.</summary>
    /// <param name="ptx">The text.</param>
    /// <param name="architecture">sm_80 and the like.</param>
    /// <param name="cubin">Where to keep the machine code; null for nowhere.</param>
    /// <exception cref="UserErrorException">ptxas refuses it; the message has its errors.</exception>
    public KernelResources Assemble(string ptx, string architecture, string? cubin = null)
    {
        var folder = Directory.CreateTempSubdirectory("mnistgpu-ptx-");
        try
        {
            var source = Path.Combine(folder.FullName, "kernel.ptx");
            File.WriteAllText(source, ptx);
            var (code, output) = Start(["-v", "-arch", architecture, source, "-o", cubin ?? source + ".cubin"]);
            return code == 0 ? Read(output) : throw new UserErrorException("ptxas refuses a kernel",
                where: architecture, found: output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Reads the report of ptxas -v on one kernel.</summary>
    /// <exception cref="UserErrorException">It is not one.</exception>
    public static KernelResources Read(string report)
    {
        int? Number(Regex pattern) => pattern.Match(report) is { Success: true } m
            ? int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        return Number(UsedRegisters()) is { } registers && Number(SpillStores()) is { } stores
            && Number(SpillLoads()) is { } loads && Number(Stack()) is { } stack
            ? new KernelResources(registers, stores, loads, stack, Number(Shared()) ?? 0)
            : throw new UserErrorException("The report of ptxas -v cannot be read",
                expected: "registers, spills and stack frame", found: report);
    }

    private (int Code, string Output) Start(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex UsedRegisters();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();
}
