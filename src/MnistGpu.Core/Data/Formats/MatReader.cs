using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads MATLAB's version 5 (MathWorks, "MAT-File Format"): a header of 128 bytes, then elements of a type, a length
/// and data, packed by zlib or not. Of its arrays two are read: the images, the largest, and the labels, one number for
/// each. Numbers run down the columns; an image's too.
/// </summary>
internal static class MatReader
{
    private const int HeaderLength = 128, Int8 = 1, UInt8 = 2, Matrix = 14, Packed = 15, MostArrays = 64;

    private static readonly Dictionary<int, ElementKind> Types = new()
    {
        [Int8] = ElementKind.Int8,
        [UInt8] = ElementKind.UInt8,
        [3] = ElementKind.Int16,
        [4] = ElementKind.UInt16,
        [5] = ElementKind.Int32,
        [6] = ElementKind.UInt32,
        [7] = ElementKind.Float32,
        [9] = ElementKind.Float64,
        [12] = ElementKind.Int64,
        [13] = ElementKind.UInt64,
    };

    /// <summary>Whether a file is a MATLAB file of version 5, 6 or 7.</summary>
    public static bool IsMat(byte[] start, string name) => start.AsSpan().StartsWith("MATLAB 5.0 MAT-file"u8);

    /// <summary>Reads a file; labels are null where no array has as many numbers as there are images.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or holds no images.</exception>
    public static RawSet Read(SourcePart part, ReadAs options, ReadLog log) => SourcePart.Reading(part.Path, () =>
    {
        using var file = part.Open();
        var room = Math.Min(file.Room, Array.MaxLength);
        var bytes = file.Read(room, room);
        var arrays = bytes.Length >= HeaderLength + 8 && bytes[126] == 'I' ? Arrays(part, bytes)
            : throw Damaged(part, "a whole header in Intel's order");
        var images = arrays.Where(array => array.Rows > 1 && array.Columns > 1)
            .MaxBy(array => (long)array.Rows * array.Columns) ?? throw Damaged(part, "an array of images");
        var labels = arrays.FirstOrDefault(array => array != images && Math.Min(array.Rows, array.Columns) == 1
            && Math.Max(array.Rows, array.Columns) is var length
            && (length == images.Columns || length == images.Rows));
        // Images in columns, or in rows: where labels do not tell, there are more images than pixels.
        var inRows = labels is not null ? labels.Rows * labels.Columns == images.Rows : images.Rows > images.Columns;
        var (count, pixels) = inRows ? (images.Rows, images.Columns) : (images.Columns, images.Rows);
        var numbers = new float[count * pixels];
        for (var j = 0; j < count; j++)
        {
            for (var i = 0; i < pixels; i++)
            {
                numbers[j * pixels + i] = (float)images.Data[inRows ? i * count + j : j * pixels + i];
            }
        }

        var levels = Levels.From(numbers, options.Range, part.Path, log, at =>
            $"image {at / pixels}, number {at % pixels}");
        var (width, height, channels) = RawSet.SizeOf(pixels, options, part.Path);
        log.Guess($"the images of {part.Path} are its array '{Plain.Text(images.Name, 40)}'"
            + (labels is null ? ", and there are no labels" : $", the labels '{Plain.Text(labels.Name, 40)}'"));
        return new RawSet(width, height, channels, levels, labels is null ? null
            : new RawLabels([.. Enumerable.Range(0, count).Select(j => RawSet.Whole(labels.Data[j], part.Path, j))]),
            part.Path);
    });

    private static List<MatArray> Arrays(SourcePart part, byte[] bytes)
    {
        var arrays = new List<MatArray>();
        ReadOnlyMemory<byte> rest = bytes.AsMemory(HeaderLength);
        while (rest.Length >= 8 && arrays.Count < MostArrays)
        {
            var (type, length) = (Number(rest.Span), Number(rest.Span[4..]));
            if (length < 0 || length > rest.Length - 8)
            {
                throw Damaged(part, "elements that end within the file");
            }

            var data = rest.Slice(8, length);
            rest = rest[(8 + length)..];
            if (type == Packed)
            {
                var inside = Unpack(part, data.Span);
                (type, data) = inside.Length < 8 ? (0, default) : (Number(inside), inside.AsMemory(8));
            }
            else
            {
                rest = rest[Math.Min(rest.Length, (8 - length % 8) % 8)..];
            }

            if (type == Matrix && ArrayOf(part, data) is { } array)
            {
                arrays.Add(array);
            }
        }

        return arrays;
    }

    /// <summary>Flags, dimensions, name and numbers; null for an array of another kind.</summary>
    private static MatArray? ArrayOf(SourcePart part, ReadOnlyMemory<byte> matrix)
    {
        var (_, flags) = Next(part, ref matrix);
        var (_, sizes) = Next(part, ref matrix);
        var (_, name) = Next(part, ref matrix);
        // Classes 6 to 15 are arrays of numbers; the flags' second byte tells complex ones.
        if (flags.Length < 8 || flags.Span[0] is < 6 or > 15 || (flags.Span[1] & 8) != 0 || sizes.Length != 8)
        {
            return null;
        }

        var (rows, columns) = (Number(sizes.Span), Number(sizes.Span[4..]));
        var (type, numbers) = Next(part, ref matrix);
        if (!Types.TryGetValue(type, out var kind) || rows < 0 || columns < 0
            || (long)rows * columns * NumberArray.SizeOf(kind) != numbers.Length)
        {
            throw Damaged(part, "as many numbers as an array's rows and columns");
        }

        return new MatArray(Encoding.Latin1.GetString(name.Span), rows, columns,
            new NumberArray([rows * columns], kind, numbers.ToArray(), part.Path));
    }

    /// <summary>An element within an array; a short one has its data in its first eight bytes.</summary>
    private static (int Type, ReadOnlyMemory<byte> Data) Next(SourcePart part, ref ReadOnlyMemory<byte> rest)
    {
        if (rest.Length < 8)
        {
            throw Damaged(part, "flags, dimensions, a name and numbers in every array");
        }

        var first = Number(rest.Span);
        var (type, length, at) = first >> 16 != 0 ? (first & 0xFFFF, first >> 16, 4)
            : (first, Number(rest.Span[4..]), 8);
        if (length < 0 || length > rest.Length - at || (at == 4 && length > 4))
        {
            throw Damaged(part, "elements that end within their array");
        }

        var data = rest.Slice(at, length);
        rest = rest[Math.Min(rest.Length, at == 4 ? 8 : 8 + (length + 7) / 8 * 8)..];
        return (type, data);
    }

    /// <summary>A packed element, whose own header says how long it will be.</summary>
    private static byte[] Unpack(SourcePart part, ReadOnlySpan<byte> packed)
    {
        using var memory = new MemoryStream(packed.ToArray());
        using var stream = new ZLibStream(memory, CompressionMode.Decompress);
        var header = new byte[8];
        if (stream.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8)
        {
            return [];
        }

        var length = Number(header.AsSpan(4));
        if (length < 0 || length > Math.Min(packed.Length * Unpacked.MaxPacking, Array.MaxLength - 8))
        {
            throw Damaged(part, "an array that its packed bytes can hold");
        }

        using var whole = new MemoryStream();
        whole.Write(header);
        var buffer = new byte[1 << 16];
        for (var left = length; left > 0;)
        {
            var read = stream.Read(buffer, 0, Math.Min(buffer.Length, left));
            if (read == 0)
            {
                throw Damaged(part, "whole packed arrays");
            }

            whole.Write(buffer, 0, read);
            left -= read;
        }

        return whole.ToArray();
    }

    private static int Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes);

    private static UserErrorException Damaged(SourcePart part, string expected) =>
        new("This MATLAB file cannot be read", where: part.Path, expected: expected, found: "something else",
            todo: "get the file again, or write it as CSV");

    private sealed record MatArray(string Name, int Rows, int Columns, NumberArray Data);
}
