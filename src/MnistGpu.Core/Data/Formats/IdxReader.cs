using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads MNIST's own files, raw or .gz. IDX (yann.lecun.com/exdb/mnist): two zero bytes, a byte that names the
/// elements' type, one that counts the dimensions, a big-endian 32-bit size per dimension, then the elements.
/// </summary>
internal static partial class IdxReader
{
    /// <summary>The first four bytes of an image file: unsigned bytes, three dimensions.</summary>
    public const uint ImageMagic = 0x00000803;

    /// <summary>The first four bytes of a label file: unsigned bytes, one dimension.</summary>
    public const uint LabelMagic = 0x00000801;

    private const int MaxDimensions = 4;

    private static readonly Dictionary<int, ElementKind> Types = new()
    {
        [0x08] = ElementKind.UInt8,
        [0x09] = ElementKind.Int8,
        [0x0B] = ElementKind.Int16,
        [0x0C] = ElementKind.Int32,
        [0x0D] = ElementKind.Float32,
        [0x0E] = ElementKind.Float64,
    };

    /// <summary>Reads a pair of files. Both are checked to their ends, however few images are kept.</summary>
    /// <param name="imagePath">The images [count × height × width], or × 3 in colour.</param>
    /// <param name="labelPath">The labels [count], or [count × columns] with the class in the first.</param>
    /// <param name="most">Keep the first of this many images at most.</param>
    /// <exception cref="UserErrorException">A file is missing, damaged, or does not fit the other.</exception>
    public static DigitSet Read(string imagePath, string labelPath, int most = int.MaxValue)
    {
        var log = new ReadLog();
        var set = RawSet.Of(Images(SourcePart.Of(imagePath), most), Labels(SourcePart.Of(labelPath)), ReadAs.Guessed,
            log, isIdx: true);
        return Labelled.Make(set, test: null, imagePath, log).Train;
    }

    /// <summary>Whether a file's first bytes are IDX's, and how many dimensions it has then; 0 for none.</summary>
    internal static int DimensionsOf(ReadOnlySpan<byte> start) =>
        start.Length >= 4 && start[0] == 0 && start[1] == 0 && Types.ContainsKey(start[2])
            && start[3] is >= 1 and <= MaxDimensions ? start[3] : 0;

    /// <summary>Whether a file is called as IDX files are, whatever is in it.</summary>
    internal static bool IsNamed(string name) => Named().IsMatch(name);

    /// <summary>An image file, the first of its images at most.</summary>
    /// <exception cref="UserErrorException">It is none, or damaged.</exception>
    internal static NumberArray Images(SourcePart part, int most) => Read(part, isImages: true, most);

    /// <summary>A label file.</summary>
    /// <exception cref="UserErrorException">It is none, or damaged.</exception>
    internal static NumberArray Labels(SourcePart part) => Read(part, isImages: false, int.MaxValue);

    private static NumberArray Read(SourcePart part, bool isImages, int most) => SourcePart.Reading(part.Path, () =>
    {
        using var file = part.Open();
        var path = part.Path;
        Span<byte> header = stackalloc byte[4 + 4 * MaxDimensions];
        var got = file.Stream.ReadAtLeast(header[..4], 4, throwOnEndOfStream: false);
        var dimensions = DimensionsOf(header[..got]);
        if (got == 4 && (dimensions == 0 || isImages != dimensions >= 3 || (isImages && header[2] != 0x08)))
        {
            throw NoIdx(part, header[..4], isImages);
        }

        var length = 4 + 4 * (got < 4 ? isImages ? 3 : 1 : dimensions);
        got += got < 4 ? 0 : file.Stream.ReadAtLeast(header[4..length], length - 4, throwOnEndOfStream: false);
        if (got < length)
        {
            throw Truncated(path, length, got, file.IsPacked);
        }

        var kind = Types[header[2]];
        var sizes = Sizes(path, header[4..length]);
        var count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        var item = NumberArray.Bytes(kind, sizes.Select(side => (long)side));

        // Before a byte is allocated: the file must be able to hold what its header says.
        var bytes = NumberArray.Bytes(kind, [count, .. sizes]);
        var room = file.IsPacked ? file.Room : file.Room - length;
        if (count == 0 || bytes > room || bytes > Array.MaxLength)
        {
            throw new UserErrorException(count == 0 ? "This file holds nothing"
                : "The header says more than the file can hold",
                where: $"{path}, byte 4", expected: count == 0 ? "a count of at least 1"
                : $"at most {Math.Min(room, Array.MaxLength)} bytes after the header",
                found: $"a count of {count}, which is {bytes} bytes", todo: "get the file again");
        }

        var kept = Math.Min(count, most) * item;
        var data = file.Read(kept, length + bytes);
        var passed = data.Length < kept ? 0 : file.Pass(bytes - kept);
        if (data.Length + passed < bytes)
        {
            throw Truncated(path, length + bytes, length + data.Length + passed, file.IsPacked);
        }

        if (file.Stream.ReadByte() >= 0)
        {
            throw new UserErrorException("The file is longer than its header says",
                where: $"{path}, byte {length + bytes}",
                expected: $"the end after {count} {(isImages ? "images" : "labels")}", found: "more bytes",
                todo: "get the file again");
        }

        if (!file.EndsAs(length + bytes))
        {
            throw new UserErrorException("This .gz file is damaged", where: $"{path}, the last bytes",
                expected: "the unpacked size",
                found: "something else: the end is missing or does not belong to it", todo: "get the file again");
        }

        ToLittleEndian(data, NumberArray.SizeOf(kind));
        return new NumberArray([(int)count, .. sizes], kind, data, path);
    });

    /// <summary>The sizes but the first.</summary>
    private static ImmutableArray<int> Sizes(string path, ReadOnlySpan<byte> header)
    {
        var sizes = ImmutableArray.CreateBuilder<int>();
        for (var at = 4; at < header.Length; at += 4)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(header[at..]);
            sizes.Add(size is >= 1 and <= DataShape.MaxSide ? (int)size
                : throw new UserErrorException("These images have a size that no network reads",
                    where: $"{path}, byte {at + 4}", expected: $"1 to {DataShape.MaxSide}", found: $"{size}",
                    todo: "get the file again, or scale the images"));
        }

        return sizes.ToImmutable();
    }

    private static void ToLittleEndian(byte[] data, int size)
    {
        for (var at = 0; size > 1 && at + size <= data.Length; at += size)
        {
            data.AsSpan(at, size).Reverse();
        }
    }

    private static UserErrorException NoIdx(SourcePart part, ReadOnlySpan<byte> magic, bool isImages)
    {
        var found = BinaryPrimitives.ReadUInt32BigEndian(magic);
        var known = found is ImageMagic or LabelMagic ? null : KnownFile.Recognize(part.Start());
        return new UserErrorException(isImages ? "This is no IDX image file" : "This is no IDX label file",
            where: $"{part.Path}, byte 0", expected: $"the magic number 0x{(isImages ? ImageMagic : LabelMagic):X8}",
            found: known?.Name ?? Meaning(found), todo: known?.WayOut ?? "check which file this is, or get it again");
    }

    private static UserErrorException Truncated(string path, long expected, long found, bool packed) =>
        new("The file ends too early", where: path, expected: $"{expected} bytes{(packed ? " unpacked" : "")}",
            found: $"{found} bytes",
            todo: "get the file again");

    private static string Meaning(uint magic) => magic switch
    {
        ImageMagic => "an image file's, 0x00000803",
        LabelMagic => "a label file's, 0x00000801",
        _ => $"0x{magic:X8}",
    };

    [GeneratedRegex(@"[-.]idx[1-4]-(?:ubyte|int)$", RegexOptions.IgnoreCase)]
    private static partial Regex Named();
}
