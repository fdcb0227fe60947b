using System.Text.Json;

namespace MnistGpu.Files;

/// <summary>The JSON header of a safetensors file, checked against the file's length.</summary>
internal static class SafetensorsHeader
{
    private static readonly Dictionary<string, TensorType> Types = Enum.GetValues<TensorType>()
        .ToDictionary(type => type.ToString(), StringComparer.Ordinal);

    /// <summary>
    /// A tensor that the header names; the file holds them in the order of <see cref="Parse"/>'s answer.
    /// </summary>
    public sealed record Entry(string Name, int[] Shape, TensorType Type, long First, int Count);

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

            next += (long)entry.Count * TensorBytes.SizeOf(entry.Type);
        }

        return (entries, metadata);
    }

    private static Entry ParseEntry(string path, string tensor, JsonElement entry, long dataLength, out long length)
    {
        var where = $"{path}, tensor '{tensor}'";
        var name = entry.GetProperty("dtype").GetString();
        if (!Types.TryGetValue(name ?? "", out var type))
        {
            throw new UserErrorException("This tensor's numbers cannot be read", where,
                expected: $"dtype {string.Join(", ", Types.Keys)}", found: name, todo: "convert the file");
        }

        var shape = entry.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataLength)
        {
            throw Safetensors.Damaged(where, $"data_offsets within the {dataLength} bytes of tensors",
                $"[{string.Join(", ", offsets)}]");
        }

        var size = TensorBytes.SizeOf(type);
        var bytes = shape.Aggregate((Int128)size, (product, n) => n < 0 ? -1 : product * n);
        if (bytes != offsets[1] - offsets[0])
        {
            throw Safetensors.Damaged(where, $"{bytes} bytes for the shape [{string.Join(", ", shape)}] of {type}",
                $"{offsets[1] - offsets[0]}");
        }

        length = (long)bytes;
        return length / size > Array.MaxLength
            ? throw Safetensors.Damaged(where, $"at most {Array.MaxLength:N0} elements", $"{length / size:N0}")
            : new Entry(tensor, shape, type, offsets[0], (int)(length / size));
    }
}
