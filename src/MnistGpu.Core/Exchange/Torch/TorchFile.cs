using System.Buffers.Binary;
using MnistGpu.Exchange.Layers;

namespace MnistGpu.Exchange.Torch;

/// <summary>
/// PyTorch's own file since version 1.6: a zip of ROOT/data.pkl, which names the tensors, and ROOT/data/KEY with their
/// numbers.
/// </summary>
internal static class TorchFile
{
    /// <summary>A matrix has two; pickles of others are looked at and refused.</summary>
    public const int MostDimensions = 8;

    private const string Pickle = "/data.pkl";

    // Two layers may share their weights, which a hostile file would do without end.
    private const int MostUses = 4;

    private static readonly Dictionary<string, int> Sizes = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = 4,
        ["DoubleStorage"] = 8,
        ["HalfStorage"] = 2,
        ["BFloat16Storage"] = 2,
        ["LongStorage"] = 8,
        ["IntStorage"] = 4,
    };

    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model", "net"];

    /// <summary>The storages whose numbers are read.</summary>
    public static IEnumerable<string> StorageTypes => Sizes.Keys;

    /// <summary>The folder in a PyTorch file; null where it is none.</summary>
    public static string? FindRoot(ZipContent archive) => archive.Names.FirstOrDefault(name =>
        name.EndsWith(Pickle, StringComparison.Ordinal)) is { } pickle ? pickle[..^Pickle.Length] : null;

    /// <summary>The tensors of a state_dict, in its order, which is that of the module.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="archive">Its content.</param>
    /// <param name="root">The folder in it.</param>
    /// <exception cref="UserErrorException">The file is damaged, or holds something else.</exception>
    public static List<NamedArray> Read(string path, ZipContent archive, string root)
    {
        if (archive.Names.Contains($"{root}/byteorder")
            && !archive.Read($"{root}/byteorder").AsSpan().SequenceEqual("little"u8))
        {
            throw Foreign.NoNetwork(path, "little-endian numbers", "others");
        }

        var tensors = Tensors(path, StatePickle.Read($"{path}, data.pkl", archive.Read(root + Pickle)));
        var storages = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var uses = new Dictionary<string, int>(StringComparer.Ordinal);
        var arrays = new List<NamedArray>();
        foreach (var (name, tensor) in tensors)
        {
            var key = tensor.Storage.Key;
            uses[key] = uses.GetValueOrDefault(key) + 1;
            if (uses[key] > MostUses)
            {
                throw Foreign.NoNetwork($"{path}, '{name}'", "weights of its own", "those of four other tensors");
            }

            if (!storages.TryGetValue(key, out var bytes))
            {
                storages[key] = bytes = archive.Read($"{root}/data/{key}");
            }

            arrays.Add(Numbers($"{path}, '{name}'", name, tensor, bytes));
        }

        return arrays;
    }

    private static List<(string Name, PickledTensor Tensor)> Tensors(string path, object? pickled)
    {
        // A checkpoint of a training keeps the state_dict beside the optimizer's.
        var dictionary = pickled as PickledDictionary;
        var inner = dictionary?.Pairs.Where(pair => pair.Key is string key && Wrappers.Contains(key))
            .Select(pair => pair.Value).OfType<PickledDictionary>().FirstOrDefault();
        var tensors = (inner ?? dictionary)?.Pairs
            .Where(pair => pair is { Key: string, Value: PickledTensor })
            .Select(pair => ((string)pair.Key!, (PickledTensor)pair.Value!)).ToList();
        return tensors is { Count: > 0 } ? tensors
            : throw Foreign.NoNetwork(path, "a state_dict, which names tensors", "something else",
                "save model.state_dict()");
    }

    private static NamedArray Numbers(string where, string name, PickledTensor tensor, byte[] bytes)
    {
        var (storage, size, stride) = (tensor.Storage, tensor.Size, tensor.Stride);
        var width = Sizes[storage.Type];
        var (count, last) = ((Int128)1, (Int128)tensor.Offset);
        for (var d = 0; d < size.Length && d < stride.Length; d++)
        {
            if (size[d] is < 0 or > int.MaxValue || stride[d] is < 0 or > int.MaxValue)
            {
                throw Foreign.Damaged(where, "a shape and its strides", $"{size[d]} by {stride[d]}");
            }

            count *= size[d];
            last += (Int128)(size[d] - 1) * stride[d];
        }

        if (size.Length != stride.Length || storage.Count < 0 || storage.Count > bytes.Length / width
            || tensor.Offset < 0 || count > storage.Count || (count > 0 && last >= storage.Count))
        {
            throw Foreign.Damaged(where, "numbers that lie in the file", $"{count} of {storage.Count} there");
        }

        var values = new double[(int)count];
        var index = new long[size.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var place = tensor.Offset;
            for (var d = 0; d < index.Length; d++)
            {
                place += index[d] * stride[d];
            }

            values[i] = Number(storage.Type, bytes.AsSpan((int)place * width));
            for (var d = index.Length - 1; d >= 0 && ++index[d] == size[d]; d--)
            {
                index[d] = 0;
            }
        }

        return new NamedArray(name, Array.ConvertAll(size, n => (int)n), values);
    }

    private static double Number(string type, ReadOnlySpan<byte> bytes) => type switch
    {
        "FloatStorage" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "DoubleStorage" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        "HalfStorage" => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "BFloat16Storage" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        "LongStorage" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes),
    };
}
