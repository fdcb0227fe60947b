using System.Buffers.Binary;
using System.Globalization;
using MnistGpu.Exchange.Layers;
using MnistGpu.Files;

namespace MnistGpu.Exchange.Onnx;

/// <summary>Reads the numbers of a constant, from where the file has them or a second file beside it.</summary>
internal static class OnnxTensor
{
    private const int External = 1;

    /// <summary>The constant as an array.</summary>
    /// <param name="path">The file, for errors and for what lies beside it.</param>
    /// <param name="tensor">The constant.</param>
    /// <exception cref="UserErrorException">Its numbers are of a type that is not read, or not as many as its shape
    /// says.</exception>
    public static NamedArray Read(string path, TensorProto tensor)
    {
        var where = $"{path}, '{tensor.Name}'";
        var count = (Int128)1;
        foreach (var dim in tensor.Dims)
        {
            count = dim < 0 || count > Model.NetworkShape.MaxParameters ? -1 : count * dim;
        }

        if (count < 0 || count > Model.NetworkShape.MaxParameters || tensor.Dims.Count > 8)
        {
            throw Foreign.Damaged(where, $"a shape of up to {Model.NetworkShape.MaxParameters:N0} numbers",
                $"[{string.Join(", ", tensor.Dims.Take(9))}]");
        }

        var values = Numbers(path, where, tensor, (int)count);
        return values.Length == (int)count
            ? new NamedArray(tensor.Name, [.. tensor.Dims.Select(dim => (int)dim)], values)
            : throw Foreign.Damaged(where, $"{count} numbers, as its shape says", $"{values.Length}");
    }

    private static double[] Numbers(string path, string where, TensorProto tensor, int count)
    {
        var type = tensor.DataType;
        if (tensor.DataLocation == External)
        {
            return Decode(where, type, ExternalBytes(path, where, tensor, (long)count * SizeOf(where, type)));
        }

        if (tensor.RawData.Length > 0)
        {
            return Decode(where, type, tensor.RawData.Span);
        }

        return type switch
        {
            OnnxElement.Float => [.. tensor.FloatData.Select(value => (double)value)],
            OnnxElement.Double => [.. tensor.DoubleData],
            OnnxElement.Int64 => [.. tensor.Int64Data.Select(value => (double)value)],
            OnnxElement.Float16 => [.. tensor.Int32Data.Select(bits =>
                (double)BitConverter.Int16BitsToHalf((short)bits))],
            OnnxElement.BFloat16 => [.. tensor.Int32Data.Select(bits =>
                (double)BitConverter.Int32BitsToSingle(bits << 16))],
            OnnxElement.Int32 or OnnxElement.UInt8 or OnnxElement.Bool =>
                [.. tensor.Int32Data.Select(value => (double)value)],
            _ => throw NotRead(where, type),
        };
    }

    private static double[] Decode(string where, int type, ReadOnlySpan<byte> bytes)
    {
        var size = SizeOf(where, type);
        var values = new double[bytes.Length / size];
        if (bytes.Length % size != 0)
        {
            throw Foreign.Damaged(where, $"numbers of {size} bytes", $"{bytes.Length} bytes");
        }

        for (var i = 0; i < values.Length; i++)
        {
            var at = bytes[(i * size)..];
            values[i] = type switch
            {
                OnnxElement.Float => BinaryPrimitives.ReadSingleLittleEndian(at),
                OnnxElement.Double => BinaryPrimitives.ReadDoubleLittleEndian(at),
                OnnxElement.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
                OnnxElement.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
                OnnxElement.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
                OnnxElement.BFloat16 => BitConverter.Int32BitsToSingle(
                    BinaryPrimitives.ReadUInt16LittleEndian(at) << 16),
                _ => at[0],
            };
        }

        return values;
    }

    private static int SizeOf(string where, int type) => type switch
    {
        OnnxElement.Float or OnnxElement.Int32 => 4,
        OnnxElement.Double or OnnxElement.Int64 => 8,
        OnnxElement.Float16 or OnnxElement.BFloat16 => 2,
        OnnxElement.UInt8 or OnnxElement.Bool => 1,
        _ => throw NotRead(where, type),
    };

    /// <summary>Bytes of a second file, which must lie in the model's own folder.</summary>
    private static byte[] ExternalBytes(string path, string where, TensorProto tensor, long expected)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in tensor.ExternalData)
        {
            facts[pair.Key] = pair.Value;
        }

        var name = facts.GetValueOrDefault("location", "");
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny("/\\:\0"))
        {
            throw Foreign.NoNetwork(where, "the plain name of a file in the model's own folder", $"'{name}'");
        }

        var second = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name);
        if (new FileInfo(second).LinkTarget is not null)
        {
            throw Foreign.NoNetwork(where, "a file in the model's own folder", $"'{name}', a link");
        }

        try
        {
            using var file = RegularFile.Open(second);
            var offset = Whole("offset") ?? 0;
            var length = Whole("length") ?? file.Length - offset;
            if (offset < 0 || length != expected || offset > file.Length - length)
            {
                throw Foreign.Damaged(where, $"{expected} bytes within the {file.Length} of {name}",
                    $"{length} from {offset} on");
            }

            file.Position = offset;
            var bytes = new byte[length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("The model's second file, which has its weights, cannot be read",
                where: second,
                expected: $"the file {name} beside {Path.GetFileName(path)}",
                found: e is FileNotFoundException ? "no such file" : e.Message, todo: "keep the two together",
                inner: e);
        }

        long? Whole(string key) => !facts.TryGetValue(key, out var text) ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
    }

    private static UserErrorException NotRead(string where, int type) => Foreign.NoNetwork(where,
        "float, double, float16, bfloat16, int32, int64 or uint8", $"type {type} of ONNX");
}
