namespace MnistGpu.Data.Pictures.Ink;

/// <summary>Tells ink from paper, whatever the light was.</summary>
internal static class Paper
{
    /// <summary>Smaller pictures have strokes so thin that a mean over 3 × 3 would blur them.</summary>
    private const int LeastToSmooth = 100;

    /// <summary>The side to which a picture is shrunk to see what stands out from the median.</summary>
    private const int Overview = 64;

    /// <summary>An edge in the paper counts as much as ink of so many pixels.</summary>
    private const int EdgeWeight = 8;

    /// <summary>One way round is right if the other takes so many times more ink and edges.</summary>
    private const double ClearlyMore = 1.6;

    /// <summary>Edges of less than this share of the ink are no shadow's.</summary>
    private const double FewEdges = 0.3;

    /// <summary>A picture whose levels differ by less is blank.</summary>
    public const int LeastContrast = 24;

    /// <summary>Ink that stands out by less may be no ink.</summary>
    private const int Faint = 60;

    /// <summary>Ink stands out from the paper's grain by this many standard deviations.</summary>
    private const double LeastSignal = 8;

    /// <summary>
    /// Squares that may be wider than the strokes, as shares of a side; the last is wider than any.
    /// </summary>
    private static readonly double[] Squares = [0.09, 0.13, 0.19, 0.28, 0.4];

    /// <summary>A square is wide enough if the next one finds no more than this many times its ink.</summary>
    private const double NoMoreInk = 1.12;

    /// <summary>Squares are compared on a picture shrunk to this side.</summary>
    private const int Comparison = 160;

    /// <summary>
    /// Whether the paper is darker than the ink. There is little ink, and paper is smooth when the ink is taken away;
    /// taken the wrong way round, strokes stay in it. A picture cut to a digit may leave that open: then paper is what
    /// there is more of along the border. A shadow may, too: then strokes stand out from the median around them.
    /// </summary>
    public static bool IsDark(GrayPicture picture)
    {
        var small = GrayPicture.Shrink(picture.Pixels, picture.Width, picture.Height, Comparison);
        var (lightMass, lightEdges) = Weigh(small);
        var (darkMass, darkEdges) = Weigh(small.Inverted());
        long light = lightMass + lightEdges, dark = darkMass + darkEdges;
        return Math.Max(light, dark) > ClearlyMore * Math.Min(light, dark) ? light < dark
            : Math.Max(lightEdges, darkEdges) < FewEdges * Math.Min(lightMass, darkMass) ? BorderIsDark(small)
            : StandsOutLight(GrayPicture.Shrink(picture.Pixels, picture.Width, picture.Height, Overview));
    }

    /// <summary>How much is taken away as light ink, and how uneven the rest is.</summary>
    private static (long Mass, long Edges) Weigh(GrayPicture picture)
    {
        var paper = Find(picture, Squares[^1]);
        var ink = new GrayPicture(picture.Width, picture.Height);
        long edges = 0;
        for (var y = 0; y < paper.Height; y++)
        {
            for (var x = 0; x < paper.Width; x++)
            {
                int at = y * paper.Width + x, here = paper.Pixels[at];
                var above = picture.Pixels[at] - here;
                ink.Pixels[at] = (byte)(above < LeastContrast ? 0 : above);
                edges += x + 1 < paper.Width ? Math.Abs(paper.Pixels[at + 1] - here) : 0;
                edges += y + 1 < paper.Height ? Math.Abs(paper.Pixels[at + paper.Width] - here) : 0;
            }
        }

        // A desk around the sheet is as dark as ink, and no ink.
        ScanEdges.Clear(ink);
        return (ink.Pixels.Sum(level => (long)level), EdgeWeight * edges);
    }

    private static bool BorderIsDark(GrayPicture picture)
    {
        int light = 0, all = 0, middle = (picture.Level(0.02) + picture.Level(0.98)) / 2;
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            int x = i % picture.Width, y = i / picture.Width;
            if (x == 0 || y == 0 || x == picture.Width - 1 || y == picture.Height - 1)
            {
                all++;
                light += picture.Pixels[i] > middle ? 1 : 0;
            }
        }

        return 2 * light <= all;
    }

    private static bool StandsOutLight(GrayPicture small)
    {
        var radius = Math.Max(1, small.Side / 4);
        Span<int> counts = stackalloc int[256];
        long balance = 0;
        for (var y = 0; y < small.Height; y++)
        {
            int top = Math.Max(0, y - radius), bottom = Math.Min(small.Height - 1, y + radius);
            counts.Clear();
            var count = 0;
            for (var x = -radius; x < small.Width; x++)
            {
                Count(counts, x + radius, 1);
                Count(counts, x - radius - 1, -1);
                if (x >= 0)
                {
                    var difference = small.Pixels[y * small.Width + x] - GrayPicture.Level(counts, (count + 1) / 2);
                    balance += difference * Math.Abs(difference);
                }
            }

            void Count(Span<int> counts, int x, int by)
            {
                if (x < 0 || x >= small.Width)
                {
                    return;
                }

                for (var row = top; row <= bottom; row++)
                {
                    counts[small.Pixels[row * small.Width + x]] += by;
                    count += by;
                }
            }
        }

        return balance >= 0;
    }

    /// <summary>
    /// The ink, from 0 for paper to 255 for what is clearly ink, as MNIST's black and white originals were: paper is
    /// never quite even, so what is faint is taken for paper.
    /// </summary>
    /// <returns>The ink, null where there is none; and whether the paper's grain hides it.</returns>
    public static (GrayPicture? Ink, bool IsNoise) Find(GrayPicture picture, bool dark)
    {
        var (ink, noise) = Remove(picture, dark);
        noise = Math.Min(picture.Width, picture.Height) < Mnist.Side ? 0 : noise;
        var peak = ink.Level(0.9995);
        if (peak < LeastContrast || peak <= LeastSignal * noise || (peak < Faint && IsVague(ink, peak)))
        {
            return (null, peak >= LeastContrast);
        }

        ink.Stretch((int)Math.Max(3 * noise, peak / 4.0), peak * 3 / 4);
        return (ink, false);
    }

    /// <summary>
    /// Whether few of the pixels that stand out stand out clearly, as where light falls off towards a corner.
    /// </summary>
    private static bool IsVague(GrayPicture ink, int peak) =>
        ink.Pixels.Count(level => level > peak / 4) > 8 * ink.Pixels.Count(level => level > peak * 3 / 4);

    /// <summary>
    /// How far each pixel stands out from the paper around it: 0 is paper. The paper's level is what is left when
    /// everything narrower than a wide square is taken away (a morphological opening: Serra 1982, "Image Analysis and
    /// Mathematical Morphology", chapter II), so shadows go, and strokes stay.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="dark">Whether the paper is darker than the ink.</param>
    /// <returns>The ink, and the standard deviation of what the paper's grain leaves in it.</returns>
    private static (GrayPicture Ink, double Noise) Remove(GrayPicture picture, bool dark)
    {
        var light = dark ? picture : picture.Inverted();
        var grain = Grain(light);
        if (Math.Min(light.Width, light.Height) >= LeastToSmooth)
        {
            (light, grain) = (light.Smoothed(), grain / 3);
        }

        var ink = Remove(light, dark, WideEnough(light, dark));
        // Most of a picture is paper; of one cut to the digit, some.
        var ground = ink.Level(0.25);
        for (var i = 0; i < ink.Pixels.Length; i++)
        {
            ink.Pixels[i] = (byte)Math.Max(0, ink.Pixels[i] - ground);
        }

        // The grain in the ink's own unit.
        return (ink, dark ? grain : grain * 255 / Math.Max(64, 255 - light.Level(0.5)));
    }

    /// <summary>The least square that takes the strokes for no paper: so that most shadows are.</summary>
    private static double WideEnough(GrayPicture light, bool dark)
    {
        var small = GrayPicture.Shrink(light.Pixels, light.Width, light.Height, Comparison);
        var inks = Squares.Select(share => Remove(small, dark, share)).ToArray();
        var floor = Math.Max(8, inks[^1].Level(0.9995) / 4);
        var sums = inks.Select(ink => ink.Pixels.Sum(level => level > floor ? (long)level : 0)).ToArray();
        for (var i = 0; i + 1 < sums.Length; i++)
        {
            if (sums[i] > 0 && sums[i + 1] <= NoMoreInk * sums[i])
            {
                return Squares[i + 1];
            }
        }

        return Squares[^1];
    }

    private static GrayPicture Remove(GrayPicture light, bool dark, double share)
    {
        var paper = Find(light, share);
        var ink = new GrayPicture(light.Width, light.Height);
        for (var i = 0; i < ink.Pixels.Length; i++)
        {
            // Paper reflects a share of the light that falls on it, so in a shadow ink differs less from it.
            int difference = light.Pixels[i] - paper.Pixels[i], lit = Math.Max(64, 255 - paper.Pixels[i]);
            ink.Pixels[i] = (byte)(dark ? difference : Math.Min(255, 255 * difference / lit));
        }

        return ink;
    }

    /// <summary>The paper under light ink: what is left without all that is narrower than a square.</summary>
    private static GrayPicture Find(GrayPicture light, double share)
    {
        // A picture cut to a digit may be hardly wider than a stroke.
        var side = Math.Min(light.Side, 2.25 * Math.Min(light.Width, light.Height));
        return Extremes.Opened(light, Math.Max(5, (int)(share * side)));
    }

    /// <summary>
    /// The same for paper whose level is a plane through the medians of the picture's four edges, with the ink on the
    /// side to which the most of the picture stands out. MNIST's own images are found so, to the last bit.
    /// </summary>
    /// <returns>The ink, and what may still be the paper's noise.</returns>
    public static (GrayPicture Ink, int Noise) RemovePlane(GrayPicture picture)
    {
        int width = picture.Width, height = picture.Height;
        double top = Median(picture, 0, 1, width), bottom = Median(picture, (height - 1) * width, 1, width);
        double left = Median(picture, 0, width, height), right = Median(picture, width - 1, width, height);
        var middle = (top + bottom + left + right) / 4;
        double slopeX = width > 1 ? (right - left) / (width - 1) : 0,
            slopeY = height > 1 ? (bottom - top) / (height - 1) : 0;
        GrayPicture above = new(width, height), below = new(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var paper = middle + slopeX * (x - (width - 1) / 2.0) + slopeY * (y - (height - 1) / 2.0);
                var difference = (int)Math.Round(picture.Pixels[y * width + x] - paper);
                above.Pixels[y * width + x] = (byte)Math.Clamp(difference, 0, 255);
                below.Pixels[y * width + x] = (byte)Math.Clamp(-difference, 0, 255);
            }
        }

        int light = above.Level(0.9995), dark = below.Level(0.9995);
        var ink = light >= dark ? above : below;
        var other = light >= dark ? below : above;
        // Noise goes both ways, ink one way only.
        return (ink, 2 * other.Level(0.9));
    }

    /// <summary>
    /// The standard deviation of the paper's grain, from the quarter of the pixels that differ least from the mean
    /// around them: strokes and their edges are among the others.
    /// </summary>
    private static double Grain(GrayPicture picture)
    {
        var smooth = picture.Smoothed();
        for (var i = 0; i < smooth.Pixels.Length; i++)
        {
            smooth.Pixels[i] = (byte)Math.Abs(picture.Pixels[i] - smooth.Pixels[i]);
        }

        // A quarter of normal numbers is within 0.3186 deviations.
        return smooth.Level(0.25) / 0.3186;
    }

    private static int Median(GrayPicture picture, int first, int stride, int count)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        for (var i = 0; i < count; i++)
        {
            counts[picture.Pixels[first + i * stride]]++;
        }

        return GrayPicture.Level(counts, (count + 1) / 2);
    }
}
