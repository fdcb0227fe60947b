using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Measuring;

/// <summary>What a figure must be read beside.</summary>
internal sealed record Machine(string Date, string Commit, string Dotnet, string Ilgpu, string System, string Cpu,
    int Cores, double MemoryGigabytes, bool Optimized)
{
    /// <summary>The root of the sources, or null where the program runs without them.</summary>
    public static string? SourceRoot { get; } = FindRoot();

    /// <summary>This machine, now.</summary>
    public static Machine Read() => new(
        DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'"),
        ReadCommit(),
        RuntimeInformation.FrameworkDescription,
        Version(typeof(ILGPU.Context)),
        RuntimeInformation.OSDescription,
        CpuName.Read(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9,
        IsOptimized());

    private static string Version(Type type) => InformationalVersion(type).Split('+')[0];

    private static string InformationalVersion(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static bool IsOptimized() =>
        typeof(Machine).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;

    // The build writes the commit into the version; git knows whether the files differ from it.
    private static string ReadCommit()
    {
        var version = InformationalVersion(typeof(Machine)).Split('+');
        if (version.Length < 2)
        {
            return "unknown";
        }

        return version[1][..Math.Min(12, version[1].Length)]
            + (SourceRoot is not null && Changed(SourceRoot) ? " with uncommitted changes" : "");
    }

    private static bool Changed(string root)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git",
                ["-C", root, "status", "--porcelain", "--untracked-files=no", "--", "src", "kernels-bench/*.cs"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            return git.StandardOutput.ReadToEnd().Length > 0;
        }
        catch (global::System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string? FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MnistGpu.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
