using System.Runtime.InteropServices;

namespace MnistGpu.Simd.Vectors;

/// <summary>The processor's name for people.</summary>
internal static class CpuName
{
    /// <summary>As the operating system tells it, or the architecture where it does not.</summary>
    public static string Read()
    {
        var name = OperatingSystem.IsLinux() ? FromLinux() : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrWhiteSpace(name) ? $"{RuntimeInformation.ProcessArchitecture} CPU" : name.Trim();
    }

    private static string? FromLinux()
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/cpuinfo"))
            {
                if (line.StartsWith("model name", StringComparison.Ordinal))
                {
                    return line[(line.IndexOf(':') + 1)..];
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc the architecture has to do.
        }

        return null;
    }
}
