using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Proof;

namespace MnistGpu.Tests.Proof;

/// <summary>
/// Products of rounded operands, summed in float32 on the host, against products in double: never beyond the derived
/// share, often near it.
/// </summary>
public sealed class ProductRoundingTests
{
    public static TheoryData<object, int> Depths
    {
        get
        {
            var data = new TheoryData<object, int>();
            foreach (var math in (ProductMath[])[ProductMath.Tf32, ProductMath.Bf16])
            {
                foreach (var depth in (int[])[1, 2, 7, 8, 9, 15, 17, 63, 65, 784, 1024])
                {
                    data.Add(math, depth);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public void ARoundedProductIsWithinItsShareAndBeyondThatOfFloat32(object named, int depth)
    {
        var math = (ProductMath)named;
        var rounding = ProductChoice.RoundingOf(math);
        var random = new Random(depth);
        double worst = 0, worstOfPixels = 0, worstOfFloat32 = 0;
        for (var n = 0; n < 200; n++)
        {
            // Every second product is of numbers just below a tie, all of one sign, so that their roundings add up.
            var isHard = n % 2 == 0;
            float[] a = [.. Enumerable.Range(0, depth).Select(_ => isHard ? Hard(rounding, random) : Any(random))],
                b = [.. a.Select(_ => isHard ? Hard(rounding, random) : Any(random))];
            float[] pixels = [.. a.Select(_ => (float)random.Next(isHard ? 1 : 0, 256))];
            worst = Math.Max(worst, Share(math, a, b) / rounding.Share(depth));
            worstOfPixels = Math.Max(worstOfPixels, Share(math, a, pixels) / rounding.Share(depth, rounded: 1));
            worstOfFloat32 = Math.Max(worstOfFloat32, Share(math, a, b) / ProductRounding.None.Share(depth));
        }

        // The sum's own share is for tensor cores, and the host's sum takes little of it: the deeper, the less is
        // reached.
        Assert.InRange(worst, 0.65, 1);
        Assert.InRange(worstOfPixels, 0.5, 1);
        Assert.True(worstOfFloat32 > 1,
            $"a rounded product stayed within {worstOfFloat32:0.00} of what float32 explains");
    }

    [Fact]
    public void WithoutRoundingTheShareIsThatOfFloat32()
    {
        Assert.Equal(RoundingBounds.Gamma(787), ProductRounding.None.Share(784, others: 3));
        Assert.Equal(1.0 / 2048, ProductRounding.Tf32.Operand);
        Assert.Equal(1.0 / 256, ProductRounding.Bf16.Operand);
        Assert.Equal(1.0 / 256, ProductRounding.Bf16.Share(0, rounded: 1));
        Assert.Equal(2.0 / 256 + 1.0 / 65536, ProductRounding.Bf16.Share(0));
    }

    [Fact]
    public void TheRungsRoundAsTheirBoundsSay() =>
        Assert.All(ProductLadder.Rungs, rung => Assert.Equal(rung.Math, ProductNames.MathOf(rung.Name)));

    /// <summary>|error|/Σ|a·b| of the product as a rung of this rounding makes it.</summary>
    private static double Share(ProductMath math, float[] a, float[] b)
    {
        double exact = 0, size = 0;
        var sum = 0f;
        for (var k = 0; k < a.Length; k++)
        {
            exact += (double)a[k] * b[k];
            size += Math.Abs((double)a[k] * b[k]);
            sum += Round(math, a[k]) * Round(math, b[k]);
        }

        return size == 0 ? 0 : Math.Abs(exact - sum) / size;
    }

    private static float Round(ProductMath math, float x) =>
        BitConverter.UInt32BitsToSingle(math == ProductMath.Tf32 ? Tf32.Round(x) : Bf16.Round(x) << 16);

    private static float Any(Random random) => (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-10, 10)));

    // Just above 1 the spacing is widest beside the number; at a little more than half of it the number is rounded up.
    private static float Hard(ProductRounding rounding, Random random) =>
        (float)((1 + rounding.Operand * (1.001 + 0.01 * random.NextDouble())) * Math.Pow(2, random.Next(-3, 3)));
}
