using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MnistGpu.Exchange.Layers;

namespace MnistGpu.Exchange.Numpy;

/// <summary>
/// NumPy's file of one array: "\x93NUMPY", a version, the length of the header, the header as a Python dictionary, the
/// elements (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
/// </summary>
/// <param name="Shape">Its dimensions, outermost first; none for a single number.</param>
/// <param name="Values">Its elements in row-major order.</param>
internal sealed partial record NpyArray(int[] Shape, double[] Values)
{
    private const int MostHeader = 1 << 16;
    private const int MostDimensions = 8;
    private const int Alignment = 64;

    private static readonly string[] Types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "b1"];

    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads an array of a length that is known.</summary>
    /// <param name="where">The file, for errors.</param>
    /// <param name="stream">Its bytes.</param>
    /// <param name="length">How many there are.</param>
    /// <exception cref="UserErrorException">It is damaged, or not of numbers.</exception>
    public static NpyArray Read(string where, Stream stream, long length)
    {
        try
        {
            var start = new byte[10];
            stream.ReadExactly(start);
            if (!start.AsSpan(0, 6).SequenceEqual(Magic) || start[6] is < 1 or > 3)
            {
                throw Foreign.Damaged(where, "an array of NumPy, of version 1 to 3", "other bytes");
            }

            var headerLength = (int)BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8));
            if (start[6] > 1)
            {
                // Four bytes of length instead of two.
                var high = new byte[2];
                stream.ReadExactly(high);
                headerLength += BinaryPrimitives.ReadUInt16LittleEndian(high) << 16;
            }

            if (headerLength is < 0 or > MostHeader)
            {
                throw Foreign.Damaged(where, $"a header of up to {MostHeader} bytes", $"{headerLength}");
            }

            var header = new byte[headerLength];
            stream.ReadExactly(header);
            var data = length - headerLength - (start[6] > 1 ? 12 : 10);
            return Elements(where, stream, Encoding.Latin1.GetString(header), data);
        }
        catch (EndOfStreamException e)
        {
            throw Foreign.Damaged(where, "as many bytes as the array has", "an earlier end", e);
        }
    }

    /// <summary>Writes an array.</summary>
    public static void Write(Stream stream, NpyEntry entry)
    {
        var dims = string.Concat(entry.Shape.Select(dim => dim.ToString(CultureInfo.InvariantCulture) + ", "));
        var dictionary = $"{{'descr': '{entry.Type}', 'fortran_order': False, 'shape': ({dims.Trim()}), }}";
        // The elements begin at a multiple of 64.
        var padded = dictionary.PadRight((10 + dictionary.Length + 1 + Alignment - 1) / Alignment * Alignment - 11)
            + "\n";
        stream.Write(Magic);
        stream.Write([1, 0, (byte)padded.Length, (byte)(padded.Length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(padded));
        entry.Write(stream);
    }

    private static NpyArray Elements(string where, Stream stream, string header, long length)
    {
        var type = TypeEntry().Match(header).Groups[1].Value;
        var order = OrderEntry().Match(header).Groups[1].Value;
        var dims = ShapeEntry().Match(header);
        if (type.Length < 2 || order.Length == 0 || !dims.Success)
        {
            throw Foreign.Damaged(where, "a header with descr, fortran_order and shape", header);
        }

        if (!int.TryParse(type.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || !Types.Contains($"{type[1]}{size}"))
        {
            throw Foreign.Damaged(where, "an array of numbers: f2, f4, f8, i1 to i8, u1 to u4 or b1", $"'{type}'");
        }

        var texts = dims.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries
            | StringSplitOptions.TrimEntries);
        var shape = new int[texts.Length];
        var count = (Int128)1;
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts.Length > MostDimensions
                || !int.TryParse(texts[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i]))
            {
                throw Foreign.Damaged(where, $"a shape of up to {MostDimensions} whole numbers", dims.Value);
            }

            count *= shape[i];
        }

        if (count * size != length || count > Model.NetworkShape.MaxParameters)
        {
            throw Foreign.Damaged(where, $"{count * size} bytes for the shape ({dims.Groups[1].Value})", $"{length}");
        }

        var bytes = new byte[(int)length];
        stream.ReadExactly(bytes);
        var values = new double[(int)count];
        for (var i = 0; i < values.Length; i++)
        {
            var element = bytes.AsSpan(i * size, size);
            if (type[0] == '>')
            {
                element.Reverse();
            }

            values[i] = Number(type[1], element);
        }

        return new NpyArray(shape, order == "True" ? RowMajor(shape, values) : values);
    }

    private static double Number(char kind, ReadOnlySpan<byte> element) => (kind, element.Length) switch
    {
        ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
        ('f', 4) => BinaryPrimitives.ReadSingleLittleEndian(element),
        ('f', _) => BinaryPrimitives.ReadDoubleLittleEndian(element),
        ('i', 1) => (sbyte)element[0],
        ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(element),
        ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(element),
        ('i', _) => BinaryPrimitives.ReadInt64LittleEndian(element),
        ('u', 2) => BinaryPrimitives.ReadUInt16LittleEndian(element),
        ('u', 4) => BinaryPrimitives.ReadUInt32LittleEndian(element),
        _ => element[0],
    };

    /// <summary>Fortran's order has the first dimension run fastest.</summary>
    private static double[] RowMajor(int[] shape, double[] columns)
    {
        var rows = new double[columns.Length];
        var index = new int[shape.Length];
        foreach (var value in columns)
        {
            var at = 0;
            for (var d = 0; d < shape.Length; d++)
            {
                at = at * shape[d] + index[d];
            }

            rows[at] = value;
            for (var d = 0; d < shape.Length && ++index[d] == shape[d]; d++)
            {
                index[d] = 0;
            }
        }

        return rows;
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([<>|=][^']{1,20})'")]
    private static partial Regex TypeEntry();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex OrderEntry();

    [GeneratedRegex(@"'shape'\s*:\s*\(([\d,\s]*)\)")]
    private static partial Regex ShapeEntry();
}
