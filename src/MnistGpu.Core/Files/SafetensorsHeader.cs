using System.Text.Json;

namespace MnistGpu.Files;

/// <summary>The JSON header of a safetensors file, checked against the file's length.</summary>
internal static class SafetensorsHeader
{

    /// <summary>
    /// A tensor that the header names; the file holds them in the order of <see cref="Parse"/>'s answer.
    /// </summary>
    public sealed record Entry(string Name, int[] Shape, bool IsDouble, long First, int Count);

    /// <summary>The tensors in the order of their bytes, and the metadata.</summary>
    /// <param name="path">The file's name, for errors.</param>
    /// <param name="header">The JSON.</param>
    /// <param name="dataLength">Bytes after the header.</param>
    /// <exception cref="UserErrorException">The header is damaged, or does not fit the file.</exception>
    public static (List<Entry> Entries, Dictionary<string, string> Metadata) Parse(string path, byte[] header,
        long dataLength)
    {
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var used = 0L;
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name == Safetensors.MetadataKey)
                {
                    foreach (var pair in property.Value.EnumerateObject())
                    {
                        metadata[pair.Name] = pair.Value.GetString() ?? "";
                    }
                }
                else
                {
                    entries.Add(ParseEntry(path, property.Name, property.Value, dataLength, out var bytes));
                    used += bytes;
                }
            }
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Safetensors.Damaged($"{path}, header", "JSON that names each tensor's dtype, shape and data_offsets",
                e.Message, e);
        }

        // The format allows neither holes nor overlaps: bytes that no tensor explains are damage.
        if (used != dataLength)
        {
            throw Safetensors.Damaged($"{path}, bytes from {8 + header.Length} on",
                $"{used} bytes, the sum of the tensors", $"{dataLength}");
        }

        entries.Sort((one, other) => (one.First, one.Count).CompareTo((other.First, other.Count)));
        var next = 0L;
        foreach (var entry in entries)
        {
            if (entry.First != next)
            {
                throw Safetensors.Damaged($"{path}, tensor '{entry.Name}'",
                    $"data_offsets from {next} on, where the tensor before it ends", $"{entry.First}");
            }

            next += (long)entry.Count * (entry.IsDouble ? sizeof(double) : sizeof(float));
        }

        return (entries, metadata);
    }

    private static Entry ParseEntry(string path, string name, JsonElement entry, long dataLength, out long length)
    {
        var where = $"{path}, tensor '{name}'";
        var type = entry.GetProperty("dtype").GetString();
        if (type is not ("F32" or "F64"))
        {
            throw new UserErrorException("This tensor's numbers cannot be read", where, expected: "dtype F32 or F64",
                found: type, todo: "convert the file");
        }

        var shape = entry.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataLength)
        {
            throw Safetensors.Damaged(where, $"data_offsets within the {dataLength} bytes of tensors",
                $"[{string.Join(", ", offsets)}]");
        }

        var size = type == "F64" ? sizeof(double) : sizeof(float);
        var bytes = shape.Aggregate((Int128)size, (product, n) => n < 0 ? -1 : product * n);
        if (bytes != offsets[1] - offsets[0])
        {
            throw Safetensors.Damaged(where, $"{bytes} bytes for the shape [{string.Join(", ", shape)}] of {type}",
                $"{offsets[1] - offsets[0]}");
        }

        length = (long)bytes;
        return length / size > Array.MaxLength
            ? throw Safetensors.Damaged(where, $"at most {Array.MaxLength:N0} elements", $"{length / size:N0}")
            : new Entry(name, shape, type == "F64", offsets[0], (int)(length / size));
    }
}
