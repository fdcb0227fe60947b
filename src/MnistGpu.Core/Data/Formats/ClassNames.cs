using System.Collections.Immutable;
using System.Text;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>The file classes.txt beside numbered labels: the name of class 0 in the first line, and so on.</summary>
internal static class ClassNames
{
    /// <summary>The file's name.</summary>
    public const string Name = "classes.txt";

    private const int MostBytes = DataShape.MaxClasses * 4 * (DataShape.MaxName + 2);

    /// <summary>The names beside any of some files; null for none.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or holds no names.</exception>
    public static ImmutableArray<string>? Beside(IEnumerable<string> files)
    {
        var path = files.Where(File.Exists).Select(file => Path.GetDirectoryName(Path.GetFullPath(file))!).Distinct()
            .Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return null;
        }

        ImmutableArray<string> names = [.. SourcePart.Reading(path, () => new FileInfo(path).Length > MostBytes
            ? throw new UserErrorException("These are no names of classes", where: path,
                expected: $"at most {MostBytes:N0} bytes, a name in each line",
                found: $"{new FileInfo(path).Length:N0}", todo: "mend the file, or remove it")
            : Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path)))
            .TrimStart('\uFEFF').ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')
            .Select(line => Plain.Text(line.Trim(), DataShape.MaxName + 1))];
        return DataShape.Fault(1, 1, 1, names) is not { } fault ? names
            : throw new UserErrorException("These are no names of classes", where: path,
                expected: $"a name in each line, of 1 to {DataShape.MaxClasses} classes", found: fault,
                todo: "mend the file, or remove it");
    }

    /// <summary>Writes the names.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string folder, DataShape shape) => AtomicFile.Write(Path.Combine(folder, Name), file =>
        file.Write(Encoding.UTF8.GetBytes(string.Join('\n', shape.ClassNames) + "\n")));

    /// <summary>Refuses two sets whose files name the same labels differently.</summary>
    /// <exception cref="UserErrorException">They do.</exception>
    public static void RequireSame(RawSet first, RawSet other)
    {
        if (first.KnownNames is { } names && other.KnownNames is { } others
            && !names.AsSpan().SequenceEqual(others.AsSpan()))
        {
            string Start(ImmutableArray<string> of) => Plain.Text(string.Join(", ", of.Take(10)), 100);
            throw new UserErrorException("Two files name their classes differently",
                where: $"{first.Source} and {other.Source}", expected: Start(names), found: Start(others),
                todo: "use the files of one set, or number their classes alike");
        }
    }
}
