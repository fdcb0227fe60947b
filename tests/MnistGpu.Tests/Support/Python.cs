using System.Diagnostics;

namespace MnistGpu.Tests.Support;

/// <summary>A Python with NumPy; a test that wants it is skipped elsewhere, and says so.</summary>
internal static class Python
{
    private static readonly Lazy<string?> Found = new(() => Array.Find((string[])["/usr/bin/python3", "python3"],
        program =>
        {
            try
            {
                return Run(program, Path.GetTempPath(), "-c", "import numpy").ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }));

    /// <summary>Runs a script to its end.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="arguments">The script and its arguments.</param>
    public static ProgramRun Run(TemporaryFolder folder, params string[] arguments)
    {
        Assert.SkipUnless(Found.Value is not null, "needs Python with NumPy: Debian's python3-numpy");
        return Run(Found.Value!, folder.Path, arguments);
    }

    private static ProgramRun Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        return ProgramRun.Finish(process);
    }
}
