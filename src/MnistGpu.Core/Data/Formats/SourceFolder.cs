using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>The files of a source, wherever below its folder they lie.</summary>
internal static class SourceFolder
{
    /// <summary>More than any data set has, and few enough to open each.</summary>
    private const int MostFiles = 64;

    // torchvision puts MNIST two folders down, unpackers put each file into a folder of its own.
    private const int Deepest = 3;

    /// <summary>
    /// The files of a folder that are no pictures; where it has none that may hold a set, those of its folders. What
    /// zip files hold is listed in their place.
    /// </summary>
    /// <exception cref="UserErrorException">A folder or a zip file cannot be read.</exception>
    public static IReadOnlyList<SourcePart> Parts(string folder) =>
        SourcePart.Reading<IReadOnlyList<SourcePart>>(folder, () => List(folder, 0));

    /// <summary>A file as a source of its own: what is in it, where it is a zip file.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static IReadOnlyList<SourcePart> Expand(SourcePart part)
    {
        if (!part.Start().AsSpan().StartsWith("PK\u0003\u0004"u8) || KnownFile.IsModel(part.Start()))
        {
            return [part];
        }

        var inside = SourcePart.InZip(part);
        // One array in a file of its own is called by the file's name, as Kuzushiji-MNIST's are.
        return inside is [var one] ? [one with { Name = part.Name }] : inside;
    }

    private static List<SourcePart> List(string folder, int depth)
    {
        var files = Directory.EnumerateFiles(folder)
            .Where(path => IsCandidate(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal).Take(MostFiles).Select(SourcePart.Of).ToList();
        // Unpacked files stand for packed ones of the same name.
        var parts = files.GroupBy(part => part.Name).Select(same => same.First()).SelectMany(Expand)
            .Where(DataFormats.IsKnown).ToList();
        return parts.Count > 0 || depth == Deepest ? parts
            : [.. Directory.EnumerateDirectories(folder).Where(path => Path.GetFileName(path)[0] != '.')
                .Order(StringComparer.Ordinal).Take(MostFiles).SelectMany(path => List(path, depth + 1))
                .Take(MostFiles)];
    }

    /// <summary>Whether a file is a picture, by its name.</summary>
    public static bool IsPicture(string path) => PictureReader.Endings.Contains(Path.GetExtension(path));

    /// <summary>Whether a folder holds pictures itself.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static bool HoldsPictures(string folder) =>
        SourcePart.Reading(folder, () => Directory.EnumerateFiles(folder).Any(IsPicture));

    private static bool IsCandidate(string name) => name[0] != '.' && !IsPicture(name)
        && Path.GetExtension(name).ToLowerInvariant() is not (".md" or ".txt" or ".json" or ".html" or ".py" or ".pdf"
            or ".safetensors" or ".xml" or ".yaml" or ".yml");
}
