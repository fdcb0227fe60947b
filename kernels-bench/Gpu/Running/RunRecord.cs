using System.Text.Json;
using MnistGpu.Bench.Measuring;
using MnistGpu.Files;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>One start of the command.</summary>
/// <param name="Started">When.</param>
/// <param name="Minutes">How long it might take.</param>
/// <param name="Seconds">How long it took; null while it runs, or where it was killed.</param>
/// <param name="Continued">Whether it did only what was missing.</param>
internal sealed record Attempt(string Started, double Minutes, double? Seconds, bool Continued);

/// <summary>What the results were made with.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Device">What the user calls the device.</param>
/// <param name="Description">The device, for people.</param>
/// <param name="Images">What the images are.</param>
/// <param name="Attempts">Each start of the command.</param>
internal sealed record RunRecord(Machine Machine, string Device, string Description, string Images,
    IReadOnlyList<Attempt> Attempts)
{
    /// <summary>The name of its file.</summary>
    public const string FileName = "run.json";

    /// <summary>What is in a folder; null for nothing.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public static RunRecord? Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(path), Report.Json) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("This result cannot be read", where: path, found: e.Message,
                expected: "a file that this command wrote", todo: "move it away, or name another folder", inner: e);
        }
    }

    /// <summary>Writes it whole or not at all.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName),
        stream => JsonSerializer.Serialize(stream, this, Report.Json));
}
