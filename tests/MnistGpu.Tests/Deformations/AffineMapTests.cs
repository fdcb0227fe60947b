using MnistGpu.Deformations;

namespace MnistGpu.Tests.Deformations;

public sealed class AffineMapTests
{
    private const int Draws = 4000;

    [Theory]
    [InlineData(45)]
    [InlineData(15)]
    [InlineData(0.01)]
    public void SineAndCosineAreTheirPolynomialsAway(double degrees)
    {
        for (var i = -50; i <= 50; i++)
        {
            var x = degrees * Math.PI / 180 * i / 50;
            var fixedPoint = (long)Math.Round(x * FixedPoint.One);
            // The polynomial's error, half a unit of x, and a unit for each of up to four roundings.
            Assert.Equal(Math.Sin(x), FixedPoint.Sine(fixedPoint) / (double)FixedPoint.One,
                3.2e-7 + 5.0 / FixedPoint.One);
            Assert.Equal(Math.Cos(x), FixedPoint.Cosine(fixedPoint) / (double)FixedPoint.One,
                3e-8 + 5.0 / FixedPoint.One);
        }
    }

    [Theory]
    [InlineData(7, 2, 2)]
    [InlineData(6, 2, 2)]
    [InlineData(5, 1, 2)]
    [InlineData(-5, 1, -2)]
    [InlineData(-7, 1, -4)]
    [InlineData(-6, 2, -2)]
    [InlineData(8160, 12, 2)]
    [InlineData(2048, 12, 0)]
    public void RoundingIsToTheNearestTiesToEven(int x, int bits, int expected)
    {
        Assert.Equal(expected, FixedPoint.RoundShift(x, bits));
        Assert.Equal(Math.Round(Math.ScaleB(x, -bits)), FixedPoint.RoundShift(x, bits));
    }

    [Fact]
    public void EveryRangeIsFilledAndCentred()
    {
        Check(new() { Shift = 3 }, map => (28 - 1) * 4096 - map.X0, 3 * 8192);
        Check(new() { Shift = 3 }, map => (28 - 1) * 4096 - map.Y0, 3 * 8192);
        Check(new() { Rotation = 30 }, map => Math.Atan2(map.XY, map.XX) * 180 / Math.PI, 30);
        Check(new() { Shear = 30 }, map => Math.Atan2(-map.XY, map.YY) * 180 / Math.PI, 30);
        Check(new() { Scale = 0.25 }, map => 4096.0 / map.XX - 1, 0.25);
        Check(new() { Scale = 0.25 }, map => 4096.0 / map.YY - 1, 0.25);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void OnesAndSevensTurnAndLeanHalfAsFarAndMoveAsFar(int label)
    {
        Check(new() { Rotation = 30 }, map => Math.Atan2(map.XY, map.XX) * 180 / Math.PI, 15, label);
        Check(new() { Shear = 30 }, map => Math.Atan2(-map.XY, map.YY) * 180 / Math.PI, 15, label);
        Check(new() { Shift = 3 }, map => (28 - 1) * 4096 - map.X0, 3 * 8192, label);
        Check(new() { Scale = 0.25 }, map => 4096.0 / map.XX - 1, 0.25, label);
    }

    [Fact]
    public void OtherThingsThanDigitsTurnAndLeanAllAsFar()
    {
        foreach (var label in (int[])[1, 7])
        {
            Check(new() { Rotation = 30, AreDigits = false }, map => Math.Atan2(map.XY, map.XX) * 180 / Math.PI, 30,
                label);
            Check(new() { Shear = 30, AreDigits = false }, map => Math.Atan2(-map.XY, map.YY) * 180 / Math.PI, 30,
                label);
        }
    }

    [Fact]
    public void AnotherSeedEpochOrImageDrawsAnother()
    {
        var ranges = DeformationRanges.From(Bent.Everything);
        AffineMap[] maps =
        [
            AffineMap.Draw(ranges, 1, 2, 3, 4, 28, 28), AffineMap.Draw(ranges, 1UL << 32 | 1, 2, 3, 4, 28, 28),
            AffineMap.Draw(ranges, 2, 2, 3, 4, 28, 28), AffineMap.Draw(ranges, 1, 3, 3, 4, 28, 28),
            AffineMap.Draw(ranges, 1, 2, 4, 4, 28, 28),
        ];
        Assert.Equal(maps.Length, maps.Distinct().Count());
        Assert.Equal(maps[0], AffineMap.Draw(ranges, 1, 2, 3, 5, 28, 28));
    }

    // Uniform in [−range, range]: the ends are nearly reached, never passed but by the matrix's rounding, and the
    // mean and the mean square are those of a uniform variable within five of their deviations.
    private static void Check(Deformation deformation, Func<AffineMap, double> amount, double range, int label = 4)
    {
        var ranges = DeformationRanges.From(deformation);
        var draws = Enumerable.Range(0, Draws).Select(j =>
            amount(AffineMap.Draw(ranges, Bent.Seed, 1, j, label, 28, 28)) / range).ToArray();
        Assert.InRange(draws.Max(), 0.99, 1.003);
        Assert.InRange(draws.Min(), -1.003, -0.99);
        Assert.InRange(draws.Average(), -5 / Math.Sqrt(3 * Draws), 5 / Math.Sqrt(3 * Draws));
        var deviation = Math.Sqrt(4.0 / 45 / Draws);
        Assert.InRange(draws.Average(d => d * d), 1.0 / 3 - 5 * deviation, 1.0 / 3 + 5 * deviation);
    }
}
