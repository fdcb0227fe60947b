namespace MnistGpu.Data.Pictures.Ink;

/// <summary>
/// Takes a picture row by row and averages it over squares of whole pixels, so that a large picture never lies in
/// memory as a whole.
/// </summary>
/// <param name="width">Pixels in a row.</param>
/// <param name="height">Rows.</param>
/// <param name="side">No side of the result is longer.</param>
internal sealed class RowShrinker(int width, int height, int side)
{
    private readonly Averages grays = new(width, height, side);
    private Averages? alphas;
    private int row;

    /// <summary>The picture laid on white paper, and what is opaque in it; null where all of it is.</summary>
    public (GrayPicture OnPaper, GrayPicture? Opacity) Picture => (grays.Picture, alphas?.Picture);

    /// <summary>Adds the next row.</summary>
    /// <param name="gray">The levels; they are laid on white where they are not opaque.</param>
    /// <param name="alpha">How opaque each is; empty where all are.</param>
    public void Add(Span<byte> gray, ReadOnlySpan<byte> alpha)
    {
        if (!alpha.IsEmpty && alpha.IndexOfAnyExcept((byte)255) >= 0)
        {
            for (var x = 0; x < gray.Length; x++)
            {
                gray[x] = (byte)((gray[x] * alpha[x] + 255 * (255 - alpha[x]) + 127) / 255);
            }

            // All rows before it were opaque.
            alphas ??= new Averages(width, height, side, rowsOf255: row);
        }

        grays.Add(gray);
        alphas?.Add(alpha.IsEmpty ? Enumerable.Repeat((byte)255, width).ToArray() : alpha);
        row++;
    }

    private sealed class Averages
    {
        private readonly int step;
        private readonly int stepX;
        private readonly int stepY;
        private readonly int[] sums;
        private readonly GrayPicture small;
        private int row;

        public Averages(int width, int height, int side, int rowsOf255 = 0)
        {
            step = Math.Max(1, (Math.Max(width, height) + side - 1) / side);
            // A side shorter than a step is one pixel of what there is.
            (stepX, stepY) = (Math.Min(step, width), Math.Min(step, height));
            int w = Math.Max(1, width / step), h = Math.Max(1, height / step);
            small = new GrayPicture(new byte[w * h], w, h);
            sums = new int[w];
            if (rowsOf255 > 0)
            {
                var opaque = new byte[width];
                opaque.AsSpan().Fill(255);
                for (var y = 0; y < rowsOf255; y++)
                {
                    Add(opaque);
                }
            }
        }

        public GrayPicture Picture => small;

        public void Add(ReadOnlySpan<byte> levels)
        {
            var y = row++ / step;
            if (y >= small.Height)
            {
                return; // Less than a square is left.
            }

            if (step == 1)
            {
                levels.CopyTo(small.Pixels.AsSpan(y * small.Width));
                return;
            }

            for (int x = 0, at = 0; x < sums.Length; x++, at += stepX)
            {
                foreach (var level in levels.Slice(at, stepX))
                {
                    sums[x] += level;
                }
            }

            if ((row - y * step) == stepY)
            {
                for (var x = 0; x < sums.Length; x++)
                {
                    small.Pixels[y * small.Width + x] = (byte)((sums[x] + stepX * stepY / 2) / (stepX * stepY));
                }

                Array.Clear(sums);
            }
        }
    }
}
