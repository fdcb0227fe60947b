using MnistGpu.Bench.Operations;
using MnistGpu.Proof;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Bench;

/// <summary>C = A·B against a plain double loop, at sizes around the tiles, within γₖ·Σ|a·b|.</summary>
public sealed class SgemmTests
{
    public static TheoryData<int, int, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int, int, int>();
            foreach (var width in (int[])[1, 4, 8, 16])
            {
                foreach (var (m, k, n) in ((int, int, int)[])[(1, 1, 1), (3, 7, 5), (5, 127, 63), (6, 128, 64),
                    (7, 1025, 65), (10, 784, 4), (97, 300, 130), (200, 17, 1), (263, 1280, 66), (260, 1030, 3)])
                {
                    cases.Add(width, m, k, n);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheProductIsWithinItsBound(int width, int m, int k, int n)
    {
        float[] A = Random(m * k, 1), B = Random(k * n, 2), C = new float[m * n];
        Array.Fill(C, float.NaN);
        using var workers = new Workers(2);
        using var sgemm = Sgemm.Create(workers, (VectorWidth)width);
        sgemm.Multiply(m, k, n, A, B, C);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double sum = 0, size = 0;
                for (var l = 0; l < k; l++)
                {
                    sum += (double)A[i * k + l] * B[l * n + j];
                    size += Math.Abs((double)A[i * k + l] * B[l * n + j]);
                }

                Assert.True(Math.Abs(C[i * n + j] - sum) <= RoundingBounds.Gamma(k) * size,
                    $"C[{i},{j}]: expected {sum}, got {C[i * n + j]}");
            }
        }
    }

    [Fact]
    public void AnyNumberOfThreadsGivesTheSameBits()
    {
        const int m = 311, k = 1301, n = 203;
        float[] A = Random(m * k, 1), B = Random(k * n, 2);
        Assert.Equal(Product(1), Product(2));
        Assert.Equal(Product(1), Product(5));

        float[] Product(int threads)
        {
            var C = new float[m * n];
            using var workers = new Workers(threads);
            using var sgemm = Sgemm.Create(workers);
            sgemm.Multiply(m, k, n, A, B, C);
            return C;
        }
    }

    [Fact]
    public void SizesThatDoNotFitAreRefused()
    {
        using var workers = new Workers(1);
        using var sgemm = Sgemm.Create(workers);
        Assert.Throws<ArgumentException>(() => sgemm.Multiply(2, 2, 2, new float[4], new float[3], new float[4]));
        Assert.Throws<ArgumentException>(() => sgemm.Multiply(0, 2, 2, [], new float[4], []));
    }

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = random.NextSingle() * 2 - 1;
        }

        return values;
    }
}
