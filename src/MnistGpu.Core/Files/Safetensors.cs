using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MnistGpu.Files;

/// <summary>A named array of numbers in a safetensors file.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Values">Its elements in row-major order.</param>
internal sealed record Tensor(string Name, int[] Shape, double[] Values);

/// <summary>
/// The container of model files: 8 bytes of header length, a JSON header, raw little-endian tensors
/// (https://github.com/huggingface/safetensors, "Format"). Reads F16, BF16, F32, F64
/// and I64, writes F32 or F64. The writer keeps the
/// SHA-256 of the whole header and all tensors in the metadata; a reader that finds one checks it.
/// </summary>
internal sealed class Safetensors
{
    /// <summary>
    /// The metadata key of the SHA-256 of all bytes after the header, in hexadecimal: in files from before
    /// <see cref="FileHashKey"/>.
    /// </summary>
    public const string HashKey = "sha256";

    /// <summary>
    /// The metadata key of the SHA-256, in hexadecimal, of the header and all bytes after it, computed with zeros in
    /// this place.
    /// </summary>
    public const string FileHashKey = "sha256_file";

    /// <summary>
    /// The metadata key of the container's version. A file that has our version has the hash too: without one it is
    /// damaged. Other programs write other words there.
    /// </summary>
    public const string VersionKey = "format";

    private const string VersionName = "mnistgpu-";
    private const string Version = VersionName + "2";
    internal const string MetadataKey = "__metadata__";
    private const int Block = 1 << 16;

    // The format's own limit for a header.
    private const long MaxHeader = 100_000_000;

    private static readonly string NoHash = new('0', 2 * SHA256.HashSizeInBytes);

    /// <summary>The tensors by name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Tensors { get; init; }

    /// <summary>The metadata: what the file says besides its tensors.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Whether the file had a hash, and so was checked against it.</summary>
    public bool HasHash => Metadata.ContainsKey(FileHashKey) || DataHash(Metadata) is not null;

    /// <summary>Writes a file in one piece: a reader never sees half of it.</summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="tensors">The tensors, in the file's order.</param>
    /// <param name="metadata">What else to keep; the version and the hash are added.</param>
    /// <param name="asDouble">F64 rather than F32.</param>
    /// <param name="keepPrevious">Whether what was there is kept, see <see cref="AtomicFile"/>.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<Tensor> tensors, IReadOnlyDictionary<string, string> metadata,
        bool asDouble, bool keepPrevious = false)
    {
        var type = TensorBytes.Written(asDouble);
        var header = MakeHeader(tensors, metadata, type);
        AtomicFile.Write(path, stream =>
        {
            using var hash = Sha256.Start();
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            hash.AppendData(header);
            var bytes = new byte[Block];
            foreach (var tensor in tensors)
            {
                for (var (first, perBlock) = (0, Block / TensorBytes.SizeOf(type)); first < tensor.Values.Length;
                    first += perBlock)
                {
                    var values = tensor.Values.AsSpan(first, Math.Min(perBlock, tensor.Values.Length - first));
                    var block = bytes.AsSpan(0, values.Length * TensorBytes.SizeOf(type));
                    TensorBytes.Encode(values, block, type);
                    stream.Write(block);
                    hash.AppendData(block);
                }
            }

            stream.Position = length.Length + HashPlace(header);
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
        }, keepPrevious);
    }

    /// <summary>Reads a file whole, checking every length before it allocates.</summary>
    /// <exception cref="UserErrorException">There is no such file, or it is no safetensors file, or it is
    /// damaged.</exception>
    public static Safetensors Read(string path)
    {
        try
        {
            using var file = RegularFile.Open(path, Block);
            var header = ReadHeader(path, file);
            var (entries, metadata) = SafetensorsHeader.Parse(path, header, file.Length - 8 - header.Length);
            var tensors = ReadTensors(path, file, header, entries, metadata);
            return new Safetensors { Tensors = tensors, Metadata = metadata };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("The model file cannot be read", where: path,
                found: e is FileNotFoundException ? "no such file" : e.Message,
                todo: "check the name; Network.Save writes one", inner: e);
        }
    }

    /// <summary>
    /// The metadata of a file, for what is only to be told of it: its hash is not checked. Null where it is no such
    /// file.
    /// </summary>
    public static IReadOnlyDictionary<string, string>? FindMetadata(string path)
    {
        try
        {
            using var file = RegularFile.Open(path, Block);
            var header = ReadHeader(path, file);
            return SafetensorsHeader.Parse(path, header, file.Length - 8 - header.Length).Metadata;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UserErrorException)
        {
            return null;
        }
    }

    private static byte[] ReadHeader(string path, FileStream file)
    {
        if (file.Length < 8)
        {
            throw Damaged(path, "at least 8 bytes, the length of the header", $"a file of {file.Length} bytes");
        }

        Span<byte> lengthBytes = stackalloc byte[8];
        file.ReadExactly(lengthBytes);
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(lengthBytes);
        if (headerLength < 2 || headerLength > Math.Min(MaxHeader, file.Length - 8))
        {
            throw KnownFile.Refusal(path, "This is no safetensors file", "a model that train saved")
                ?? Damaged($"{path}, byte 0",
                $"a header length from 2 to {Math.Min(MaxHeader, file.Length - 8)}, what the file can hold",
                $"{headerLength}");
        }

        var header = new byte[headerLength];
        file.ReadExactly(header);
        return header;
    }

    internal static UserErrorException Damaged(string where, string expected, string found, Exception? inner = null) =>
        new("This is no safetensors file, or a damaged one", where, expected, found,
            "take another copy, or train again", inner);

    private static byte[] MakeHeader(IReadOnlyList<Tensor> tensors, IReadOnlyDictionary<string, string> metadata,
        TensorType type)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                var end = offset + (long)tensor.Values.Length * TensorBytes.SizeOf(type);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", type.ToString());
                WriteArray(json, "shape", Array.ConvertAll(tensor.Shape, n => (long)n));
                WriteArray(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteStartObject(MetadataKey);
            // First, so that nothing the metadata quotes can be taken for it.
            json.WriteString(FileHashKey, NoHash);
            json.WriteString(VersionKey, Version);
            foreach (var (key, value) in metadata.Where(pair => pair.Key is not (FileHashKey or VersionKey or HashKey)))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        // Readers map the file: the tensors start at a multiple of eight, the gap is spaces.
        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        return header.ToArray();
    }

    /// <summary>Reads the tensors in the file's order and checks the hash that the metadata promises.</summary>
    private static Dictionary<string, Tensor> ReadTensors(string path, Stream file, byte[] header,
        List<SafetensorsHeader.Entry> entries, Dictionary<string, string> metadata)
    {
        metadata.TryGetValue(FileHashKey, out var wholeHash);
        var dataHash = DataHash(metadata);
        if (wholeHash is null && IsOurs(metadata))
        {
            throw Damaged($"{path}, metadata", $"'{FileHashKey}', the hash of the file", "none");
        }

        using var hash = Sha256.Start();
        if (wholeHash is not null)
        {
            if (HashPlace(header) < 0)
            {
                throw Damaged($"{path}, metadata '{FileHashKey}'", "64 hexadecimal digits", $"'{wholeHash}'");
            }

            Encoding.ASCII.GetBytes(NoHash).CopyTo(header, HashPlace(header));
            hash.AppendData(header);
        }

        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var bytes = new byte[Block];
        foreach (var entry in entries)
        {
            var values = new double[entry.Count];
            for (var (first, perBlock) = (0, Block / TensorBytes.SizeOf(entry.Type)); first < values.Length;
                first += perBlock)
            {
                var part = values.AsSpan(first, Math.Min(perBlock, values.Length - first));
                var block = bytes.AsSpan(0, part.Length * TensorBytes.SizeOf(entry.Type));
                file.ReadExactly(block);
                hash.AppendData(block);
                TensorBytes.Decode(block, part, entry.Type);
            }

            tensors[entry.Name] = new Tensor(entry.Name, entry.Shape, values);
        }

        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return (wholeHash ?? dataHash) is { } expected && !string.Equals(found, expected,
            wholeHash is null ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
            ? throw Damaged(path,
                $"{(wholeHash is null ? "tensors" : "a header and tensors")} with the SHA-256 {expected}", found)
            : tensors;
    }

    private static bool IsOurs(IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(VersionKey, "").StartsWith(VersionName, StringComparison.Ordinal);

    /// <summary>The hash of the tensors alone; what stands under this key in another program's file is none.</summary>
    private static string? DataHash(IReadOnlyDictionary<string, string> metadata) =>
        metadata.ContainsKey(VersionKey) && !IsOurs(metadata) ? null : metadata.GetValueOrDefault(HashKey);

    /// <summary>Where in the header the hash stands; below 0 for nowhere.</summary>
    private static int HashPlace(ReadOnlySpan<byte> header)
    {
        var key = Encoding.ASCII.GetBytes($"\"{MetadataKey}\":{{\"{FileHashKey}\":\"");
        var place = header.IndexOf(key) + key.Length;
        return place < key.Length || place + NoHash.Length >= header.Length || header[place + NoHash.Length] != '"' ? -1
            : place;
    }

    private static void WriteArray(Utf8JsonWriter json, string name, ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
