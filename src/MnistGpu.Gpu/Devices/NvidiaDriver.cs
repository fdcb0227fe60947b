using System.Text.RegularExpressions;

namespace MnistGpu.Gpu.Devices;

/// <summary>
/// NVIDIA's driver as its makers name it. CUDA tells only the version of the interface; Linux has the driver's own in
/// a file.
/// </summary>
internal static partial class NvidiaDriver
{
    private const string VersionFile = "/proc/driver/nvidia/version";

    /// <summary>The driver, for people.</summary>
    /// <param name="cuda">The newest CUDA that it runs.</param>
    public static string Describe(Version cuda) => Describe(cuda, Read());

    internal static string Describe(Version cuda, string? text) =>
        (text is not null && Number().Match(text) is { Success: true } match ? $"driver {match.Value} " : "driver ")
            + $"for CUDA {cuda.Major}.{cuda.Minor}";

    private static string? Read()
    {
        try
        {
            return File.Exists(VersionFile) ? File.ReadAllText(VersionFile) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // A container may hide it.
        }
    }

    // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 …"
    [GeneratedRegex(@"(?<=Module\b[^\n]*\s)\d+\.\d+(\.\d+)?\b", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
