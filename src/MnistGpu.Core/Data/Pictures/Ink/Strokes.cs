namespace MnistGpu.Data.Pictures.Ink;

/// <summary>How wide a digit's strokes are, and how thin ones get MNIST's width.</summary>
internal static class Strokes
{
    /// <summary>Pixels along MNIST's box of ink.</summary>
    private const int Box = 20;

    /// <summary>Strokes thinner than this in MNIST's box are widened.</summary>
    public const double Least = 1.7;

    /// <summary>The width that they get: what MNIST's strokes have on average.</summary>
    public const double Usual = 2.4;

    /// <summary>A smaller digit is enlarged before its strokes are widened, so that they are round.</summary>
    private const int LeastSide = 120;

    /// <summary>From this level on a pixel is a stroke's.</summary>
    private const byte Core = 100;

    /// <summary>
    /// The mean width of the strokes in pixels: a long strip of area A and outline P is 2·A/P wide. The outline is the
    /// sum of the gradients' lengths, whatever the edges' softness (the coarea formula: Federer 1959).
    /// </summary>
    public static double Width(GrayPicture ink)
    {
        double area = 0, outline = 0;
        for (var y = -1; y < ink.Height; y++)
        {
            for (var x = -1; x < ink.Width; x++)
            {
                int here = Level(x, y), right = Level(x + 1, y) - here, below = Level(x, y + 1) - here;
                area += here;
                outline += Math.Sqrt(right * right + below * below);
            }
        }

        return outline == 0 ? 0 : 2 * area / outline;

        int Level(int x, int y) => x < 0 || y < 0 || x >= ink.Width || y >= ink.Height ? 0
            : ink.Pixels[y * ink.Width + x];
    }

    /// <summary>The digit with strokes as wide as MNIST's; the digit itself where they are not thin.</summary>
    public static GrayPicture Widened(GrayPicture digit)
    {
        var width = Width(digit);
        if (width <= 0 || width * Box / digit.Side >= Least)
        {
            return digit;
        }

        var zoom = Math.Max(1, (LeastSide + digit.Side - 1) / digit.Side);
        var large = zoom == 1 ? digit : Enlarged(digit, zoom);
        width *= zoom;
        // The digit grows with its strokes: of a side S + W − w, W is to be Usual of 20.
        var wanted = Usual * (large.Side - width) / (Box - Usual);
        return Grown(large, (wanted - width) / 2);
    }

    private static GrayPicture Enlarged(GrayPicture digit, int zoom)
    {
        var large = new GrayPicture(digit.Width * zoom, digit.Height * zoom);
        for (var y = 0; y < large.Height; y++)
        {
            for (var x = 0; x < large.Width; x++)
            {
                large.Pixels[y * large.Width + x] = digit.Pixels[y / zoom * digit.Width + x / zoom];
            }
        }

        return large;
    }

    /// <summary>The strokes grown by a disc whose edge is soft within a pixel.</summary>
    private static GrayPicture Grown(GrayPicture digit, double radius)
    {
        var margin = (int)Math.Ceiling(radius) + 1;
        var grown = new GrayPicture(digit.Width + 2 * margin, digit.Height + 2 * margin);
        var distances = new double[grown.Pixels.Length];
        Array.Fill(distances, double.PositiveInfinity);
        for (var y = 0; y < digit.Height; y++)
        {
            for (var x = 0; x < digit.Width; x++)
            {
                if (digit.Pixels[y * digit.Width + x] >= Core)
                {
                    distances[(y + margin) * grown.Width + x + margin] = 0;
                }
            }
        }

        Distances.Transform(distances, grown.Width, grown.Height);
        for (var i = 0; i < distances.Length; i++)
        {
            // A stroke's edge is half a pixel from the middle of its last pixel.
            grown.Pixels[i] = (byte)Math.Round(255 * Math.Clamp(radius + 1 - Math.Sqrt(distances[i]), 0, 1));
        }

        return grown;
    }
}
