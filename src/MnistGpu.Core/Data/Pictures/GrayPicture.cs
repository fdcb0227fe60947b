namespace MnistGpu.Data.Pictures;

/// <summary>A grey picture while it is made ready: bytes row by row.</summary>
internal sealed class GrayPicture(byte[] pixels, int width, int height)
{
    /// <summary>The levels, row by row.</summary>
    public byte[] Pixels { get; } = pixels;

    /// <summary>Pixels in a row.</summary>
    public int Width { get; } = width;

    /// <summary>Rows.</summary>
    public int Height { get; } = height;

    /// <summary>
    /// A copy, averaged over squares of whole pixels until no side is longer than <paramref name="side"/>.
    /// </summary>
    public static GrayPicture Shrink(ReadOnlySpan<byte> gray, int width, int height, int side)
    {
        var step = (Math.Max(width, height) + side - 1) / side;
        if (step <= 1)
        {
            return new GrayPicture(gray.ToArray(), width, height);
        }

        int w = Math.Max(1, width / step), h = Math.Max(1, height / step);
        // A side shorter than a step is one pixel of what there is.
        int stepX = Math.Min(step, width), stepY = Math.Min(step, height);
        var small = new byte[w * h];
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                long sum = 0;
                for (var row = 0; row < stepY; row++)
                {
                    foreach (var level in gray.Slice((y * stepY + row) * width + x * stepX, stepX))
                    {
                        sum += level;
                    }
                }

                small[y * w + x] = (byte)((sum + stepX * stepY / 2) / (stepX * stepY));
            }
        }

        return new GrayPicture(small, w, h);
    }

    /// <summary>
    /// How far each pixel stands out from the paper, to the side where the most of the picture stands out: 0 is paper.
    /// The paper's level is a plane through the medians of the picture's four edges, so an even shade across it is
    /// taken away.
    /// </summary>
    /// <returns>The ink, and what may still be the paper's noise.</returns>
    public (GrayPicture Ink, int Noise) InkOnPaper()
    {
        double top = Median(0, 1, Width), bottom = Median((Height - 1) * Width, 1, Width);
        double left = Median(0, Width, Height), right = Median(Width - 1, Width, Height);
        var middle = (top + bottom + left + right) / 4;
        double slopeX = Width > 1 ? (right - left) / (Width - 1) : 0,
            slopeY = Height > 1 ? (bottom - top) / (Height - 1) : 0;
        var above = new GrayPicture(new byte[Pixels.Length], Width, Height);
        var below = new GrayPicture(new byte[Pixels.Length], Width, Height);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var paper = middle + slopeX * (x - (Width - 1) / 2.0) + slopeY * (y - (Height - 1) / 2.0);
                var difference = (int)Math.Round(Pixels[y * Width + x] - paper);
                above.Pixels[y * Width + x] = (byte)Math.Clamp(difference, 0, 255);
                below.Pixels[y * Width + x] = (byte)Math.Clamp(-difference, 0, 255);
            }
        }

        int light = above.Level(0.9995), dark = below.Level(0.9995);
        var ink = light >= dark ? above : below;
        var other = light >= dark ? below : above;
        // Noise goes both ways, ink one way only.
        return (ink, 2 * other.Level(0.9));
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

    /// <summary>
    /// Clears every patch of ink that is small compared with the largest: dust, and what shows through at the edge.
    /// </summary>
    public void RemoveSpecks()
    {
        const int LeastShare = 30;
        var patch = new int[Pixels.Length];
        var sizes = new List<int> { 0 };
        var open = new Stack<int>();
        for (var start = 0; start < Pixels.Length; start++)
        {
            if (Pixels[start] == 0 || patch[start] != 0)
            {
                continue;
            }

            var number = sizes.Count;
            var size = 0;
            Visit(start);
            while (open.TryPop(out var at))
            {
                size++;
                int y = at / Width, x = at % Width;
                for (var ny = Math.Max(0, y - 1); ny <= Math.Min(Height - 1, y + 1); ny++)
                {
                    for (var nx = Math.Max(0, x - 1); nx <= Math.Min(Width - 1, x + 1); nx++)
                    {
                        Visit(ny * Width + nx);
                    }
                }
            }

            sizes.Add(size);

            void Visit(int at)
            {
                if (Pixels[at] != 0 && patch[at] == 0)
                {
                    patch[at] = number;
                    open.Push(at);
                }
            }
        }

        var largest = sizes.Max();
        for (var i = 0; i < Pixels.Length; i++)
        {
            if (sizes[patch[i]] * (long)LeastShare < largest)
            {
                Pixels[i] = 0;
            }
        }
    }

    private int Median(int first, int stride, int count)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        for (var i = 0; i < count; i++)
        {
            counts[Pixels[first + i * stride]]++;
        }

        return Level(counts, (count + 1) / 2);
    }

    private static int Level(ReadOnlySpan<int> counts, long rank)
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
