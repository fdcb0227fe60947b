using System.Buffers.Binary;
using System.Numerics;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>
/// A BMP without compression (Microsoft, "Bitmap Storage", headers BITMAPCOREHEADER to BITMAPV5HEADER), with its rows
/// from the bottom up or from the top down.
/// </summary>
internal sealed class BmpFile
{
    private const int FileHeader = 14;
    private const int CoreHeader = 12;
    private const uint BitFields = 3;
    private const uint AlphaBitFields = 6;

    private readonly ArraySegment<byte> file;
    private readonly string name;
    private readonly int header;
    private readonly int bits;
    private readonly uint compression;
    private readonly bool topDown;

    private BmpFile(ArraySegment<byte> file, string name)
    {
        (this.file, this.name) = (file, name);
        header = file.Count < FileHeader + CoreHeader ? 0 : (int)Math.Min(Long(FileHeader), 1 << 16);
        if (header < CoreHeader || header > file.Count - FileHeader || (header > CoreHeader && header < 40))
        {
            throw Damaged("a whole header first", header == 0 ? "a file that ends in it" : $"one of {header} bytes");
        }

        if (header == CoreHeader)
        {
            (Width, Height, bits) = (Short(18), Short(20), Short(24));
            return;
        }

        Width = (int)Long(18);
        Height = (int)Long(22);
        (topDown, Height) = (Height < 0, Math.Abs(Height));
        (bits, compression) = (Short(28), Long(30));
    }

    /// <summary>Pixels in a row, as the header says.</summary>
    public long Width { get; }

    /// <summary>Rows, as the header says.</summary>
    public long Height { get; }

    /// <summary>The header of a file; null where the file is no BMP.</summary>
    /// <exception cref="UserErrorException">It begins as a BMP and does not go on as one.</exception>
    public static BmpFile? From(ArraySegment<byte> file, string name) =>
        file.AsSpan().StartsWith("BM"u8) ? new BmpFile(file, name) : null;

    /// <summary>Reads the picture, each row after the other, into <paramref name="rows"/>.</summary>
    /// <exception cref="UserErrorException">It is compressed, or the file ends before its pixels do.</exception>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public void Read(RowShrinker rows, Light light = default, CancellationToken cancel = default)
    {
        var masked = compression is BitFields or AlphaBitFields && bits is 16 or 32;
        if ((compression != 0 && !masked) || bits is not (1 or 4 or 8 or 16 or 24 or 32))
        {
            throw new UserErrorException("This kind of BMP cannot be read", where: name,
                expected: "one without compression, of 1, 4, 8, 16, 24 or 32 bits a pixel",
                found: $"{bits} bits and compression {compression}", todo: "save the picture as PNG");
        }

        var stride = (Width * bits + 31) / 32 * 4;
        // Headers that are older than the masks have them behind.
        var masksBehind = masked && header == 40 ? compression == AlphaBitFields ? 16 : 12 : 0;
        var tableAt = FileHeader + header + masksBehind;
        var palette = bits <= 8 ? Palette(tableAt, light) : [];
        long start = Long(10);
        if (start < tableAt || start + stride * Height > file.Count)
        {
            throw Damaged($"{stride * Height} bytes of pixels, as {Width} × {Height} take",
                $"{Math.Max(0, file.Count - start)} bytes");
        }

        var masks = Masks(masked, masksBehind);
        var gray = new byte[Width];
        var alpha = masks is { Alpha: not 0 } && HasAlpha() ? new byte[Width] : [];
        for (long y = 0; y < Height; y++)
        {
            cancel.ThrowIfCancellationRequested();
            var row = Row(y);
            for (var x = 0; x < gray.Length; x++)
            {
                gray[x] = bits switch
                {
                    <= 8 => palette[row[x * bits / 8] >> (8 - bits - x * bits % 8) & ((1 << bits) - 1)],
                    24 => light.From(row[3 * x + 2], row[3 * x + 1], row[3 * x]),
                    _ => light.From(Part(Pixel(row, x), masks.Red), Part(Pixel(row, x), masks.Green),
                        Part(Pixel(row, x), masks.Blue)),
                };
                if (alpha.Length > 0)
                {
                    alpha[x] = (byte)Part(Pixel(row, x), masks.Alpha);
                }
            }

            rows.Add(gray, alpha);
        }

        ReadOnlySpan<byte> Row(long y) => file.AsSpan((int)(start + (topDown ? y : Height - 1 - y) * stride),
            (int)stride);

        // Many programs leave zeros where the header promises alphas.
        bool HasAlpha()
        {
            for (long y = 0; y < Height; y++)
            {
                var row = Row(y);
                for (var x = 0; x < Width; x++)
                {
                    if ((Pixel(row, x) & masks.Alpha) != 0)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>The grey of each colour in the table; what is beyond it is black.</summary>
    private byte[] Palette(int at, Light light)
    {
        var size = header == CoreHeader ? 3 : 4;
        var palette = new byte[1 << bits];
        for (var i = 0; i < palette.Length && at + size * i + 2 < file.Count; i++)
        {
            var color = at + size * i;
            palette[i] = light.From(file[color + 2], file[color + 1], file[color]);
        }

        return palette;
    }

    private (uint Red, uint Green, uint Blue, uint Alpha) Masks(bool masked, int behind)
    {
        if (!masked)
        {
            return bits == 16 ? (0x7C00u, 0x3E0u, 0x1Fu, 0u) : (0xFF0000u, 0xFF00u, 0xFFu, 0u);
        }

        const int At = FileHeader + 40;
        var hasAlpha = header >= 56 || behind == 16;
        return file.Count < At + 16 ? throw Damaged("masks of colours behind the header", "a file that ends there")
            : (Long(At), Long(At + 4), Long(At + 8), hasAlpha ? Long(At + 12) : 0);
    }

    private uint Pixel(ReadOnlySpan<byte> row, int x) => bits == 16
        ? BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..])
        : BinaryPrimitives.ReadUInt32LittleEndian(row[(4 * x)..]);

    /// <summary>What a mask picks out, from 0 to 255.</summary>
    private static int Part(uint pixel, uint mask)
    {
        if (mask == 0)
        {
            return 0;
        }

        var shift = BitOperations.TrailingZeroCount(mask);
        return (int)((ulong)((pixel & mask) >> shift) * 255 / (mask >> shift));
    }

    private int Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

    private uint Long(int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    private UserErrorException Damaged(string expected, string found) =>
        new("This BMP is damaged", where: name, expected: expected, found: found, todo: "save the picture again");
}
