using System.Diagnostics;
using System.Text.Json;

namespace MnistGpu.Tests.Support;

/// <summary>What came of a run of the program as a user would have it.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mnistgpu.dll");

    // Where PoCL keeps compiled kernels by default.
    private static readonly string PoclCache = Environment.GetEnvironmentVariable("POCL_CACHE_DIR")
        ?? Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "pocl", "kcache");

    /// <summary>The output with each row on one line, however many it was wrapped to.</summary>
    public string Rows => Output.Replace("\n" + new string(' ', 15), " ", StringComparison.Ordinal);

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Runs one command to its end, in a process that may have run others before.</summary>
    public static ProgramRun Run(TemporaryFolder folder, params string[] arguments)
    {
        if (WarmProgram.Run(folder, (name, value) => Start(folder, "dotnet", [Program], (name, value)), arguments)
            is { } run)
        {
            return run;
        }

        using var process = Start(folder, arguments);
        return Finish(process);
    }

    /// <summary>Starts the program in an empty folder, with no way to real data but what the arguments say.</summary>
    public static Process Start(TemporaryFolder folder, params string[] arguments) =>
        Start(folder, "dotnet", [Program, .. arguments]);

    /// <summary>
    /// Starts the program from a shell that first runs a line of its own, such as a limit on what follows.
    /// </summary>
    public static Process StartAfter(string line, TemporaryFolder folder, params string[] arguments) =>
        Start(folder, "bash", ["-c", $"{line}; exec \"$@\"", "bash", "dotnet", Program, .. arguments]);

    /// <summary>
    /// Starts several ranks of the program, which first run a line of the shell each: its RANK is which it is.
    /// </summary>
    /// <param name="mpirun">The launcher.</param>
    /// <param name="ranks">How many.</param>
    /// <param name="line">The line.</param>
    /// <param name="folder">Where.</param>
    /// <param name="arguments">The program's.</param>
    public static Process StartRanks(
        string mpirun, int ranks, string line, TemporaryFolder folder, params string[] arguments) => Start(
            folder, mpirun, ["-n", $"{ranks}", "bash", "-c",
                $"RANK=${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}; {line}; exec \"$@\"", "bash", "dotnet", Program,
                .. arguments]);

    /// <summary>What comes of a line that the program printed for its user to type.</summary>
    public static ProgramRun Typed(TemporaryFolder folder, string line)
    {
        using var process = Start(folder, "bash", ["-c", line]);
        return Finish(process);
    }

    /// <summary>The commands in the output: whole lines, indented by four.</summary>
    public IEnumerable<string> Commands => Output.Split('\n')
        .Where(line => line.StartsWith("    dotnet ", StringComparison.Ordinal)).Select(line => line.Trim());

    private static Process Start(
        TemporaryFolder folder, string file, string[] arguments, (string Name, string Value)? more = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = more is null,
            RedirectStandardInput = more is not null,
        };
        start.Environment.Remove("MNISTGPU_DATA");
        start.Environment.Remove("MNISTGPU_POCL");
        start.Environment["MNISTGPU_OFFLINE"] = "1";
        // Containers are run as root, have fewer cores than the tests have ranks, and forbid a process another's
        // memory.
        foreach (var setting in (string[])["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
            "OMPI_MCA_rmaps_base_oversubscribe", "OMPI_MCA_mpi_yield_when_idle"])
        {
            start.Environment[setting] = "1";
        }

        start.Environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
        start.Environment["XDG_CACHE_HOME"] = folder.File("cache");
        // Kernels that these tests' PoCL has compiled are not compiled again.
        start.Environment["POCL_CACHE_DIR"] = PoclCache;
        if (more is var (name, value))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Reads the output of a program at work up to a line with these words.</summary>
    public static async Task Until(Process process, string words)
    {
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
        }
        while (!line.Contains(words, StringComparison.Ordinal));
    }

    public static ProgramRun Finish(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"The program did not end. It said: {output.Result}{error.Result}");
        }

        return new ProgramRun(process.ExitCode, output.Result, error.Result);
    }
}
