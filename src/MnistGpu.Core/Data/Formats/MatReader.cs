using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads MATLAB's version 5 (MathWorks, "MAT-File Format"): a header of 128 bytes, then elements of a type, a length
/// and data, packed by zlib or not; and version 7.3, which is HDF5. Of its arrays two are read: the images, the
/// largest, and the labels, one number for each. Numbers run down the columns; an image's too.
/// </summary>
internal static class MatReader
{
    private const int HeaderLength = 128, Int8 = 1, UInt8 = 2, Matrix = 14, Packed = 15, MostArrays = 64;

    // Flags, dimensions and a name.
    private const int StartLength = 4096;

    // MNIST's 70,000 images as doubles are 439 MB. Both arrays together, or a file that is packed as a whole.
    internal const int MostBytes = 1 << 30;

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

    /// <summary>Whether a file is a MATLAB file of version 5, 6, 7 or 7.3.</summary>
    public static bool IsMat(byte[] start, string name) =>
        start.AsSpan().StartsWith("MATLAB 5.0 MAT-file"u8) || MatHdf.Is(start);

    /// <summary>Reads a file; labels are null where no array has as many numbers as there are images.</summary>
    /// <exception cref="UserErrorException">It cannot be read, holds no images, or unpacks to too much.</exception>
    public static RawSet Read(SourcePart part, ReadAs options, ReadLog log, int most) =>
        SourcePart.Reading(part.Path, () =>
    {
        using var file = part.Open();
        var room = Math.Min(file.Room, Array.MaxLength);
        var bytes = file.Read(file.IsPacked ? Math.Min(room, MostBytes) : room, room);
        if (file.IsPacked && bytes.Length == MostBytes)
        {
            throw TooMuch(part, "more");
        }

        var arrays = MatHdf.Is(bytes) ? MatHdf.Arrays(part, bytes)
            : bytes.Length >= HeaderLength + 8 && bytes[126] == 'I' ? Arrays(part, bytes)
            : throw Damaged(part, "a header of 128 bytes in Intel's order, and an array",
                bytes.Length < HeaderLength + 8 ? $"{bytes.Length} bytes" : $"the mark '{(char)bytes[126]}'");
        var images = arrays.Where(array => array.Rows > 1 && array.Columns > 1)
            .MaxBy(array => (long)array.Rows * array.Columns)
            ?? throw Damaged(part, "an array of images", $"{arrays.Count} arrays, none with rows and columns");
        var labels = arrays.FirstOrDefault(array => array != images && Math.Min(array.Rows, array.Columns) == 1
            && Math.Max(array.Rows, array.Columns) is var length
            && (length == images.Columns || length == images.Rows));
        if ((long)images.Length + (labels?.Length ?? 0) > MostBytes)
        {
            throw TooMuch(part, $"{(long)images.Length + (labels?.Length ?? 0):N0}");
        }

        // Images in columns, or in rows: where labels do not tell, there are more images than pixels.
        var inRows = labels is not null ? labels.Rows * labels.Columns == images.Rows : images.Rows > images.Columns;
        var (count, pixels) = inRows ? (images.Rows, images.Columns) : (images.Columns, images.Rows);
        var size = RawSet.SizeOf(pixels, options, part.Path);
        log.Guess($"the images of {part.Path} are the {(inRows ? "rows" : "columns")} of its array "
            + $"'{Plain.Text(images.Name, 40)}'"
            + (labels is null ? ", and there are no labels" : $", the labels '{Plain.Text(labels.Name, 40)}'"));
        // Images in columns lie one after the other: those that are not kept are not unpacked.
        var kept = inRows ? count : Math.Min(count, most);
        var levels = LevelsOf(part, Numbers(part, inRows ? images : images.First(kept)), inRows, kept, options,
            log);
        var numbers = labels is null ? null : Numbers(part, labels);
        return new RawSet(size.Width, size.Height, size.Channels,
            RawSet.PixelByPixel(levels, size.Channels, size.Width * size.Height, options, part.Path, log),
            numbers is null ? null
            : new RawLabels([.. Enumerable.Range(0, count).Select(j => RawSet.Whole(numbers[j], part.Path, j))]),
            part.Path).First(most);
    });

    /// <summary>[pixels × m] bytes, an image's together.</summary>
    private static byte[] LevelsOf(SourcePart part, NumberArray images, bool inRows, int count, ReadAs options,
        ReadLog log)
    {
        var pixels = images.Count / count;
        if (images.Kind == ElementKind.UInt8 && options.Range is null)
        {
            var levels = inRows ? new byte[images.Count] : images.Data;
            for (var j = 0; j < count && inRows; j++)
            {
                for (var i = 0; i < pixels; i++)
                {
                    levels[j * pixels + i] = images.Data[i * count + j];
                }
            }

            return Levels.Spread(levels, part.Path, log);
        }

        var numbers = new float[images.Count];
        for (var j = 0; j < count; j++)
        {
            for (var i = 0; i < pixels; i++)
            {
                numbers[j * pixels + i] = (float)images[inRows ? i * count + j : j * pixels + i];
            }
        }

        return Levels.From(numbers, options.Range, part.Path, log, at => $"image {at / pixels}, number {at % pixels}");
    }

    /// <summary>The arrays of numbers, of which no more is unpacked than says what they are.</summary>
    private static List<MatArray> Arrays(SourcePart part, byte[] bytes)
    {
        var arrays = new List<MatArray>();
        var at = HeaderLength;
        while (bytes.Length - at >= 8 && arrays.Count < MostArrays)
        {
            var (type, length) = (Number(bytes.AsSpan(at)), Number(bytes.AsSpan(at + 4)));
            at += 8;
            if (length < 0 || length > bytes.Length - at)
            {
                throw Damaged(part, "elements that end within the file",
                    $"one of {length:N0} bytes at byte {at - 8:N0}");
            }

            var isPacked = type == Packed;
            var start = bytes.AsMemory(at, length);
            if (isPacked)
            {
                using var stream = Unpacking(bytes, at, length);
                var first = new byte[StartLength];
                var got = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
                (type, start) = got < 8 ? (0, default) : (Number(first), first.AsMemory(8, got - 8));
            }

            if (type == Matrix && ArrayOf(part, bytes, start, at, length, isPacked) is { } array)
            {
                arrays.Add(array);
            }

            at += length;
            at += isPacked ? 0 : Math.Min(bytes.Length - at, (8 - length % 8) % 8);
        }

        return arrays;
    }

    /// <summary>Flags, dimensions, name and where the numbers are; null for an array of another kind.</summary>
    private static MatArray? ArrayOf(SourcePart part, byte[] file, ReadOnlyMemory<byte> start, int at, int length,
        bool isPacked)
    {
        var rest = start;
        var flags = Next(part, ref rest);
        var sizes = Next(part, ref rest);
        var name = Next(part, ref rest);
        // Classes 6 to 15 are arrays of numbers; the flags' second byte tells complex ones.
        if (flags.Length < 8 || flags.Span[0] is < 6 or > 15 || (flags.Span[1] & 8) != 0 || sizes.Length != 8)
        {
            return null;
        }

        var (rows, columns) = (Number(sizes.Span), Number(sizes.Span[4..]));
        var (type, bytes, data) = Tag(part, rest);
        var before = start.Length - rest.Length + data;
        if (!Types.TryGetValue(type, out var kind) || rows < 0 || columns < 0
            || (long)rows * columns * NumberArray.SizeOf(kind) != bytes
            || (isPacked ? bytes > length * Unpacked.MaxPacking : bytes > length - before))
        {
            throw Damaged(part, "as many numbers as an array's rows and columns",
                $"{bytes:N0} bytes of type {type} for {rows} × {columns}");
        }

        var (own, place) = (Encoding.Latin1.GetString(name.Span), new Place(at, length, isPacked, before));
        return new MatArray(own, rows, columns, kind, bytes, count => Load(part, file, own, place, count));
    }

    private static NumberArray Numbers(SourcePart part, MatArray array) =>
        new([array.Rows * array.Columns], array.Kind, array.Take(array.Length), part.Path);

    /// <summary>The first bytes of an array's numbers.</summary>
    private static byte[] Load(SourcePart part, byte[] bytes, string name, Place place, int count)
    {
        if (!place.IsPacked)
        {
            return bytes.AsSpan(place.At + place.Before, count).ToArray();
        }

        using var stream = Unpacking(bytes, place.At, place.Length);
        // The memory grows with what comes: only a header promises it.
        var data = new byte[Math.Min(count, 1 << 24)];
        stream.ReadAtLeast(new byte[8 + place.Before], 8 + place.Before, throwOnEndOfStream: false);
        for (var filled = 0; ;)
        {
            filled += stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            if (filled < data.Length)
            {
                throw Damaged(part, $"{count:N0} bytes in the array '{Plain.Text(name, 40)}'", $"{filled:N0}");
            }

            if (filled == count)
            {
                return data;
            }

            Array.Resize(ref data, (int)Math.Min(count, 2L * data.Length));
        }
    }

    /// <summary>A packed element's bytes, unpacked.</summary>
    private static ZLibStream Unpacking(byte[] bytes, int at, int length) =>
        new(new MemoryStream(bytes, at, length, writable: false), CompressionMode.Decompress);

    /// <summary>An element within an array.</summary>
    private static ReadOnlyMemory<byte> Next(SourcePart part, ref ReadOnlyMemory<byte> rest)
    {
        var (_, length, at) = Tag(part, rest);
        if (length > rest.Length - at || (at == 4 && length > 4))
        {
            throw Damaged(part, "elements that end within their array", $"one of {length:N0} bytes");
        }

        var data = rest.Slice(at, length);
        rest = rest[Math.Min(rest.Length, at == 4 ? 8 : 8 + (length + 7) / 8 * 8)..];
        return data;
    }

    /// <summary>An element's type, its length, and where its data begin: a short one has them in its first eight
    /// bytes.</summary>
    private static (int Type, int Length, int At) Tag(SourcePart part, ReadOnlyMemory<byte> rest)
    {
        if (rest.Length < 8)
        {
            throw Damaged(part, "flags, dimensions, a name and numbers in every array", "the array's end");
        }

        var first = Number(rest.Span);
        var tag = first >> 16 != 0 ? (first & 0xFFFF, first >> 16, 4) : (first, Number(rest.Span[4..]), 8);
        return tag.Item2 >= 0 ? tag
            : throw Damaged(part, "elements of 0 or more bytes", $"one of {tag.Item2}");
    }

    private static int Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes);

    internal static UserErrorException Damaged(SourcePart part, string expected, string found) =>
        new("This MATLAB file cannot be read", where: part.Path, expected: expected, found: found,
            todo: "get the file again, or write it as CSV");

    private static UserErrorException TooMuch(SourcePart part, string found) =>
        new("This MATLAB file holds more than is read", where: part.Path,
            expected: $"at most {MostBytes:N0} bytes of images and labels", found: found,
            todo: "save the images as uint8, or as a NumPy array");

    /// <summary>Where an array's numbers are.</summary>
    /// <param name="At">Where the element's data begin in the file.</param>
    /// <param name="Length">Bytes of the element in the file.</param>
    /// <param name="IsPacked">Whether these are packed.</param>
    /// <param name="Before">Unpacked bytes of the element before the numbers.</param>
    private sealed record Place(int At, int Length, bool IsPacked, int Before);
}
