namespace MnistGpu.Data.Pictures.Ink;

/// <summary>
/// Where MNIST puts a digit (yann.lecun.com/exdb/mnist): scaled to fit a box of 20 × 20 with its aspect kept, then the
/// box moved by whole pixels so that the centre of mass comes to the centre of 28 × 28.
/// </summary>
internal static class MnistLayout
{
    private const int Side = Mnist.Side;
    private const int Box = 20;

    /// <summary>
    /// The index of the pixel where MNIST's centres of mass lie, on average over its training images.
    /// </summary>
    private const int Middle = Side / 2;

    /// <summary>MNIST's thinnest strokes are 1.09 pixels wide; those of a pen of one pixel at most 1.</summary>
    private const double LeastStroke = 1.05;

    /// <summary>
    /// Whether ink on black is already laid out so, within a pixel. The box counts from a quarter of full ink, below
    /// which lies the soft edge; or with it, as in the few images of MNIST whose ends are faint.
    /// </summary>
    public static bool IsAlready(GrayPicture ink)
    {
        if (ink.Width != Side || ink.Height != Side || Strokes.Width(ink) < LeastStroke)
        {
            return false;
        }

        var (x, y) = Mass(ink.Pixels);
        return (LongerSide(64) is >= Box - 2 and <= Box || LongerSide(1) == Box) && Math.Abs(x - Middle) < 1
            && Math.Abs(y - Middle) < 1;

        int LongerSide(int least) => Bounds(ink, least) is var (left, top, right, bottom)
            ? Math.Max(right - left, bottom - top) : 0;
    }

    /// <summary>Lays ink out so; null where there is none.</summary>
    public static byte[]? Place(GrayPicture ink)
    {
        if (Bounds(ink, 1) is not var (left, top, right, bottom))
        {
            return null;
        }

        var box = Scale(ink, left, top, right, bottom);
        var (massX, massY) = Mass(box);
        int moveX = (int)Math.Floor(Middle - massX + 0.5), moveY = (int)Math.Floor(Middle - massY + 0.5);
        var image = new byte[Mnist.Pixels];
        for (var y = Math.Max(0, moveY); y < Math.Min(Side, Side + moveY); y++)
        {
            for (var x = Math.Max(0, moveX); x < Math.Min(Side, Side + moveX); x++)
            {
                image[y * Side + x] = box[(y - moveY) * Side + x - moveX];
            }
        }

        return image;
    }

    /// <summary>
    /// The part of the picture within the bounds, averaged over areas into a box of 20 × 20 amid 28 × 28.
    /// </summary>
    private static byte[] Scale(GrayPicture ink, int left, int top, int right, int bottom)
    {
        int width = right - left, height = bottom - top;
        // Source pixels along a side of one of the image's.
        var step = (double)Math.Max(width, height) / Box;
        var startX = left - (Side - width / step) / 2 * step;
        var startY = top - (Side - height / step) / 2 * step;
        var image = new byte[Mnist.Pixels];
        for (var y = 0; y < Side; y++)
        {
            var (y0, y1) = (Math.Max(startY + y * step, top), Math.Min(startY + (y + 1) * step, bottom));
            for (var x = 0; x < Side; x++)
            {
                var (x0, x1) = (Math.Max(startX + x * step, left), Math.Min(startX + (x + 1) * step, right));
                double sum = 0;
                for (var row = (int)y0; row < y1; row++)
                {
                    var shareY = Math.Min(row + 1, y1) - Math.Max(row, y0);
                    for (var column = (int)x0; column < x1; column++)
                    {
                        sum += shareY * (Math.Min(column + 1, x1) - Math.Max(column, x0)) * ink.Pixels[row * ink.Width
                            + column];
                    }
                }

                image[y * Side + x] = (byte)Math.Min(255, sum / (step * step) + 0.5);
            }
        }

        return image;
    }

    private static (double X, double Y) Mass(ReadOnlySpan<byte> image)
    {
        long mass = 0, massX = 0, massY = 0;
        for (var i = 0; i < image.Length; i++)
        {
            mass += image[i];
            massX += image[i] * (i % Side);
            massY += image[i] * (i / Side);
        }

        return mass == 0 ? (Middle, Middle) : ((double)massX / mass, (double)massY / mass);
    }

    private static (int Left, int Top, int Right, int Bottom)? Bounds(GrayPicture ink, int least)
    {
        int left = ink.Width, top = ink.Height, right = 0, bottom = 0;
        for (var y = 0; y < ink.Height; y++)
        {
            for (var x = 0; x < ink.Width; x++)
            {
                if (ink.Pixels[y * ink.Width + x] >= least)
                {
                    (left, right) = (Math.Min(left, x), Math.Max(right, x + 1));
                    (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y + 1));
                }
            }
        }

        return right > left ? (left, top, right, bottom) : null;
    }
}
