namespace MnistGpu.Data.Pictures.Ink;

/// <summary>A grey picture while it is made ready: bytes row by row.</summary>
internal sealed class GrayPicture(byte[] pixels, int width, int height)
{
    /// <summary>An empty one: all pixels are 0.</summary>
    public GrayPicture(int width, int height)
        : this(new byte[width * height], width, height)
    {
    }

    /// <summary>The levels, row by row.</summary>
    public byte[] Pixels { get; } = pixels;

    /// <summary>Pixels in a row.</summary>
    public int Width { get; } = width;

    /// <summary>Rows.</summary>
    public int Height { get; } = height;

    /// <summary>The longer side.</summary>
    public int Side => Math.Max(Width, Height);

    /// <summary>The levels of one row.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width, Width);

    /// <summary>
    /// A copy, averaged over squares of whole pixels until no side is longer than <paramref name="side"/>.
    /// </summary>
    public static GrayPicture Shrink(ReadOnlySpan<byte> gray, int width, int height, int side)
    {
        var rows = new RowShrinker(width, height, side);
        var row = new byte[width];
        for (var y = 0; y < height; y++)
        {
            gray.Slice(y * width, width).CopyTo(row);
            rows.Add(row, []);
        }

        return rows.Picture.OnPaper;
    }

    /// <summary>A copy.</summary>
    public GrayPicture Copy() => new([.. Pixels], Width, Height);

    /// <summary>A copy of a part.</summary>
    public GrayPicture Cut(Box box)
    {
        var part = new GrayPicture(box.Width, box.Height);
        for (var y = 0; y < box.Height; y++)
        {
            Row(box.Top + y).Slice(box.Left, box.Width).CopyTo(part.Row(y));
        }

        return part;
    }

    /// <summary>A copy with light and dark exchanged.</summary>
    public GrayPicture Inverted()
    {
        var inverted = Copy();
        for (var i = 0; i < Pixels.Length; i++)
        {
            inverted.Pixels[i] = (byte)(255 - Pixels[i]);
        }

        return inverted;
    }

    /// <summary>A copy with rows and columns exchanged.</summary>
    public GrayPicture Transposed() => Turned(5);

    /// <summary>
    /// A copy turned as a photo's orientation asks (Exif 3.0, 2023): 1 upright, 2 mirrored, 3 upside down,
    /// 4 mirrored upside down, 5 to 8 the same of rows and columns exchanged.
    /// </summary>
    public GrayPicture Turned(int orientation)
    {
        var exchanged = orientation >= 5;
        var turned = exchanged ? new GrayPicture(Height, Width) : new GrayPicture(Width, Height);
        for (var y = 0; y < turned.Height; y++)
        {
            for (var x = 0; x < turned.Width; x++)
            {
                var (column, row) = orientation switch
                {
                    2 => (Width - 1 - x, y),
                    3 => (Width - 1 - x, Height - 1 - y),
                    4 => (x, Height - 1 - y),
                    5 => (y, x),
                    6 => (y, Height - 1 - x),
                    7 => (Width - 1 - y, Height - 1 - x),
                    8 => (Width - 1 - y, x),
                    _ => (x, y),
                };
                turned.Pixels[y * turned.Width + x] = Pixels[row * Width + column];
            }
        }

        return turned;
    }

    /// <summary>A copy in which each pixel is the mean of the 3 × 3 around it.</summary>
    public GrayPicture Smoothed()
    {
        var smooth = new GrayPicture(Width, Height);
        for (var y = 0; y < Height; y++)
        {
            int top = Math.Max(0, y - 1), bottom = Math.Min(Height - 1, y + 1);
            for (var x = 0; x < Width; x++)
            {
                int left = Math.Max(0, x - 1), right = Math.Min(Width - 1, x + 1), sum = 0;
                for (var row = top; row <= bottom; row++)
                {
                    for (var column = left; column <= right; column++)
                    {
                        sum += Pixels[row * Width + column];
                    }
                }

                var count = (bottom - top + 1) * (right - left + 1);
                smooth.Pixels[y * Width + x] = (byte)((sum + count / 2) / count);
            }
        }

        return smooth;
    }

    /// <summary>The least level that this share of the pixels does not exceed.</summary>
    public int Level(double share)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (var level in Pixels)
        {
            counts[level]++;
        }

        return Level(counts, (long)Math.Ceiling(share * Pixels.Length));
    }

    /// <summary>
    /// Makes levels up to <paramref name="from"/> 0 and levels from <paramref name="to"/> on 255, evenly between.
    /// </summary>
    public void Stretch(int from, int to)
    {
        to = Math.Max(to, from + 1);
        for (var i = 0; i < Pixels.Length; i++)
        {
            Pixels[i] = (byte)Math.Clamp(255 * (Pixels[i] - from) / (to - from), 0, 255);
        }
    }

    /// <summary>The smallest level of which <paramref name="counts"/> has <paramref name="rank"/> up to it.</summary>
    public static int Level(ReadOnlySpan<int> counts, long rank)
    {
        long seen = 0;
        for (var level = 0; level < 256; level++)
        {
            seen += counts[level];
            if (seen >= rank)
            {
                return level;
            }
        }

        return 255;
    }
}
