using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads NumPy's .npy (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): \x93NUMPY, two bytes of
/// version, the header's length in 16 or 32 bits, a Python dictionary with descr, fortran_order and shape, then the
/// elements. An .npz is a zip file of them.
/// </summary>
internal static partial class NpyReader
{
    private const int MaxHeader = 1 << 16;
    private const int MaxDimensions = 4;

    private static readonly Dictionary<string, ElementKind> Types = new()
    {
        ["u1"] = ElementKind.UInt8,
        ["b1"] = ElementKind.UInt8,
        ["i1"] = ElementKind.Int8,
        ["u2"] = ElementKind.UInt16,
        ["i2"] = ElementKind.Int16,
        ["u4"] = ElementKind.UInt32,
        ["i4"] = ElementKind.Int32,
        ["u8"] = ElementKind.UInt64,
        ["i8"] = ElementKind.Int64,
        ["f2"] = ElementKind.Float16,
        ["f4"] = ElementKind.Float32,
        ["f8"] = ElementKind.Float64,
    };

    /// <summary>Whether a file's first bytes are .npy's.</summary>
    public static bool IsNpy(ReadOnlySpan<byte> start) =>
        start.Length >= 6 && start[0] == 0x93 && start[1..6].SequenceEqual("NUMPY"u8);

    /// <summary>Reads an array, of the first items at most.</summary>
    /// <exception cref="UserErrorException">It is none, damaged, or of elements that are no numbers.</exception>
    public static NumberArray Read(SourcePart part, int most) => SourcePart.Reading(part.Path, () =>
    {
        using var file = part.Open();
        var (header, before) = Header(part.Path, file.Stream);
        var (kind, isBigEndian) = Type(part.Path, header);
        var shape = Shape(part.Path, header);
        var size = NumberArray.SizeOf(kind);
        var bytes = NumberArray.Bytes(kind, shape.Select(length => (long)length));
        if (bytes > Math.Min(file.Room - before, Array.MaxLength))
        {
            throw new UserErrorException("The header says more than the file can hold", where: part.Path,
                expected: $"at most {Math.Min(file.Room - before, Array.MaxLength)} bytes after the header",
                found: $"the shape [{string.Join(", ", shape)}], which is {bytes} bytes", todo: "get the file again");
        }

        var isFortran = FortranOrder().IsMatch(header) && shape.Length > 1;
        var item = shape.Length == 0 ? bytes : bytes / shape[0];
        // Its first index runs fastest: all of it must be read to have the first items.
        var kept = isFortran || shape.Length == 0 ? bytes : Math.Min(shape[0], most) * item;
        var data = file.Read(kept, before + bytes);
        if (data.Length < kept || file.Pass(bytes - kept) < bytes - kept)
        {
            throw new UserErrorException("The file ends too early", where: part.Path,
                expected: $"{bytes} bytes after the header", found: "fewer", todo: "get the file again");
        }

        if (file.Stream.ReadByte() >= 0 || !file.EndsAs(before + bytes))
        {
            throw new UserErrorException("The file's length and its header differ", where: part.Path,
                expected: $"{bytes} bytes after the header", found: "another number of bytes",
                todo: "get the file again");
        }

        if (isBigEndian)
        {
            for (var at = 0; size > 1 && at < data.Length; at += size)
            {
                data.AsSpan(at, size).Reverse();
            }
        }

        return new NumberArray(shape, kind, isFortran ? Turned(data, shape, size) : data, part.Path);
    });

    private static (string Text, int Bytes) Header(string path, Stream stream)
    {
        Span<byte> start = stackalloc byte[12];
        var got = stream.ReadAtLeast(start[..10], 10, throwOnEndOfStream: false);
        if (got < 10 || !IsNpy(start[..got]) || start[6] is < 1 or > 3)
        {
            throw Damaged(path, "\\x93NUMPY and a version from 1 to 3",
                got < 10 ? "the file's end" : "other first bytes");
        }

        long length = BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        var before = 10;
        if (start[6] > 1)
        {
            before = 12;
            length = stream.ReadAtLeast(start[10..], 2, throwOnEndOfStream: false) == 2
                ? BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) : -1;
        }

        if (length is < 0 or > MaxHeader)
        {
            throw Damaged(path, $"a header of at most {MaxHeader} bytes", length < 0 ? "the file's end" : $"{length}");
        }

        var header = new byte[length];
        return stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == length
            ? (Encoding.Latin1.GetString(header), before + (int)length)
            : throw Damaged(path, $"a header of {length} bytes", "the file's end");
    }

    private static (ElementKind Kind, bool IsBigEndian) Type(string path, string header)
    {
        var found = Descr().Match(header);
        var descr = found.Success ? found.Groups[2].Value : "";
        return Types.TryGetValue(descr, out var kind) ? (kind, found.Groups[1].Value == ">")
            : throw new UserErrorException("This array holds no numbers that can be read", where: path,
                expected: "whole or floating numbers of up to 64 bits, such as |u1 or <f4",
                found: header.Contains("|O", StringComparison.Ordinal)
                    ? "Python objects (a pickle), which are not read: they may run code"
                    : $"the type '{Plain.Text(descr.Length > 0 ? descr : header, 60)}'",
                todo: "save the array again with a plain dtype, such as astype('uint8')");
    }

    private static ImmutableArray<int> Shape(string path, string header)
    {
        var found = ShapeText().Match(header);
        var shape = ImmutableArray.CreateBuilder<int>();
        foreach (var part in found.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries
            | StringSplitOptions.RemoveEmptyEntries))
        {
            shape.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > 0
                ? length
                : throw Damaged(path, "a shape of numbers from 1 on", $"'{Plain.Text(part, 40)}'"));
        }

        return found.Success && shape.Count <= MaxDimensions ? shape.ToImmutable()
            : throw Damaged(path, $"a shape of at most {MaxDimensions} numbers",
                found.Success ? $"{shape.Count}" : "none");
    }

    /// <summary>From the first index running fastest to the last one doing so.</summary>
    private static byte[] Turned(byte[] data, ImmutableArray<int> shape, int size)
    {
        var turned = new byte[data.Length];
        var index = new int[shape.Length];
        for (var to = 0; to < data.Length; to += size)
        {
            long from = 0;
            for (var d = shape.Length - 1; d >= 0; d--)
            {
                from = from * shape[d] + index[d];
            }

            data.AsSpan((int)(from * size), size).CopyTo(turned.AsSpan(to));
            for (var d = shape.Length - 1; d >= 0 && ++index[d] == shape[d]; d--)
            {
                index[d] = 0;
            }
        }

        return turned;
    }

    private static UserErrorException Damaged(string path, string expected, string found) =>
        new("This NumPy file is damaged", where: path, expected: expected, found: found, todo: "get the file again");

    [GeneratedRegex(@"'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d{1,3})'")]
    private static partial Regex Descr();

    [GeneratedRegex(@"'fortran_order'\s*:\s*True")]
    private static partial Regex FortranOrder();

    [GeneratedRegex(@"'shape'\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapeText();
}
