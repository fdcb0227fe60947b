using System.Buffers.Binary;
using System.IO.Compression;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads MNIST's own files, raw or .gz. IDX (yann.lecun.com/exdb/mnist): big-endian 32-bit magic number, one 32-bit
/// size per dimension, then the bytes.
/// </summary>
public static class IdxReader
{
    /// <summary>The first four bytes of an image file: unsigned bytes, three dimensions.</summary>
    public const uint ImageMagic = 0x00000803;

    /// <summary>The first four bytes of a label file: unsigned bytes, one dimension.</summary>
    public const uint LabelMagic = 0x00000801;

    /// <summary>Deflate cannot pack more tightly than this (zlib's "Maximum Compression Factor").</summary>
    private const long MaxPacking = 1032;

    /// <summary>Reads a pair of files. Both are checked to their ends, however few images are kept.</summary>
    /// <param name="imagePath">The images [count × 28 × 28].</param>
    /// <param name="labelPath">The labels [count].</param>
    /// <param name="most">Keep the first of this many images at most.</param>
    /// <exception cref="UserErrorException">A file is missing, damaged, or does not fit the other.</exception>
    public static DigitSet Read(string imagePath, string labelPath, int most = int.MaxValue) =>
        Read(imagePath, labelPath, out _, most);

    /// <summary>The same, with the labels of all images, however few are kept.</summary>
    /// <inheritdoc cref="Read(string, string, int)"/>
    internal static DigitSet Read(string imagePath, string labelPath, out byte[] labels, int most = int.MaxValue)
    {
        var (pixels, count) = ReadBytes(imagePath, ImageMagic, [DigitSet.Side, DigitSet.Side], most);
        labels = ReadBytes(labelPath, LabelMagic, [], int.MaxValue).Data;
        if (count != labels.Length)
        {
            throw new UserErrorException("Images and labels do not belong together",
                where: $"{imagePath} and {labelPath}",
                expected: "as many labels as images", found: $"{count} images and {labels.Length} labels",
                todo: "use the two files of one set");
        }

        var wrong = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(DigitSet.Classes - 1));
        if (wrong >= 0)
        {
            throw new UserErrorException("A label is no digit",
                where: $"{labelPath}, label {wrong} (byte {wrong + 8} of the unpacked file)",
                expected: "0 to 9", found: $"{labels[wrong]}", todo: LabelAdvice(labels));
        }

        return new DigitSet(pixels, labels.AsMemory(0, pixels.Length / DigitSet.Pixels), imagePath);
    }

    /// <summary>What to do about labels that are no digits.</summary>
    internal static string LabelAdvice(ReadOnlySpan<byte> labels)
    {
        var (least, most) = (byte.MaxValue, byte.MinValue);
        foreach (var label in labels)
        {
            (least, most) = (Math.Min(least, label), Math.Max(most, label));
        }

        return (least, most) switch
        {
            (1, 10) => "labels 1 to 10: is 10 the zero? then write 0 for it, as in MNIST",
            (_, > 10 and <= 61) => $"labels {least} to {most}: these are letters or other classes; this program reads "
                + "the ten digits only",
            _ => "get the file again",
        };
    }

    /// <summary>The bytes of the first <paramref name="most"/> items, and how many items the file holds.</summary>
    private static (byte[] Data, int Count) ReadBytes(string path, uint magic, ReadOnlySpan<int> sides, int most)
    {
        try
        {
            using var file = RegularFile.Open(path, 1 << 16);
            // By its first bytes, not its name: people rename files.
            var packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            var promised = packed ? GzipTrailer.Size(file) : null;
            file.Position = 0;
            using Stream stream = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
            var (data, count, length) = ReadBytes(stream, path, packed, promised, file.Length, magic, sides, most);
            if (packed && !GzipTrailer.Fits(file, length))
            {
                throw new UserErrorException("This .gz file is damaged", where: $"{path}, the last bytes",
                    expected: "the unpacked size",
                    found: "something else: the end is missing or does not belong to it", todo: "get the file again");
            }

            return (data, count);
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException("This .gz file is damaged", where: path, expected: "a whole gzip stream",
                found: e.Message,
                todo: "get the file again", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("This file cannot be read", where: path, found: e.Message,
                todo: "name an ordinary file that you may read", inner: e);
        }
    }

    private static (byte[] Data, int Count, long Length) ReadBytes(
        Stream stream, string path, bool packed, uint? promised, long fileLength, uint magic, ReadOnlySpan<int> sides,
            int most)
    {
        Span<byte> header = stackalloc byte[8 + 4 * sides.Length];
        var got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got >= 4 && BinaryPrimitives.ReadUInt32BigEndian(header) is var found && found != magic)
        {
            var known = found is ImageMagic or LabelMagic ? null : packed ? KnownFile.Recognize(header[..got])
                : KnownFile.At(path);
            throw new UserErrorException(magic == ImageMagic ? "This is no IDX image file"
                : "This is no IDX label file", where: $"{path}, byte 0",
                expected: $"the magic number 0x{magic:X8}", found: known?.Name ?? Meaning(found),
                todo: known?.WayOut ?? "check which file this is, or get it again");
        }

        if (got < header.Length)
        {
            throw Truncated(path, header.Length, got, packed);
        }

        for (var d = 0; d < sides.Length; d++)
        {
            var side = BinaryPrimitives.ReadUInt32BigEndian(header[(8 + 4 * d)..]);
            if (side != sides[d])
            {
                throw new UserErrorException("These images have another size", where: $"{path}, byte {8 + 4 * d}",
                    expected: $"{sides[d]}", found: $"{side}", todo: "use images of 28 × 28 pixels");
            }
        }

        var count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        var item = 1L;
        foreach (var side in sides)
        {
            item *= side;
        }

        // Before a byte is allocated: the file must be able to hold what its header says.
        var bytes = count * item;
        var room = packed ? fileLength * MaxPacking : fileLength - header.Length;
        if (count == 0 || bytes > room || bytes > Array.MaxLength)
        {
            throw new UserErrorException(count == 0 ? "This file holds nothing"
                : "The header says more than the file can hold",
                where: $"{path}, byte 4", expected: count == 0 ? "a count of at least 1"
                : $"at most {Math.Min(room, Array.MaxLength)} bytes after the header",
                found: $"a count of {count}, which is {bytes} bytes", todo: "get the file again");
        }

        // A header may still lie within what deflate could hold: where the file's end does not say the same, the room
        // grows with what comes.
        var kept = Math.Min(count, most) * item;
        var isDoubted = packed && promised != (uint)(header.Length + bytes);
        var data = new byte[isDoubted ? Math.Min(kept, 1 << 24) : kept];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            if (filled < data.Length)
            {
                throw Truncated(path, header.Length + bytes, header.Length + filled, packed);
            }

            if (filled == kept)
            {
                break;
            }

            Array.Resize(ref data, (int)Math.Min(kept, 2L * data.Length));
        }

        var passed = Pass(stream, bytes - kept);
        if (passed < bytes - kept)
        {
            throw Truncated(path, header.Length + bytes, header.Length + kept + passed, packed);
        }

        if (stream.ReadByte() >= 0)
        {
            throw new UserErrorException("The file is longer than its header says",
                where: $"{path}, byte {header.Length + bytes}",
                expected: $"the end after {count} {(sides.IsEmpty ? "labels" : "images")}", found: "more bytes",
                todo: "get the file again");
        }

        return (data, (int)count, header.Length + bytes);
    }

    /// <summary>Reads on without keeping anything; returns how far it came.</summary>
    private static long Pass(Stream stream, long bytes)
    {
        var buffer = new byte[Math.Min(bytes, 1 << 16)];
        var passed = 0L;
        while (passed < bytes)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, bytes - passed));
            if (read == 0)
            {
                break;
            }

            passed += read;
        }

        return passed;
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
}
