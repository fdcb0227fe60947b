using System.IO.Compression;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>A file of a source, or one in a zip file: where it is, and how its bytes are had.</summary>
/// <param name="Path">Where it is, for people.</param>
/// <param name="Name">Its name without folders and .gz.</param>
/// <param name="OpenRaw">Opens it as it is stored.</param>
internal sealed record SourcePart(string Path, string Name, Func<RawStream> OpenRaw)
{
    private const int StartLength = 4096;

    /// <summary>More than a set's files, and few enough to look into each.</summary>
    private const int MostInZip = 256;

    private byte[]? start;

    /// <summary>The file that it is, or is in.</summary>
    public string File { get; private init; } = Path;

    /// <summary>Its path in the zip file that it is in; null for a file of its own.</summary>
    public string? Inside { get; private init; }

    /// <summary>Which images the folders above it are for, within the source: the nearest that says.</summary>
    public Split Folder { get; init; }

    /// <summary>What its name says, and its folders where the name does not say for which images it is.</summary>
    public PartName Means => PartName.Of(Name) is var own && own.Split == Split.Unsaid ? own with { Split = Folder }
        : own;

    /// <summary>An ordinary file.</summary>
    public static SourcePart Of(string path) => new(path, Trim(System.IO.Path.GetFileName(path)), () =>
    {
        var file = RegularFile.Open(path, 1 << 16);
        return new RawStream(file, file, file.Length);
    });

    /// <summary>The files in a zip file.</summary>
    /// <exception cref="UserErrorException">It is no whole zip file, or holds too many.</exception>
    public static IReadOnlyList<SourcePart> InZip(SourcePart part) => Reading(part.Path, () =>
    {
        var path = part.Path;
        using var archive = Archive(part);
        // Pictures are listed elsewhere, and may be many.
        RequireNoBomb(path, archive);
        var entries = archive.Entries.Select((entry, i) => (entry, i)).Where(one => one.entry.Name.Length > 0
            && one.entry.Name[0] != '.' && !one.entry.FullName.StartsWith("__MACOSX", StringComparison.Ordinal)
            && !PictureTree.IsPictureOfAnyKind(one.entry.Name)).ToArray();
        if (entries.Length > MostInZip)
        {
            throw new UserErrorException("This zip file holds too many files", where: path,
                expected: $"at most {MostInZip}, such as the four of a data set",
                found: $"{entries.Length} files", todo: "unpack it, and name the folder");
        }

        return (IReadOnlyList<SourcePart>)[.. entries
            .Select(one => Entry(path, one.entry.FullName, one.i) with
            {
                Folder = one.entry.FullName.Split('/')[..^1].Reverse().Select(PartName.SplitOf)
                    .Append(part.Folder).FirstOrDefault(split => split != Split.Unsaid),
            })];
    });

    /// <summary>Refuses a zip file whose files would be longer, all together, than packing can save.</summary>
    /// <exception cref="UserErrorException">It is one.</exception>
    public static void RequireNoBomb(string path, ZipArchive archive)
    {
        var room = Unpacked.RoomOf(new FileInfo(path).Length);
        foreach (var entry in archive.Entries)
        {
            if (entry.Length < 0 || entry.Length > room)
            {
                throw new UserErrorException("This zip file is a bomb, or damaged", where: path,
                    expected: $"files of at most {Unpacked.MaxPacking} times its own size", found: "more",
                    todo: "get the file again");
            }

            room -= entry.Length;
        }
    }

    /// <summary>Opens it unpacked.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Unpacked Open() => Unpacked.From(OpenRaw());

    /// <summary>The first bytes, unpacked, that a format is recognised by; fewer where it is shorter.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public byte[] Start() => start ??= Reading(Path, () =>
    {
        using var file = Open();
        var first = new byte[StartLength];
        return first[..file.Stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)];
    });

    /// <summary>Whether another holds the same bytes, unpacked.</summary>
    /// <exception cref="UserErrorException">One cannot be read.</exception>
    public bool HasContentOf(SourcePart other) => Start().AsSpan().SequenceEqual(other.Start())
        && Reading(other.Path, () =>
        {
            using var own = Open();
            using var its = other.Open();
            var (left, right) = (new byte[1 << 16], new byte[1 << 16]);
            while (true)
            {
                var got = own.Stream.ReadAtLeast(left, left.Length, throwOnEndOfStream: false);
                var count = its.Stream.ReadAtLeast(right, right.Length, throwOnEndOfStream: false);
                if (!left.AsSpan(0, got).SequenceEqual(right.AsSpan(0, count)) || got == 0)
                {
                    return got == 0 && count == 0;
                }
            }
        });

    /// <summary>Reads, with what the system throws as the user's error.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is damaged.</exception>
    public static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException("This packed file is damaged", where: path,
                expected: "a whole .gz or .zip file", found: e.Message, todo: "get the file again", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException("This file cannot be read", where: path, found: e.Message,
                todo: "name an ordinary file that you may read", inner: e);
        }
    }

    private static SourcePart Entry(string path, string name, int index) =>
        new($"{path}, {name}", Trim(System.IO.Path.GetFileName(name)), () =>
        {
            var archive = ZipFile.OpenRead(path);
            try
            {
                var entry = archive.Entries[index];
                return new RawStream(entry.Open(), archive, entry.Length);
            }
            catch
            {
                archive.Dispose();
                throw;
            }
        })
        {
            File = path,
            Inside = name,
        };

    private static ZipArchive Archive(SourcePart part)
    {
        try
        {
            return ZipFile.OpenRead(part.Path);
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException("This zip file is damaged", where: part.Path, expected: "a whole zip file",
                found: $"{KnownFile.Recognize(part.Start())?.Name ?? "one"} whose end is missing or damaged",
                todo: "get the file again", inner: e);
        }
    }

    private static string Trim(string name) =>
        name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
}

/// <summary>A stream of stored bytes, and what is closed with it.</summary>
/// <param name="Stream">The bytes.</param>
/// <param name="Owner">What is disposed at the end.</param>
/// <param name="Length">How many there are, as the file system or the zip file's directory says.</param>
internal sealed record RawStream(Stream Stream, IDisposable Owner, long Length);
