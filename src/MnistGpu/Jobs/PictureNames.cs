using System.Text.RegularExpressions;
using MnistGpu.Data.Pictures;

namespace MnistGpu.Program.Jobs;

/// <summary>The pictures that a user names: files, folders and patterns.</summary>
internal static partial class PictureNames
{
    /// <summary>Files with these endings are taken from a folder; others in it are none of our business.</summary>
    private static readonly HashSet<string> Endings = new(HandwrittenImage.Endings, StringComparer.OrdinalIgnoreCase)
    {
        // These cannot be read, which is said of each.
        ".gif", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".pgm", ".pbm", ".ppm", ".pnm",
    };

    /// <summary>
    /// Each name's files, in the order of the names. A folder stands for the pictures in it, a name with * or ? for
    /// what it matches, both in the order of their numbers.
    /// </summary>
    /// <exception cref="UserErrorException">A folder holds no picture, or a pattern matches none.</exception>
    public static List<string> Expand(IEnumerable<string> names)
    {
        var files = new List<string>();
        foreach (var name in names)
        {
            if (Directory.Exists(name))
            {
                files.AddRange(Some(name, "*", name, "a folder without pictures"));
            }
            else if (IsPattern(name))
            {
                var folder = Path.GetDirectoryName(name) is { Length: > 0 } named ? named : ".";
                files.AddRange(Some(folder, Path.GetFileName(name), name, "nothing that it matches"));
            }
            else
            {
                files.Add(name);
            }
        }

        return files;
    }

    /// <summary>Whether the name stands for any number of files.</summary>
    public static bool IsMany(string name) => Directory.Exists(name) || IsPattern(name);

    /// <summary>So that 2 comes before 10.</summary>
    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();

    private static bool IsPattern(string name) =>
        Path.GetFileName(name).AsSpan().ContainsAny('*', '?') && !File.Exists(name);

    private static List<string> Some(string folder, string pattern, string name, string none)
    {
        List<string> files;
        try
        {
            var here = folder == "." && !name.StartsWith('.') ? "" : folder;
            files = [.. Directory.EnumerateFiles(folder, pattern).Select(Path.GetFileName)
                .Where(file => file![0] != '.' && Endings.Contains(Path.GetExtension(file)))
                .OrderBy(file => Numbers().Replace(file!, number => number.Value.PadLeft(20, '0')),
                    StringComparer.Ordinal)
                .Select(file => Path.Combine(here, file!))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException("This folder cannot be read", where: folder, found: e.Message,
                todo: "name a folder that you may read", inner: e);
        }

        return files.Count > 0 ? files : throw new UserErrorException("There are no pictures here", where: name,
            expected: "files that end in .png, .jpg, .jpeg or .bmp", found: none, todo: "check the name");
    }
}
