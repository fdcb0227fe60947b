using System.Buffers.Binary;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>How a PNG's rows are stored.</summary>
/// <param name="Depth">Bits of a sample.</param>
/// <param name="Color">The colour type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
/// <param name="Palette">The chunk PLTE: three bytes a colour.</param>
/// <param name="Transparent">The chunk tRNS: the one transparent colour, or the palette's alphas.</param>
internal sealed record PngRows(int Depth, int Color, byte[] Palette, byte[] Transparent)
{
    /// <summary>What a colour is read as.</summary>
    public Light Light { get; init; }

    /// <summary>Whether any pixel may be transparent.</summary>
    public bool HasAlpha => Color is 4 or 6 || Transparent.Length > 0;

    /// <summary>Samples of a pixel.</summary>
    public int Samples => Color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>A reader of rows of this many pixels.</summary>
    public PngRow Of(int pixels) => new(this, pixels);
}

/// <summary>Reads one row after the other: undoes its filter, and turns its samples into grey and alpha.</summary>
internal sealed class PngRow(PngRows format, int pixels)
{
    private readonly int step = Math.Max(1, format.Samples * format.Depth / 8);
    private readonly byte[] gray = new byte[pixels];
    private readonly byte[] alpha = format.HasAlpha ? new byte[pixels] : [];

    // The filter's number and the row's bytes.
    private byte[] now = new byte[1 + (int)(((long)pixels * format.Samples * format.Depth + 7) / 8)];
    private byte[] above = new byte[1 + (int)(((long)pixels * format.Samples * format.Depth + 7) / 8)];

    /// <summary>Bytes of a row, with its filter's number.</summary>
    public int Bytes => now.Length;

    /// <summary>The number of the row's filter.</summary>
    public int Filter => now[0];

    /// <summary>The levels of the row's pixels.</summary>
    public Span<byte> Gray => gray;

    /// <summary>How opaque they are; empty where all are.</summary>
    public ReadOnlySpan<byte> Alpha => alpha;

    /// <summary>Where the next row's bytes go.</summary>
    public Span<byte> Next()
    {
        (now, above) = (above, now);
        return now;
    }

    /// <summary>Undoes the filter; false where it is none of the five.</summary>
    public bool Unfilter()
    {
        Span<byte> row = now.AsSpan(1), up = above.AsSpan(1);
        switch (now[0])
        {
            case 0:
                return true;
            case 1:
                for (var i = step; i < row.Length; i++)
                {
                    row[i] += row[i - step];
                }

                return true;
            case 2:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += up[i];
                }

                return true;
            case 3:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += (byte)(((i < step ? 0 : row[i - step]) + up[i]) / 2);
                }

                return true;
            case 4:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += i < step ? up[i] : Paeth(row[i - step], up[i], up[i - step]);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Turns the row's samples into <see cref="Gray"/> and <see cref="Alpha"/>.</summary>
    public void Unpack()
    {
        ReadOnlySpan<byte> row = now.AsSpan(1);
        for (var x = 0; x < pixels; x++)
        {
            var (level, opacity) = format.Color switch
            {
                0 => (Level(Sample(row, x)), Matches(row, x) ? 0 : 255),
                3 => Entry(Sample(row, x)),
                4 => (Byte(row, 2 * x), Byte(row, 2 * x + 1)),
                2 => (format.Light.From(Byte(row, 3 * x), Byte(row, 3 * x + 1), Byte(row, 3 * x + 2)),
                    Matches(row, x) ? 0 : 255),
                _ => (format.Light.From(Byte(row, 4 * x), Byte(row, 4 * x + 1), Byte(row, 4 * x + 2)),
                    Byte(row, 4 * x + 3)),
            };
            gray[x] = (byte)level;
            if (alpha.Length > 0)
            {
                alpha[x] = (byte)opacity;
            }
        }
    }

    private static byte Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }

    /// <summary>The sample's first eight bits, where it has at least as many.</summary>
    private int Byte(ReadOnlySpan<byte> row, int sample) => row[format.Depth == 16 ? 2 * sample : sample];

    private int Sample(ReadOnlySpan<byte> row, int x) => format.Depth switch
    {
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * x)..]),
        8 => row[x],
        var depth => row[x * depth / 8] >> (8 - depth - x * depth % 8) & ((1 << depth) - 1),
    };

    private int Level(int sample) => format.Depth == 16 ? sample >> 8 : sample * 255 / ((1 << format.Depth) - 1);

    private (int Level, int Opacity) Entry(int index) =>
        (3 * index + 2 < format.Palette.Length
            ? format.Light.From(format.Palette[3 * index], format.Palette[3 * index + 1], format.Palette[3 * index + 2])
            : 0,
        index < format.Transparent.Length ? format.Transparent[index] : 255);

    /// <summary>Whether the pixel has the one colour that is transparent: two bytes a sample.</summary>
    private bool Matches(ReadOnlySpan<byte> row, int x)
    {
        if (format.Transparent.Length < 2 * format.Samples)
        {
            return false;
        }

        for (var s = 0; s < format.Samples; s++)
        {
            if (Sample(row, format.Samples * x + s) != BinaryPrimitives.ReadUInt16BigEndian(
                format.Transparent.AsSpan(2 * s)))
            {
                return false;
            }
        }

        return true;
    }
}
