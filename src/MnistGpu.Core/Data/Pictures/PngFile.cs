using System.Buffers.Binary;
using System.IO.Compression;

namespace MnistGpu.Data.Pictures;

/// <summary>
/// A PNG as its chunks describe it (W3C 2025, PNG specification, third edition, sections 5, 10 and 11). The decoder
/// believes every chunk's length, and unpacks whatever the pixel data unpack to: a few bytes can lead it back to
/// themselves for ever, and a small picture can unpack to gigabytes. So a file is checked before it is decoded.
/// </summary>
internal sealed class PngFile
{
    private const int ChunkOverhead = 12; // Length, type and checksum.

    private readonly ArraySegment<byte> file;
    private readonly string name;

    private PngFile(ArraySegment<byte> file, string name)
    {
        (this.file, this.name) = (file, name);
        // The signature, and the chunk that comes first in every PNG: its length, its type and 13 bytes.
        if (file.Count < 8 + ChunkOverhead + 13 || !file.AsSpan(8).StartsWith("\0\0\0\x0DIHDR"u8))
        {
            throw Damaged("a whole header first", "another beginning");
        }

        Width = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(16));
        Height = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(20));
    }

    /// <summary>Pixels in a row, as the header says.</summary>
    public long Width { get; }

    /// <summary>Rows, as the header says.</summary>
    public long Height { get; }

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The header of a file; null where the file is no PNG.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="UserErrorException">It begins as a PNG and does not go on as one.</exception>
    public static PngFile? From(ArraySegment<byte> file, string name) =>
        file.AsSpan().StartsWith(Signature) ? new PngFile(file, name) : null;

    /// <summary>
    /// Requires that the file can be decoded in the memory that its size implies: that its chunks lie within it, and
    /// that its pixel data unpack to as many bytes as its pixels take. Call it for sizes that are small enough to
    /// decode; it takes the time to unpack them, and no more memory than the file.
    /// </summary>
    /// <exception cref="UserErrorException">It cannot.</exception>
    public void RequireDecodable()
    {
        using var packed = PixelData();
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        long expected = UnpackedBytes(), found = 0;
        var piece = new byte[(int)Math.Min(expected + 1, 64 << 10)];
        try
        {
            while (found <= expected && zlib.Read(piece) is > 0 and var read)
            {
                found += read;
            }
        }
        catch (InvalidDataException e)
        {
            throw Damaged("pixel data that can be unpacked", e.Message);
        }

        if (found != expected)
        {
            throw Damaged($"{expected} bytes of pixel data, as {Width} × {Height} pixels take",
                found > expected ? "more" : $"{found} bytes");
        }
    }

    /// <summary>The contents of all IDAT chunks, which are one stream.</summary>
    private MemoryStream PixelData()
    {
        var packed = new MemoryStream();
        for (var rest = file.AsSpan(8); ;)
        {
            var type = rest.Length < 8 ? [] : rest.Slice(4, 4);
            if (type.SequenceEqual("IEND"u8))
            {
                packed.Position = 0;
                return packed;
            }

            if (type.IsEmpty || BinaryPrimitives.ReadUInt32BigEndian(rest) > rest.Length - ChunkOverhead)
            {
                throw Damaged("whole chunks up to the last, IEND", "a chunk that ends beyond the file");
            }

            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            if (type.SequenceEqual("IDAT"u8))
            {
                packed.Write(rest.Slice(8, length));
            }
            else if (type.SequenceEqual("CgBI"u8))
            {
                // The decoder would unpack the pixels as raw deflate data: not what is counted here.
                throw Damaged("a PNG as the specification has it", "Apple's own variety");
            }

            rest = rest[(ChunkOverhead + length)..];
        }
    }

    /// <summary>
    /// Rows of packed pixels, each after a byte that names its filter; where the picture is interlaced, of each of
    /// Adam7's pictures that holds any pixel.
    /// </summary>
    private long UnpackedBytes()
    {
        var (depth, color, interlaced) = (file[24], file[25], file[28] != 0);
        var bits = depth * color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return interlaced
            ? Rows(0, 0, 8, 8) + Rows(4, 0, 8, 8) + Rows(0, 4, 4, 8) + Rows(2, 0, 4, 4) + Rows(0, 2, 2, 4)
            + Rows(1, 0, 2, 2) + Rows(0, 1, 1, 2)
            : Rows(0, 0, 1, 1);

        // Of every across-th column from left on and every down-th row from top on.
        long Rows(int left, int top, int across, int down)
        {
            var (columns, rows) = ((Width - left + across - 1) / across, (Height - top + down - 1) / down);
            return columns > 0 && rows > 0 ? rows * (1 + (columns * bits + 7) / 8) : 0;
        }
    }

    private UserErrorException Damaged(string expected, string found) =>
        new("This PNG is damaged", where: name, expected: expected, found: found, todo: "save the picture again");
}
