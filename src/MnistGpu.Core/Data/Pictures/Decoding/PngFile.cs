using System.Buffers.Binary;
using System.IO.Compression;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>
/// A PNG (W3C 2025, PNG specification, third edition, sections 5, 9, 10 and 11). It is read row by row, so that a small
/// file that unpacks to gigabytes takes no memory for them.
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

    /// <summary>How the picture is to be turned, as <see cref="Exif"/> numbers it.</summary>
    public int Orientation { get; private set; } = 1;

    /// <summary>Reads the picture, each row after the other, into <paramref name="rows"/>.</summary>
    /// <param name="rows">Takes the rows.</param>
    /// <param name="light">What a colour is read as.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UserErrorException">The file is damaged: a chunk goes beyond it, or the pixel data unpack to
    /// another number of bytes than the pixels take.</exception>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public void Read(RowShrinker rows, Light light = default, CancellationToken cancel = default)
    {
        var (depth, color, interlaced) = (file[24], file[25], file[28]);
        if (file[26] != 0 || file[27] != 0 || interlaced > 1 || (depth, color) is not ((1 or 2 or 4 or 8 or 16, 0)
            or (8 or 16, 2 or 4 or 6) or (1 or 2 or 4 or 8, 3)))
        {
            throw Damaged("a depth, colour type and methods that the specification has",
                $"depth {depth}, colour type {color}, methods {file[26]}, {file[27]} and {interlaced}");
        }

        using var packed = PixelData(out var palette, out var transparent);
        if (color == 3 && palette.Length == 0)
        {
            throw Damaged("a palette", "none");
        }

        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        var expected = UnpackedBytes();
        var format = new PngRows(depth, color, palette, transparent) { Light = light };
        long found = 0;
        try
        {
            if (interlaced == 0)
            {
                ReadRows(format.Of((int)Width), (int)Height, (_, gray, alpha) => rows.Add(gray, alpha));
            }
            else
            {
                ReadInterlaced(rows, format);
            }

            if (zlib.ReadByte() >= 0)
            {
                throw Damaged($"{expected} bytes of pixel data, as {Width} × {Height} pixels take", "more");
            }
        }
        catch (InvalidDataException e)
        {
            throw Damaged("pixel data that can be unpacked", e.Message);
        }

        void ReadRows(PngRow row, int count, RowAction use)
        {
            for (var y = 0; y < count; y++)
            {
                cancel.ThrowIfCancellationRequested();
                var read = zlib.ReadAtLeast(row.Next(), row.Bytes, throwOnEndOfStream: false);
                found += read;
                if (read < row.Bytes)
                {
                    throw Damaged($"{expected} bytes of pixel data, as {Width} × {Height} pixels take",
                        $"{found} bytes");
                }

                if (!row.Unfilter())
                {
                    throw Damaged("a filter from 0 to 4", $"filter {row.Filter}");
                }

                row.Unpack();
                use(y, row.Gray, row.Alpha);
            }
        }

        void ReadInterlaced(RowShrinker whole, PngRows format)
        {
            int width = (int)Width, height = (int)Height;
            var gray = new byte[width * height];
            var alpha = format.HasAlpha ? new byte[width * height] : [];
            foreach (var (left, top, across, down) in Passes)
            {
                int columns = (width - left + across - 1) / across, count = (height - top + down - 1) / down;
                if (columns < 1 || count < 1)
                {
                    continue;
                }

                ReadRows(format.Of(columns), count, (y, someGray, someAlpha) =>
                {
                    for (int x = 0, at = (top + y * down) * width + left; x < columns; x++, at += across)
                    {
                        gray[at] = someGray[x];
                        if (alpha.Length > 0)
                        {
                            alpha[at] = someAlpha[x];
                        }
                    }
                });
            }

            for (var y = 0; y < height; y++)
            {
                whole.Add(gray.AsSpan(y * width, width), alpha.Length > 0 ? alpha.AsSpan(y * width, width) : []);
            }
        }
    }

    private delegate void RowAction(int y, Span<byte> gray, ReadOnlySpan<byte> alpha);

    /// <summary>Adam7's pictures: every across-th column from left on of every down-th row from top on.</summary>
    private static readonly (int Left, int Top, int Across, int Down)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>
    /// The contents of all IDAT chunks, which are one stream; and those of PLTE and tRNS, empty where there is none.
    /// </summary>
    private MemoryStream PixelData(out byte[] palette, out byte[] transparent)
    {
        (palette, transparent) = ([], []);
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
            else if (type.SequenceEqual("PLTE"u8) && length <= 3 * 256 && length % 3 == 0)
            {
                palette = rest.Slice(8, length).ToArray();
            }
            else if (type.SequenceEqual("tRNS"u8) && length <= 256)
            {
                transparent = rest.Slice(8, length).ToArray();
            }
            else if (type.SequenceEqual("eXIf"u8))
            {
                Orientation = Exif.Orientation(rest.Slice(8, length));
            }
            else if (type.SequenceEqual("CgBI"u8))
            {
                // Its pixels are packed in another way.
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
        return interlaced ? Passes.Sum(pass => Rows(pass.Left, pass.Top, pass.Across, pass.Down)) : Rows(0, 0, 1, 1);

        long Rows(int left, int top, int across, int down)
        {
            var (columns, rows) = ((Width - left + across - 1) / across, (Height - top + down - 1) / down);
            return columns > 0 && rows > 0 ? rows * (1 + (columns * bits + 7) / 8) : 0;
        }
    }

    private UserErrorException Damaged(string expected, string found) =>
        new("This PNG is damaged", where: name, expected: expected, found: found, todo: "save the picture again");
}
