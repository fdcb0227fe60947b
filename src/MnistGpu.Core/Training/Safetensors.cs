using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>A named array of numbers in a safetensors file.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Values">Its elements in row-major order.</param>
public sealed record Tensor(string Name, int[] Shape, double[] Values);

/// <summary>
/// The container of model files: 8 bytes of header length, a JSON header, raw little-endian tensors
/// (https://github.com/huggingface/safetensors, "Format"). Reads F32 and F64, writes either. The writer keeps the SHA-256
/// of the tensor bytes in the metadata as "sha256"; a reader that finds one checks it.
/// </summary>
public sealed class Safetensors
{
    /// <summary>The metadata key of the SHA-256 of all bytes after the header, in hexadecimal.</summary>
    public const string HashKey = "sha256";

    private const string MetadataKey = "__metadata__";

    // The format's own limit for a header.
    private const long MaxHeader = 100_000_000;

    /// <summary>The tensors by name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Tensors { get; init; }

    /// <summary>What the file says beside its tensors.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Writes a file in one piece: a reader never sees half of it.</summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="tensors">The tensors, in the file's order.</param>
    /// <param name="metadata">What else to keep; "sha256" is added.</param>
    /// <param name="asDouble">F64 rather than F32.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<Tensor> tensors, IReadOnlyDictionary<string, string> metadata, bool asDouble)
    {
        var size = asDouble ? sizeof(double) : sizeof(float);
        var data = new byte[checked(tensors.Sum(t => t.Values.Length) * size)];
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            var offset = 0;
            foreach (var tensor in tensors)
            {
                var length = tensor.Values.Length * size;
                Encode(tensor.Values, data.AsSpan(offset, length), asDouble);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", asDouble ? "F64" : "F32");
                WriteArray(json, "shape", tensor.Shape);
                WriteArray(json, "data_offsets", [offset, offset + length]);
                json.WriteEndObject();
                offset += length;
            }

            json.WriteStartObject(MetadataKey);
            foreach (var (key, value) in metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteString(HashKey, Convert.ToHexStringLower(SHA256.HashData(data)));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        // Readers map the file: the tensors start at a multiple of eight, the gap is spaces.
        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            header.WriteTo(stream);
            stream.Write(data);
        });
    }

    /// <summary>Reads a file whole, checking every length before it allocates.</summary>
    /// <exception cref="UserErrorException">There is no such file, or it is no safetensors file, or it is damaged.</exception>
    public static Safetensors Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length < 8)
            {
                throw Damaged(path, "at least 8 bytes, the length of the header", $"a file of {file.Length} bytes");
            }

            var lengthBytes = new byte[8];
            file.ReadExactly(lengthBytes);
            var headerLength = BinaryPrimitives.ReadInt64LittleEndian(lengthBytes);
            if (headerLength < 2 || headerLength > Math.Min(MaxHeader, file.Length - 8))
            {
                throw Damaged($"{path}, byte 0", $"a header length from 2 to {Math.Min(MaxHeader, file.Length - 8)}, what the file can hold", $"{headerLength}");
            }

            var header = new byte[headerLength];
            file.ReadExactly(header);
            if (file.Length - 8 - headerLength > Array.MaxLength)
            {
                throw Damaged(path, $"at most {Array.MaxLength:N0} bytes of tensors", $"{file.Length - 8 - headerLength:N0}");
            }

            var data = new byte[file.Length - 8 - headerLength];
            file.ReadExactly(data);
            return Parse(path, header, data);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("The model file cannot be read", where: path, found: e is FileNotFoundException ? "no such file" : e.Message,
                todo: "check the name; 'mnistgpu train --save FILE' writes one", inner: e);
        }
    }

    private static Safetensors Parse(string path, byte[] header, byte[] data)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var used = 0L;
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Name == MetadataKey)
                {
                    foreach (var pair in entry.Value.EnumerateObject())
                    {
                        metadata[pair.Name] = pair.Value.GetString() ?? "";
                    }
                }
                else
                {
                    tensors[entry.Name] = ParseTensor(path, entry.Name, entry.Value, data, out var bytes);
                    used += bytes;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Damaged($"{path}, header", "JSON that names each tensor's dtype, shape and data_offsets", e.Message, e);
        }

        // The format allows neither holes nor overlaps: bytes that no tensor explains are damage.
        if (used != data.Length)
        {
            throw Damaged($"{path}, bytes from {8 + header.Length} on", $"{used} bytes, the sum of the tensors", $"{data.Length}");
        }

        if (metadata.TryGetValue(HashKey, out var expected))
        {
            var found = Convert.ToHexStringLower(SHA256.HashData(data));
            if (!string.Equals(found, expected, StringComparison.OrdinalIgnoreCase))
            {
                throw Damaged($"{path}, bytes {8 + header.Length} to {8 + header.Length + data.Length}", $"tensors with the SHA-256 {expected}", found);
            }
        }

        return new Safetensors { Tensors = tensors, Metadata = metadata };
    }

    private static Tensor ParseTensor(string path, string name, JsonElement entry, byte[] data, out long length)
    {
        var where = $"{path}, tensor '{name}'";
        var type = entry.GetProperty("dtype").GetString();
        if (type is not ("F32" or "F64"))
        {
            throw new UserErrorException("This tensor's numbers cannot be read", where, expected: "dtype F32 or F64", found: type, todo: "convert the file");
        }

        var shape = entry.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > data.Length)
        {
            throw Damaged(where, $"data_offsets within the {data.Length} bytes of tensors", $"[{string.Join(", ", offsets)}]");
        }

        var size = type == "F64" ? sizeof(double) : sizeof(float);
        var bytes = shape.Aggregate((Int128)size, (product, n) => n < 0 ? -1 : product * n);
        if (bytes != offsets[1] - offsets[0])
        {
            throw Damaged(where, $"{bytes} bytes for the shape [{string.Join(", ", shape)}] of {type}", $"{offsets[1] - offsets[0]}");
        }

        length = (long)bytes;
        return new Tensor(name, shape, Decode(data.AsSpan((int)offsets[0], (int)bytes), type == "F64"));
    }

    private static void WriteArray(Utf8JsonWriter json, string name, ReadOnlySpan<int> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static void Encode(double[] values, Span<byte> bytes, bool asDouble)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (asDouble)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes[(i * sizeof(double))..], values[i]);
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], (float)values[i]);
            }
        }
    }

    private static double[] Decode(ReadOnlySpan<byte> bytes, bool isDouble)
    {
        var values = new double[bytes.Length / (isDouble ? sizeof(double) : sizeof(float))];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = isDouble
                ? BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..])
                : BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }

        return values;
    }

    private static UserErrorException Damaged(string where, string expected, string found, Exception? inner = null) =>
        new("This is no safetensors file, or a damaged one", where, expected, found, "take another copy, or train again with --save", inner);
}
