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
    /// zip files hold is listed in their place; of files that mean and hold the same there is one.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="log">Is told what cannot be listed.</param>
    /// <exception cref="UserErrorException">A folder cannot be read, or holds too many files.</exception>
    public static IReadOnlyList<SourcePart> Parts(string folder, ReadLog log) =>
        SourcePart.Reading(folder, () => Once(List(folder, 0, Split.Unsaid, log)));

    /// <summary>A file as a source of its own: what is in it, where it is a zip file.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static IReadOnlyList<SourcePart> Expand(SourcePart part)
    {
        if (!IsZip(part))
        {
            return [part];
        }

        var inside = Once(SourcePart.InZip(part));
        // One file in a file of its own is called by that one's name, as Kuzushiji-MNIST's are.
        return inside is [var one]
            ? [one with { Name = Path.GetFileNameWithoutExtension(part.Name) + Path.GetExtension(one.Name) }] : inside;
    }

    /// <summary>Whether a file is a zip file, and no model in one.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static bool IsZip(SourcePart part) =>
        part.Start().AsSpan().StartsWith("PK\u0003\u0004"u8) && !KnownFile.IsModel(part.Start());

    private static List<SourcePart> List(string folder, int depth, Split split, ReadLog log)
    {
        var files = Directory.EnumerateFiles(folder).Where(path => IsCandidate(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal).ToArray();
        // Unpacked files stand for packed ones of the same name.
        var parts = files.Take(MostFiles).Select(path => SourcePart.Of(path) with { Folder = split })
            .GroupBy(part => part.Name).Select(same => same.First()).SelectMany(part => Listed(part, log))
            .Where(DataFormats.IsKnown).ToList();
        if (files.Length > MostFiles && parts.Count > 0)
        {
            LeaveOut(folder, files[MostFiles..], parts, log);
        }

        if (parts.Count > 0 || depth == Deepest)
        {
            return parts;
        }

        foreach (var path in Directory.EnumerateDirectories(folder).Where(path => Path.GetFileName(path)[0] != '.')
            .Order(StringComparer.Ordinal))
        {
            var own = PartName.SplitOf(Path.GetFileName(path));
            parts.AddRange(List(path, depth + 1, own == Split.Unsaid ? split : own, log));
            if (parts.Count > MostFiles)
            {
                throw TooMany(folder, parts.Count);
            }
        }

        return parts;
    }

    /// <summary>What is in a file that lies among others: a zip file of something else is no reason to end.</summary>
    private static IReadOnlyList<SourcePart> Listed(SourcePart part, ReadLog log)
    {
        try
        {
            return Expand(part);
        }
        catch (UserErrorException e) when (part.Start().AsSpan().StartsWith("PK"u8))
        {
            log.Unlisted ??= e;
            log.LeftOut.Add($"{part.Path} is left out: {e.Found ?? "it cannot be listed"}");
            return [];
        }
    }

    /// <summary>Names the files that are not looked at; refuses where they look like those that are.</summary>
    private static void LeaveOut(string folder, string[] files, List<SourcePart> parts, ReadLog log)
    {
        var endings = parts.Select(part => Path.GetExtension(part.Path)).ToHashSet();
        if (Array.Exists(files, path => endings.Contains(Path.GetExtension(path))))
        {
            throw TooMany(folder, MostFiles + files.Length);
        }

        log.LeftOut.Add($"{files.Length} files of {folder}, from {Path.GetFileName(files[0])} on, are left out: no "
            + $"more than {MostFiles} are looked at");
    }

    private static UserErrorException TooMany(string folder, int files) =>
        new("There are too many files here", where: folder, expected: $"at most {MostFiles} files of a data set",
            found: $"{files} or more", todo: "put the files of one set into a folder of their own, or join them");

    /// <summary>
    /// One of each: a set lies there packed and unpacked, or under two names, as archives of MNIST have it.
    /// </summary>
    private static List<SourcePart> Once(IEnumerable<SourcePart> parts)
    {
        var kept = new List<SourcePart>();
        foreach (var part in parts)
        {
            if (!kept.Exists(other => other.Means == part.Means && other.HasContentOf(part)))
            {
                kept.Add(part);
            }
        }

        return kept;
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
