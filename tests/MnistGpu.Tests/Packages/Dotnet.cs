using System.Diagnostics;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Packages;

/// <summary>Runs dotnet and what it installs in a home of its own.</summary>
internal sealed class Dotnet(TemporaryFolder home)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>How the tests were built, and with them all that is packed.</summary>
    public static string Configuration { get; } =
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name == "Release" ? "Release" : "Debug";

    /// <summary>Where this machine keeps the packages that it has restored: a source that needs no network.</summary>
    public static string Restored { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Whether the packages that this machine has restored are used, instead of an empty folder's.</summary>
    public bool KeepsPackages { get; init; }

    public (int ExitCode, string Output) Run(string folder, string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new (string, string)[]
        {
            ("DOTNET_CLI_HOME", home.Path), ("HOME", home.Path),
            ("NUGET_PACKAGES", KeepsPackages ? Restored : home.File("packages")),
            ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), ("DOTNET_NOLOGO", "1"), ("MNISTGPU_OFFLINE", "1"),
            // A build server that outlives the test would keep its folders open.
            ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"),
            ("UseSharedCompilation", "false"),
            // The build of the tests has heard the analyzers.
            ("RunAnalyzers", "false"),
        })
        {
            start.Environment[name] = value;
        }

        start.Environment.Remove("MNISTGPU_DATA");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} {string.Join(' ', arguments)} did not end.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }

    /// <summary>The output of a run that must succeed.</summary>
    public string Done(string folder, string file, params string[] arguments)
    {
        var (exit, output) = Run(folder, file, arguments);
        Assert.True(exit == 0, $"{file} {string.Join(' ', arguments)} ended with {exit}:\n{output}");
        return output;
    }
}
