namespace MnistGpu.Program.Commands;

/// <summary>The cores that a launcher lets this process use.</summary>
internal static class Cores
{
    private const string Status = "/proc/self/status", Online = "/sys/devices/system/cpu/online",
        Allowance = "Cpus_allowed_list:";

    /// <summary>The numbers of those it may use, as Linux writes them: "0-3,8"; empty where that is not told.</summary>
    public static string Allowed() => Read(Status).Split('\n')
        .FirstOrDefault(line => line.StartsWith(Allowance, StringComparison.Ordinal))?[Allowance.Length..].Trim() ?? "";

    /// <summary>Whether it may use only one of several.</summary>
    public static bool IsBoundToOne() =>
        Environment.ProcessorCount == 1 && Read(Online).Trim() is { Length: > 1 } online && Allowed() != online;

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
