namespace MnistGpu.Reference;

/// <summary>
/// The oracle of deformations: float64, in plain loops. All values are whole numbers below 2⁵³, so that the bytes are
/// the equations' own and every engine must give the same ones.
/// </summary>
internal sealed class ReferenceDeformer
{
    private const double One = 1 << 24;

    private readonly Deformation deformation;
    private readonly ulong seed;
    private readonly int width;
    private readonly int height;
    private readonly double[] first;
    private readonly double[] second;
    private readonly double secondUnit = 1;

    /// <summary>Deforms images of width × height pixels, by the draws under a seed.</summary>
    public ReferenceDeformer(Deformation deformation, ulong seed, int width, int height)
    {
        (this.deformation, this.seed, this.width, this.height) = (deformation, seed, width, height);
        first = second = [];
        if (deformation.ElasticAlpha == 0)
        {
            return;
        }

        // The largest power of two, at most 2²⁰, for which no sum of the second pass exceeds 16,000,000.
        while (secondUnit < 1 << 20 && 256 * deformation.ElasticAlpha * 2 * secondUnit <= 16e6)
        {
            secondUnit *= 2;
        }

        var all = 1.0;
        for (var d = 1; d <= 10 * deformation.ElasticSigma; d++)
        {
            all += 2 * Gaussian(d);
        }

        // T is in 1/8 of a unit of R, hence in 1/2040 of the field drawn from −1 to 1.
        var largest = deformation.ElasticAlpha * 256 / 2040 * secondUnit;
        first = [.. Enumerable.Range(0, height).Select(d => Math.Round(32768 * Gaussian(d) / all))];
        second = [.. Enumerable.Range(0, width).Select(d => Math.Round(largest * Gaussian(d) / all))];
    }

    /// <summary>Writes an image, deformed as in this epoch, to <paramref name="result"/>.</summary>
    /// <param name="X">[width · height] pixels.</param>
    /// <param name="image">Its index in the attached set.</param>
    /// <param name="label">Its class.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="result">[width · height] pixels.</param>
    public void Deform(ReadOnlySpan<byte> X, int image, int label, uint epoch, Span<byte> result)
    {
        var (matrix, offset) = Affine(image, label, epoch);
        var (dx, dy) = first.Length == 0 ? (null, null)
            : (Displacement(image, epoch, 0), Displacement(image, epoch, 1));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                double fromCentreX = 2 * x - (width - 1), fromCentreY = 2 * y - (height - 1);
                var sourceX = Math.Round((matrix[0] * fromCentreX + matrix[1] * fromCentreY + offset[0]) / 32)
                    + (dx?[y * width + x] ?? 0);
                var sourceY = Math.Round((matrix[2] * fromCentreX + matrix[3] * fromCentreY + offset[1]) / 32)
                    + (dy?[y * width + x] ?? 0);
                result[y * width + x] = (byte)Math.Round(Interpolate(X, sourceX / 256, sourceY / 256));
            }
        }
    }

    /// <summary>
    /// The inverse of scaling, shear, rotation and shift, in that order, about the centre: matrix in 1/4096, offset in
    /// 1/8192 pixel.
    /// </summary>
    private (double[] Matrix, double[] Offset) Affine(int image, int label, uint epoch)
    {
        var words = Philox.Words(seed, Philox.Purpose.Deformation, epoch, (uint)image, 0);
        var lessTurn = deformation.AreDigits && label is 1 or 7 ? 2 : 1;
        double tx = Draw(Math.Round(256 * deformation.Shift), words.X0 % 65536),
            ty = Draw(Math.Round(256 * deformation.Shift), words.X0 / 65536);
        var theta = Draw(Math.Floor(Radians(deformation.Rotation) / lessTurn), words.X1 % 65536);
        var phi = Draw(Math.Floor(Radians(deformation.Shear) / lessTurn), words.X1 / 65536);
        double widths = Math.Round(deformation.Scale * One), sx = One + Draw(widths, words.X2 % 65536),
            sy = One + Draw(widths, words.X2 / 65536);

        double cos = Cosine(theta), sin = Sine(theta);
        var tan = Nearest(Sine(phi) * One / Cosine(phi));
        double[] matrix =
        [
            Nearest((cos + Product(tan, sin)) * 4096 / sx), Nearest((sin - Product(tan, cos)) * 4096 / sx),
            Nearest(-sin * 4096 / sy), Nearest(cos * 4096 / sy),
        ];
        return (matrix, [4096.0 * (width - 1) - Math.Floor((matrix[0] * tx + matrix[1] * ty) / 128),
            4096.0 * (height - 1) - Math.Floor((matrix[2] * tx + matrix[3] * ty) / 128)]);

        static double Radians(double degrees) => Math.Round(degrees * Math.PI / 180 * One);
    }

    /// <summary>D = α·G·R·Gᵀ in 1/256 pixel, for one of the two fields.</summary>
    private double[] Displacement(int image, uint epoch, int field)
    {
        var R = new double[width * height];
        for (var i = 0; i < R.Length; i++)
        {
            var place = (uint)(field * R.Length + i);
            var (x0, x1, x2, x3) = Philox.Words(seed, Philox.Purpose.Deformation, epoch, (uint)image, 1 + place / 16);
            uint[] words = [x0, x1, x2, x3];
            R[i] = 2.0 * (words[place % 16 / 4] / (1u << (int)(8 * (place % 4))) % 256) - 255;
        }

        double[] T = new double[R.Length], D = new double[R.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var k = 0; k < height; k++)
                {
                    T[y * width + x] += first[Math.Abs(y - k)] * R[k * width + x];
                }

                T[y * width + x] = Math.Round(T[y * width + x] / 4096);
            }
        }

        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var k = 0; k < width; k++)
                {
                    D[y * width + x] += second[Math.Abs(x - k)] * T[y * width + k];
                }

                D[y * width + x] = Math.Round(D[y * width + x] / secondUnit);
            }
        }

        return D;
    }

    /// <summary>The image at (x, y), linear between its four neighbours, 0 outside.</summary>
    private double Interpolate(ReadOnlySpan<byte> X, double x, double y)
    {
        double left = Math.Floor(x), top = Math.Floor(y), fx = x - left, fy = y - top;
        return (1 - fy) * ((1 - fx) * Pixel(X, left, top) + fx * Pixel(X, left + 1, top))
            + fy * ((1 - fx) * Pixel(X, left, top + 1) + fx * Pixel(X, left + 1, top + 1));
    }

    private double Pixel(ReadOnlySpan<byte> X, double x, double y) =>
        x >= 0 && x < width && y >= 0 && y < height ? X[(int)y * width + (int)x] : 0;

    private double Gaussian(int d) => Math.Exp(-d * d / (2 * deformation.ElasticSigma * deformation.ElasticSigma));

    private static double Draw(double range, uint bits) => Math.Floor((range * (2.0 * bits - 65535) + 32768) / 65536);

    // The rest is arithmetic on multiples of 2⁻²⁴: products rounded down, quotients to the nearest.
    private static double Product(double x, double y) => Math.Floor(x * y / One);

    private static double Nearest(double x) => Math.Round(x, MidpointRounding.AwayFromZero);

    private static double Sine(double x)
    {
        var s = Product(x, x);
        return Product(x, One
            - Product(Math.Floor(s / 6), One - Product(Math.Floor(s / 20), One - Math.Floor(s / 42))));
    }

    private static double Cosine(double x)
    {
        var s = Product(x, x);
        return One - Product(Math.Floor(s / 2),
            One - Product(Math.Floor(s / 12), One - Product(Math.Floor(s / 30), One - Math.Floor(s / 56))));
    }
}
