using System.IO.Compression;
using MnistGpu.Data.Pictures.Decoding;

namespace MnistGpu.Data.Formats;

/// <summary>A picture where it is stored.</summary>
/// <param name="Name">The file's own name.</param>
/// <param name="Path">Where it is, for people.</param>
/// <param name="Bytes">Reads the whole file; throws <see cref="UserErrorException"/> where that cannot be.</param>
internal sealed record StoredPicture(string Name, string Path, Func<byte[]> Bytes)
{
    /// <summary>A file on the disk.</summary>
    public static StoredPicture Of(string path) =>
        new(System.IO.Path.GetFileName(path), path, () => PictureReader.Bytes(path));
}

/// <summary>A picture and the name of its class.</summary>
internal sealed record ClassedPicture(StoredPicture File, string Class);

/// <summary>A folder of pictures and of folders: on the disk, or in a zip file.</summary>
internal abstract class PictureTree
{
    private static readonly HashSet<string> OtherEndings =
        new([".webp", ".gif", ".tif", ".tiff", ".avif", ".heic"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Its name; that of a zip file's root is empty.</summary>
    public abstract string Name { get; }

    /// <summary>Where it is, for people.</summary>
    public abstract string Path { get; }

    /// <summary>The folders in it but hidden ones and a system's own, ordered byte by byte.</summary>
    public abstract IReadOnlyList<PictureTree> Folders { get; }

    /// <summary>The files in it, pictures or not.</summary>
    public abstract IEnumerable<StoredPicture> Files { get; }

    /// <summary>The pictures in it but hidden ones.</summary>
    public IEnumerable<StoredPicture> Pictures =>
        Files.Where(file => file.Name[0] != '.' && SourceFolder.IsPicture(file.Name));

    /// <summary>Whether a file is a picture by its name, of a kind that can be read or not.</summary>
    public static bool IsPictureOfAnyKind(string name) => name[0] != '.'
        && (SourceFolder.IsPicture(name) || OtherEndings.Contains(System.IO.Path.GetExtension(name)));

    /// <summary>The file at a path from this folder on; null for none.</summary>
    public abstract StoredPicture? Find(string path);

    /// <summary>A folder on the disk.</summary>
    public static PictureTree OnDisk(string folder) => new DiskFolder(folder);

    /// <summary>Whether a folder of this name is hidden, or a system's own, such as __MACOSX.</summary>
    protected static bool IsHidden(string name) => name.Length == 0 || name[0] is '.' or '_';

    private sealed class DiskFolder(string folder) : PictureTree
    {
        private readonly Lazy<IReadOnlyList<PictureTree>> folders = new(() =>
            [.. Directory.EnumerateDirectories(folder).Where(path => !IsHidden(System.IO.Path.GetFileName(path)))
                .Order(StringComparer.Ordinal).Select(OnDisk)]);

        public override string Name => System.IO.Path.GetFileName(folder);

        public override string Path => folder;

        public override IReadOnlyList<PictureTree> Folders => folders.Value;

        public override IEnumerable<StoredPicture> Files =>
            Directory.EnumerateFiles(folder).Select(StoredPicture.Of);

        public override StoredPicture? Find(string path) =>
            System.IO.Path.Combine(folder, path) is var file && File.Exists(file) ? StoredPicture.Of(file) : null;
    }
}

/// <summary>The folders of pictures in a zip file, which stays open.</summary>
internal sealed class ZippedPictures : IDisposable
{
    // Nothing looks for pictures deeper.
    private const int Deepest = 8;

    // A BMP of 20 megapixels; photos have less.
    private const int LongestPicture = 64 << 20;

    private readonly string path;
    private readonly ZipArchive archive;

    /// <summary>Lists the files in a zip file, none of which is unpacked yet.</summary>
    /// <exception cref="UserErrorException">It is damaged, or would unpack to more than packing can save.</exception>
    public ZippedPictures(string path)
    {
        this.path = path;
        archive = SourcePart.Reading(path, () => ZipFile.OpenRead(path));
        try
        {
            Root = SourcePart.Reading(path, Tree);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>The folder that unpacking would fill.</summary>
    public ZippedFolder Root { get; }

    /// <summary>How many files lie in too many folders to be looked for.</summary>
    public int TooDeep { get; private set; }

    /// <summary>Where a file that is in the zip file lies in it; null where that is too deep.</summary>
    public PictureTree? FolderOf(SourcePart part) => Root.At(Names(part.Inside!).AsSpan()[..^1]);

    /// <summary>Tells of files that are too deep.</summary>
    public void SayTooDeep(ReadLog log)
    {
        if (TooDeep > 0)
        {
            log.LeftOut.Add($"{TooDeep:N0} files of {path} are left out: they lie in {Deepest} folders or more");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => archive.Dispose();

    // Some packers write \.
    private static string[] Names(string path) =>
        [.. path.Split('/', '\\').Where(name => name is not ("" or "."))];

    private ZippedFolder Tree()
    {
        var root = new ZippedFolder("", path);
        SourcePart.RequireNoBomb(path, archive);
        foreach (var entry in archive.Entries)
        {
            var names = Names(entry.FullName);
            if (entry.Name.Length == 0 || names.Length is 0 or > Deepest)
            {
                TooDeep += entry.Name.Length > 0 && names.Length > Deepest ? 1 : 0;
                continue;
            }

            var folder = root;
            foreach (var name in names[..^1])
            {
                folder = folder.Sub(name);
            }

            var where = $"{path}, {entry.FullName}";
            if (!folder.Add(new StoredPicture(names[^1], where, () => SourcePart.Reading(where, () => Unpack(entry)))))
            {
                throw new UserErrorException("This zip file holds two files of one name", where: where,
                    expected: "one file of each name", found: "two", todo: "pack it again");
            }
        }

        return root;
    }

    /// <summary>The bytes of a file. One thread at a time: they all come from one stream.</summary>
    private byte[] Unpack(ZipArchiveEntry entry)
    {
        if (entry.Length > LongestPicture)
        {
            throw new UserErrorException("This file is too long for a picture", where: $"{path}, {entry.FullName}",
                expected: $"at most {LongestPicture >> 20} MB", found: $"{entry.Length >> 20} MB",
                todo: "save it smaller, or unpack the zip file and name the folder");
        }

        lock (archive)
        {
            // The directory's length may be made up: memory grows with what comes, and no further than it says.
            using var file = Unpacked.From(new RawStream(entry.Open(), Stream.Null, entry.Length));
            return file.Read(entry.Length, entry.Length);
        }
    }

    /// <summary>A folder in the zip file.</summary>
    internal sealed class ZippedFolder(string name, string path) : PictureTree
    {
        private readonly SortedDictionary<string, ZippedFolder> folders = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, StoredPicture> files = new(StringComparer.Ordinal);

        public override string Name => name;

        public override string Path => path;

        public override IReadOnlyList<PictureTree> Folders =>
            [.. folders.Where(one => !IsHidden(one.Key)).Select(one => one.Value)];

        public override IEnumerable<StoredPicture> Files => files.Values;

        public ZippedFolder Sub(string sub) =>
            folders.TryGetValue(sub, out var known) ? known
                : folders[sub] = new ZippedFolder(sub, name.Length == 0 ? $"{path}, {sub}" : $"{path}/{sub}");

        public bool Add(StoredPicture file) => files.TryAdd(file.Name, file);

        /// <summary>The folder at a path from this one on; null for none.</summary>
        public ZippedFolder? At(ReadOnlySpan<string> names)
        {
            var folder = this;
            foreach (var name in names)
            {
                folder = folder?.folders.GetValueOrDefault(name);
            }

            return folder;
        }

        public override StoredPicture? Find(string path) =>
            Names(path) is [.. var above, var own] ? At(above)?.files.GetValueOrDefault(own) : null;
    }
}
