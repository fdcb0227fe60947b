using System.Text.Json;
using System.Text.Json.Serialization;

namespace MnistGpu.Data.Sources;

/// <summary>A file of a data set, as it is once unpacked.</summary>
/// <param name="Name">Its name; the mirrors hold it as Name.gz.</param>
/// <param name="Bytes">Its size, unpacked; 0 in an archive, whose own size is checked.</param>
/// <param name="Sha256">
/// The SHA-256 of the unpacked bytes, in hexadecimal. The packed bytes differ from mirror to mirror with the packer's
/// settings; what is in them does not. Null where <paramref name="Md5"/> is known.
/// </param>
/// <param name="Md5">The MD5 of the packed bytes, in hexadecimal, where that alone is published; else null.</param>
internal sealed record DataFile(string Name, long Bytes = 0, string? Sha256 = null, string? Md5 = null);

/// <summary>A zip file that holds a data set's files, packed as Name.gz, among others.</summary>
/// <param name="Name">Its name on the mirrors.</param>
/// <param name="Kept">Its name in the cache, where other sets find it, too.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
internal sealed record DataArchive(string Name, string Kept, long Bytes, string Sha256);

/// <summary>Where a data set can be had and what it must be: an entry of data/manifest.json.</summary>
/// <param name="Name">The data set's name, for people.</param>
/// <param name="Mirrors">Addresses that a file name is appended to, in the order they are tried.</param>
/// <param name="Files">The files.</param>
internal sealed record DataManifest(string Name, IReadOnlyList<string> Mirrors, IReadOnlyList<DataFile> Files)
{
    /// <summary>What --data calls it.</summary>
    public string Word { get; init; } = "";

    /// <summary>The zip file that holds the files; null where each is there by itself.</summary>
    public DataArchive? Archive { get; init; }

    /// <summary>Where the checksums are published, and whether they were met.</summary>
    public string Published { get; init; } = "";

    /// <summary>The data sets that are known by name, as built into the program; the first is MNIST.</summary>
    public static IReadOnlyList<DataManifest> All { get; } = Read();

    /// <summary>What --data calls them, one after the other.</summary>
    public static string Words => string.Join(", ", All.Select(manifest => manifest.Word));

    /// <summary>MNIST's.</summary>
    public static DataManifest Mnist => All[0];

    /// <summary>The data set of this name, in small letters; null for none.</summary>
    public static DataManifest? Named(string word) => All.FirstOrDefault(manifest => manifest.Word == word);

    private static IReadOnlyList<DataManifest> Read()
    {
        using var stream = typeof(DataManifest).Assembly.GetManifestResourceStream("MnistGpu.Data.manifest.json")
            ?? throw new InvalidOperationException("The manifest is not in the assembly.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Parse(bytes.ToArray());
    }

    /// <summary>Reads manifests.</summary>
    /// <exception cref="UserErrorException">They are none, or a name, a size, a hash or an address in them cannot
    /// be.</exception>
    internal static IReadOnlyList<DataManifest> Parse(ReadOnlySpan<byte> json)
    {
        DataManifest?[]? manifests;
        try
        {
            manifests = JsonSerializer.Deserialize(json, ManifestJson.Default.DataManifestArray);
        }
        catch (JsonException e)
        {
            throw Refuse(e.Message);
        }

        return manifests is null or [] ? throw Refuse("nothing") : [.. manifests.Select(Checked)];
    }

    // A word and a file's name become paths, and its bytes room on the disk.
    private static DataManifest Checked(DataManifest? manifest) =>
        manifest is null || !IsName(manifest.Word) ? throw Refuse($"a data set called '{manifest?.Word}'")
        : manifest.Mirrors.Any(mirror => mirror is null) ? throw Refuse("a mirror that is null")
        : manifest.Mirrors.FirstOrDefault(mirror => !Uri.TryCreate(mirror, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")) is { } mirror ? throw Refuse($"the mirror '{mirror}'")
        : manifest.Files.Any(file => file is null) ? throw Refuse("a file that is null")
        : manifest.Archive is { } archive && !IsSound(archive) ? throw Refuse($"the archive '{archive.Name}'")
        : manifest.Files.FirstOrDefault(file => manifest.Archive is null ? !IsSound(file)
            : !IsName(file.Name) || file != new DataFile(file.Name)) is { } file
            ? throw Refuse($"the file '{file.Name}'")
        : manifest;

    private static bool IsSound(DataFile file) => file.Bytes is > 0 and < int.MaxValue && IsName(file.Name)
        && (file.Sha256 is null) != (file.Md5 is null) && IsHash(file.Sha256, 64) && IsHash(file.Md5, 32);

    private static bool IsSound(DataArchive archive) => archive.Bytes is > 0 and < int.MaxValue
        && IsName(archive.Name) && IsName(archive.Kept) && IsHash(archive.Sha256, 64);

    private static bool IsName(string? name) => name is { Length: > 0 } && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');

    private static bool IsHash(string? hash, int digits) =>
        hash is null || (hash.Length == digits && hash.All(char.IsAsciiHexDigit));

    private static UserErrorException Refuse(string found) => new("This is no manifest of a data set",
        where: "data/manifest.json",
        expected: "data sets with word, name, mirrors, and files with name, bytes and sha256 or md5, or an archive",
        found: found, todo: "take another copy");
}

/// <summary>Reads manifests by code that the build writes, strictly.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DataManifest[]))]
internal sealed partial class ManifestJson : JsonSerializerContext;
