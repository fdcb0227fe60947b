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
    /// <summary>MNIST's manifest, as built into the program.</summary>
    public static DataManifest Mnist { get; } = Read();

    private static DataManifest Read()
    {
        using var stream = typeof(DataManifest).Assembly.GetManifestResourceStream("MnistGpu.Data.manifest.json")
            ?? throw new InvalidOperationException("The manifest is not in the assembly.");
        return JsonSerializer.Deserialize<DataManifest>(stream, JsonSerializerOptions.Web)
            ?? throw new InvalidOperationException("The manifest is empty.");
    }
}
