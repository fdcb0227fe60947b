using System.Text;
using MnistGpu.Files;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>
/// The files that a checkpoint names to be written. A checkpoint may come from anywhere, so its word is not enough: a
/// resumed run writes only what the run wrote before, or what is new and lies where the user works.
/// </summary>
internal static class KeptPaths
{
    // The name of the run stands in the head of a report.
    private const int Head = 4096;

    /// <summary>Refuses a path that the user did not name and that is not known to be the run's.</summary>
    /// <exception cref="UserErrorException">It is not; the message says which option names it again.</exception>
    public static void Require(Setting setting, string path, Checkpoint from)
    {
        var isThere = File.Exists(path) || Directory.Exists(path);
        if (isThere ? !IsOfRun(path, from) : !IsWhereTheUserWorks(path, from.Path))
        {
            throw new UserErrorException($"The checkpoint {from.Path} names a file to write that its run did not write",
                where: $"{setting.Name} {path}",
                expected: isThere ? "a file that this run wrote"
                    : "a file below this folder or the checkpoint's, in no hidden folder",
                found: isThere ? "another file" : "a file elsewhere",
                todo: $"name it again with {setting.Name}, or name another");
        }
    }

    private static bool IsWhereTheUserWorks(string path, string checkpoint) =>
        IsBelow(path, Directory.GetCurrentDirectory())
        || IsBelow(path, Path.GetDirectoryName(Path.GetFullPath(checkpoint))!);

    private static bool IsBelow(string path, string folder)
    {
        var parts = Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar);
        return !Path.IsPathRooted(parts[0]) && Array.TrueForAll(parts, part => !part.StartsWith('.'));
    }

    private static bool IsOfRun(string path, Checkpoint from) =>
        TrainMetadata.RunOf(from.Metadata) is { } run
        && (Safetensors.FindMetadata(path)?.GetValueOrDefault(TrainMetadata.RunKey) == run
            || Start(path).Contains(run, StringComparison.Ordinal))
        || IsHistory(path, from.Position.History);

    private static string Start(string path)
    {
        try
        {
            using var file = RegularFile.Open(path);
            var bytes = new byte[Head];
            return Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, Head, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Whether it is CSV that begins with the run's rows, or that these begin with.</summary>
    private static bool IsHistory(string path, List<EpochRow> rows)
    {
        try
        {
            var written = TrainingHistory.Parse(Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path)));
            return written.Zip(rows).All(pair => pair.First with { ImagesPerSecond = 0 }
                == pair.Second with { ImagesPerSecond = 0 }) && (written.Count == 0 || rows.Count > 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException
            or OverflowException)
        {
            return false;
        }
    }
}
