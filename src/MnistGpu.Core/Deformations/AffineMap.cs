namespace MnistGpu.Deformations;

/// <summary>
/// Where a pixel of a deformed image comes from, before the elastic part: with X = 2x − (width − 1), Y = 2y − (height −
/// 1) counted from the image's centre in half pixels, its source is (XX·X + XY·Y + X0, YX·X + YY·Y + Y0) in 1/8192
/// pixel.
/// </summary>
/// <param name="XX">Of the matrix, in 1/4096.</param>
/// <param name="XY">Of the matrix, in 1/4096.</param>
/// <param name="YX">Of the matrix, in 1/4096.</param>
/// <param name="YY">Of the matrix, in 1/4096.</param>
/// <param name="X0">Of the translation, in 1/8192 pixel.</param>
/// <param name="Y0">Of the translation, in 1/8192 pixel.</param>
/// <remarks>
/// A point p of the image goes to R·K·S·p + t about the centre: scaled by S = diag(sx, sy), sheared by K = (1 tan φ; 0
/// 1), turned by R = (cos θ −sin θ; sin θ cos θ), shifted by t. Sampling needs the inverse, S⁻¹·K⁻¹·R⁻¹·(p − t). For
/// sides up to <see cref="Deformation.MaxSide"/> every term is below 2²⁴: a row of the matrix sums to at most 4 in
/// size.
/// </remarks>
internal readonly record struct AffineMap(int XX, int XY, int YX, int YY, int X0, int Y0)
{
    /// <summary>The counter's last word of the affine part; the elastic fields' begin at 1.</summary>
    public const uint Counter = 0;

    /// <summary>Draws the map of one image; the same on every device.</summary>
    /// <param name="ranges">How far each amount may go.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="image">The image's index in the attached set.</param>
    /// <param name="label">Its class: ones and sevens turn and lean half as far.</param>
    /// <param name="width">Pixels side by side.</param>
    /// <param name="height">Pixels one above the other.</param>
    public static AffineMap Draw(DeformationRanges ranges, ulong seed, uint epoch, int image, int label, int width,
        int height)
    {
        var (x0, x1, x2, _) = Philox.Words(seed, Philox.Purpose.Deformation, epoch, (uint)image, Counter);
        var halves = label == 1 || label == 7 ? ranges.Upright : 1;
        long tx = Amount(ranges.Shift, x0 & 0xFFFF), ty = Amount(ranges.Shift, x0 >> 16);
        long theta = Amount(ranges.Rotation / halves, x1 & 0xFFFF), phi = Amount(ranges.Shear / halves, x1 >> 16);
        long sx = FixedPoint.One + Amount(ranges.Scale, x2 & 0xFFFF),
            sy = FixedPoint.One + Amount(ranges.Scale, x2 >> 16);
        long cos = FixedPoint.Cosine(theta), sin = FixedPoint.Sine(theta);
        var tan = FixedPoint.Divide(FixedPoint.Sine(phi) << 24, FixedPoint.Cosine(phi));

        var xx = FixedPoint.Divide((cos + FixedPoint.Multiply(tan, sin)) << 12, sx);
        var xy = FixedPoint.Divide((sin - FixedPoint.Multiply(tan, cos)) << 12, sx);
        var yx = FixedPoint.Divide(-sin << 12, sy);
        var yy = FixedPoint.Divide(cos << 12, sy);
        return new AffineMap((int)xx, (int)xy, (int)yx, (int)yy,
            (int)(4096L * (width - 1) - ((xx * tx + xy * ty) >> 7)),
            (int)(4096L * (height - 1) - ((yx * tx + yy * ty) >> 7)));
    }

    // Uniform from −range to range: 65,536 steps, none of them 0 and each with its opposite.
    private static long Amount(int range, uint bits) => ((long)range * (2 * (int)bits - 65535) + 32768) >> 16;
}
