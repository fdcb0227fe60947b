using System.Text.Json;

namespace MnistGpu.Data.Sources;

/// <summary>A file of a data set, as it is once unpacked.</summary>
/// <param name="Name">Its name; the mirrors hold it as Name.gz.</param>
/// <param name="Bytes">Its size, unpacked.</param>
/// <param name="Sha256">
/// The SHA-256 of the unpacked bytes, in hexadecimal. The packed bytes differ from mirror to mirror with the packer's
/// settings; what is in them does not.
/// </param>
public sealed record DataFile(string Name, long Bytes, string Sha256);

/// <summary>Where a data set can be had and what it must be: the file data/manifest.json.</summary>
/// <param name="Name">The data set's name, for people.</param>
/// <param name="Mirrors">Addresses that a file name is appended to, in the order they are tried.</param>
/// <param name="Files">The files.</param>
public sealed record DataManifest(string Name, IReadOnlyList<string> Mirrors, IReadOnlyList<DataFile> Files)
{
    // Before what is read with it.
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>MNIST's manifest, as built into the program.</summary>
    public static DataManifest Mnist { get; } = Read();

    private static DataManifest Read()
    {
        using var stream = typeof(DataManifest).Assembly.GetManifestResourceStream("MnistGpu.Data.manifest.json")
            ?? throw new InvalidOperationException("The manifest is not in the assembly.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Parse(bytes.ToArray());
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="UserErrorException">It is none, or a name, a size, a hash or an address in it cannot
    /// be.</exception>
    internal static DataManifest Parse(ReadOnlySpan<byte> json)
    {
        DataManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<DataManifest>(json, Strict);
        }
        catch (JsonException e)
        {
            throw Refuse(e.Message);
        }

        // A file's name becomes a path, and its bytes room on the disk.
        return manifest is null ? throw Refuse("nothing")
            : manifest.Mirrors.Any(mirror => mirror is null) ? throw Refuse("a mirror that is null")
            : manifest.Mirrors.FirstOrDefault(mirror => !Uri.TryCreate(mirror, UriKind.Absolute, out var address)
                || address.Scheme is not ("http" or "https")) is { } mirror ? throw Refuse($"the mirror '{mirror}'")
            : manifest.Files.Any(file => file is null) ? throw Refuse("a file that is null")
            : manifest.Files.FirstOrDefault(file => !IsSound(file)) is { } file
                ? throw Refuse($"the file '{file.Name}'")
            : manifest;
    }

    private static bool IsSound(DataFile file) => file.Bytes is > 0 and < int.MaxValue && file.Name.Length > 0
        && file.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') && file.Name[0] != '.'
        && file.Sha256.Length == 64 && file.Sha256.All(char.IsAsciiHexDigit);

    private static UserErrorException Refuse(string found) => new("This is no manifest of a data set",
        where: "data/manifest.json", expected: "name, mirrors, and files with name, bytes and sha256", found: found,
        todo: "take another copy");
}
