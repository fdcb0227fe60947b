using MnistGpu.Data.Synthetic;
using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Deformations;

/// <summary>
/// Whole numbers bend as the textbook does in float64, with real sines, tangents and Gaussians, by the same draws.
/// </summary>
public sealed class TextbookTests
{
    private const int Side = 28;
    private const int N = Side * Side;

    /// <summary>
    /// How far a source may be off, in pixels: four elements of the matrix rounded to 1/4096, 13.5 pixels from the
    /// centre, and the same of the polynomials; the shift and the source rounded to 1/256; the first pass's weights
    /// rounded (28 of them, times 255) and T rounded to 1/2040 of α; the second pass's weights rounded, times T of at
    /// most 2040.
    /// </summary>
    private static double Bound(Deformation d)
    {
        var affine = 2 * 13.5 * (0.5 / 4096 + 1e-6) + 2 * 1.5 * 0.5 / 256 + 0.5 / 256;
        if (d.ElasticAlpha == 0)
        {
            return affine;
        }

        var second = Math.Pow(2, Math.Floor(Math.Log2(16e6 / (256 * d.ElasticAlpha))));
        return affine + 0.5 / 256 + (Side * 0.5 * 255 / 4096 + 0.5) / 2040 * d.ElasticAlpha
            + Side * 0.5 * 2040 / second / 256;
    }

    public static TheoryData<double, double, uint> Elastic => new() { { 0, 6, 0 }, { 36, 6, 1 }, { 34, 4, 2 } };

    [Theory]
    [MemberData(nameof(Elastic))]
    public void ARampShowsEverySourceWithinTheBound(double alpha, double sigma, uint epoch)
    {
        var d = new Deformation
        {
            Shift = 1.5,
            Rotation = 15,
            Scale = 0.15,
            Shear = 15,
            ElasticAlpha = alpha,
            ElasticSigma = sigma
        };
        const int slope = 9;
        using var deformer = new ImageDeformer(d, Bent.Seed, N);
        var bent = new byte[N];
        var inside = 0;
        foreach (var alongX in (bool[])[true, false])
        {
            var ramp = Enumerable.Range(0, N).Select(i => (byte)(slope * (alongX ? i % Side : i / Side))).ToArray();
            for (var image = 0; image < 30; image++)
            {
                deformer.Deform(ramp, image, (byte)(image % 10), epoch, bent);
                var source = Sources(d, image, image % 10, epoch);
                for (var i = 0; i < N; i++)
                {
                    var (x, y) = source(i);
                    if (Math.Min(x, y) < 0.5 || Math.Max(x, y) > Side - 1.5)
                    {
                        continue;
                    }

                    inside++;
                    Assert.Equal(slope * (alongX ? x : y), bent[i], 0.5 + slope * Bound(d));
                }
            }
        }

        Assert.True(inside > 60 * N / 2, $"only {inside} pixels had their source inside");
    }

    [Fact]
    public void DigitsDifferByAGreyLevelOrTwo()
    {
        var digits = SyntheticDigits.Draw(200, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);
        var bent = BentBySimd.All(VectorWidths.Widest, Bent.Everything, digits.X.ToArray(),
            digits.Labels.ToArray(),
            4);
        int close = 0, inked = 0;
        for (var j = 0; j < digits.Count; j++)
        {
            var source = Sources(Bent.Everything, j, digits.Labels.Span[j], 4);
            for (var i = 0; i < N; i++)
            {
                var (x, y) = source(i);
                var expected = Interpolate(digits.Image(j), x, y);
                if (expected > 0)
                {
                    inked++;
                    close += Math.Abs(expected - bent[j * N + i]) <= 2 ? 1 : 0;
                }
            }
        }

        Assert.True(close > 0.95 * inked, $"{close} of {inked} pixels with ink are within two grey levels");
    }

    /// <summary>
    /// α times the field's deviation, 1/√3, times Σg² of a Gaussian, 1/(2σ√π): the strength of the
    /// displacement far from the edges.
    /// </summary>
    [Theory]
    [InlineData(36, 6)]
    [InlineData(34, 4)]
    [InlineData(10, 3)]
    public void TheDisplacementIsAsStrongAsItsAlphaAndSigmaSay(double alpha, double sigma)
    {
        const int side = 49, m = 500;
        var ramp = Enumerable.Range(0, side * side).Select(i => (byte)(5 * (i % side))).ToArray();
        var X = Enumerable.Repeat(ramp, m).SelectMany(r => r).ToArray();
        var bent = BentBySimd.All(
            VectorWidths.Widest, new Deformation { ElasticAlpha = alpha, ElasticSigma = sigma },
            X, new byte[m]);
        var centre = side / 2 * (side + 1);
        var moved = Enumerable.Range(0, m).Select(j => (bent[j * side * side + centre] - ramp[centre]) / 5.0).ToArray();
        var strength = alpha / Math.Sqrt(3) / (2 * sigma * Math.Sqrt(Math.PI));
        Assert.InRange(Math.Sqrt(moved.Average(d => d * d)), strength * (1 - 5 / Math.Sqrt(2 * m)),
            strength * (1 + 5 / Math.Sqrt(2 * m)));
        Assert.InRange(moved.Average(), -5 * strength / Math.Sqrt(m), 5 * strength / Math.Sqrt(m));
    }

    // Where each pixel of a bent image comes from.
    private static Func<int, (double X, double Y)> Sources(Deformation d, int image, int label, uint epoch)
    {
        var w = Philox.Words(Bent.Seed, Philox.Purpose.Deformation, epoch, (uint)image, 0);
        var half = label is 1 or 7 ? 0.5 : 1;
        double Draw(double range, uint bits) => range * (2.0 * bits - 65535) / 65536;
        double tx = Draw(d.Shift, w.X0 & 0xFFFF), ty = Draw(d.Shift, w.X0 >> 16);
        double theta = Draw(half * d.Rotation * Math.PI / 180, w.X1 & 0xFFFF),
            phi = Draw(half * d.Shear * Math.PI / 180, w.X1 >> 16);
        double sx = 1 + Draw(d.Scale, w.X2 & 0xFFFF), sy = 1 + Draw(d.Scale, w.X2 >> 16);
        var (dx, dy) = (Displacement(d, image, epoch, 0), Displacement(d, image, epoch, 1));
        const double centre = (Side - 1) / 2.0;
        return i =>
        {
            // p′ = R·K·S·p + t, undone from the left.
            double x = i % Side - centre - tx, y = i / Side - centre - ty;
            (x, y) = (Math.Cos(theta) * x + Math.Sin(theta) * y, -Math.Sin(theta) * x + Math.Cos(theta) * y);
            x -= Math.Tan(phi) * y;
            return (x / sx + centre + dx[i], y / sy + centre + dy[i]);
        };
    }

    private static double[] Displacement(Deformation d, int image, uint epoch, int field)
    {
        var D = new double[N];
        if (d.ElasticAlpha == 0)
        {
            return D;
        }

        var R = new double[N];
        for (var i = 0; i < N; i++)
        {
            var place = field * N + i;
            var (x0, x1, x2, x3) =
                Philox.Words(Bent.Seed, Philox.Purpose.Deformation, epoch, (uint)image, 1 + (uint)place / 16);
            var word = (place % 16 / 4) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
            R[i] = (2.0 * (word >> 8 * (place % 4) & 255) - 255) / 255;
        }

        double G(int distance) => Math.Exp(-distance * distance / (2 * d.ElasticSigma * d.ElasticSigma)) / (
            d.ElasticSigma * Math.Sqrt(2 * Math.PI));
        var T = new double[N];
        for (var i = 0; i < N; i++)
        {
            T[i] = Enumerable.Range(0, Side).Sum(k => G(i / Side - k) * R[k * Side + i % Side]);
        }

        for (var i = 0; i < N; i++)
        {
            D[i] = d.ElasticAlpha * Enumerable.Range(0, Side).Sum(k => G(i % Side - k) * T[i / Side * Side + k]);
        }

        return D;
    }

    private static double Interpolate(ReadOnlySpan<byte> X, double x, double y)
    {
        int left = (int)Math.Floor(x), top = (int)Math.Floor(y);
        var sum = 0.0;
        for (var v = top; v <= top + 1; v++)
        {
            for (var u = left; u <= left + 1; u++)
            {
                if (u is >= 0 and < Side && v is >= 0 and < Side)
                {
                    sum += (1 - Math.Abs(x - u)) * (1 - Math.Abs(y - v)) * X[v * Side + u];
                }
            }
        }

        return sum;
    }
}
