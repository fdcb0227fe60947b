using MnistGpu.Gpu.Kernels;
using MnistGpu.Proof;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 4)]
    [InlineData(10, 33, 20)]
    [InlineData(17, 3, 100)]
    public void SoftmaxIsWithinItsBound(int rows, int m, float scale)
    {
        float[] Z = [.. Values(rows * m).Select(z => z * scale)];
        using var z = Upload(Z);
        var A = Run(m, Blank(rows * m + 1), a => new Softmax(z.View, a, rows));
        for (var j = 0; j < m; j++)
        {
            var column = Z.AsSpan(j * rows, rows).ToArray();
            var max = column.Max();
            var sum = column.Sum(value => Math.Exp((double)value - max));
            // The argument is rounded (and on CUDA scaled by log₂e), the exponential is off by its ulps; numerator
            // and sum alike.
            var error = Math.Exp(4 * RoundingBounds.u * (max - column.Min())) * (1
                + 2 * RoundingBounds.ExpUlps * RoundingBounds.u) - 1;
            for (var i = 0; i < rows; i++)
            {
                var expected = Math.Exp((double)column[i] - max) / sum;
                Near(expected, A[j * rows + i], expected * (2 * error + Gamma(rows + 3)) * 1.01 + 2e-38, $"A[{i},{j}]");
            }
        }

        Assert.Equal(Untouched, A[^1]);
    }

    [Fact]
    public void SoftmaxOfLargeLogitsNeitherOverflowsNorDividesByZero()
    {
        using var z = Upload([3e38f, 3e38f, -3e38f, -1e4f, -1e4f, -1e4f, float.NaN, 0, 0, 0, 0, float.NaN]);
        var A = Run(4, Blank(12), a => new Softmax(z.View, a, 3));
        Assert.Equal([0.5f, 0.5f, 0], A[..3]);
        Assert.All(A[3..6], a => Near(1 / 3.0, a, Gamma(2), "a third"));
        Assert.All(A[6..], a => Assert.True(float.IsNaN(a)));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 4)]
    [InlineData(10, 33, 20)]
    public void CrossEntropyIsTheLogSumExp(int rows, int m, float scale)
    {
        float[] Z = [.. Values(rows * m).Select(z => z * scale)];
        var labels = Enumerable.Range(0, m + 2).Select(_ => (byte)random.Next(rows)).ToArray();
        var images = Images(m, m + 2);
        using var z = Upload(Z);
        using var y = Upload(labels);
        using var numbers = Upload(images);
        var tally = Run(m, Blank(2 * m), t => new CrossEntropy(z.View, y.View, numbers.View, t, rows, 0f));
        for (var j = 0; j < m; j++)
        {
            var column = Z.AsSpan(j * rows, rows).ToArray();
            var max = column.Max();
            var sum = column.Sum(value => Math.Exp((double)value - max));
            var distance = (double)max - column[labels[images[j]]];
            var error = Math.Exp(4 * RoundingBounds.u * (max - column.Min())) * (1
                + 2 * RoundingBounds.ExpUlps * RoundingBounds.u) - 1;
            // The logarithm may be off by 2⁻²² near 1 (lg2.approx on CUDA) and by a few ulps elsewhere.
            Near(distance + Math.Log(sum), tally[2 * j], error + Gamma(rows)
                + 8 * RoundingBounds.u * (1 + distance + Math.Log(sum)), $"loss[{j}]");
            Assert.Equal(Untouched, tally[2 * j + 1]);
        }
    }

    [Fact]
    public void CrossEntropyOfAnUnderflowedProbabilityIsFinite()
    {
        using var z = Upload([0f, -500, 1000, float.NaN]);
        using var y = Upload<byte>([1]);
        using var numbers = Upload([0, 0]);
        var tally = Run(2, Blank(4), t => new CrossEntropy(z.View, y.View, numbers.View, t, 2, 0f));
        Assert.Equal(500, tally[0]);
        Assert.True(float.IsNaN(tally[2]));
    }

    [Fact]
    public void HitsLetTheLowestIndexWinATie()
    {
        using var z = Upload([1f, 3, 2, /* */ 3, 3, 1, /* */ 3, 3, 1, /* */ -1, -2, -0.5f]);
        using var y = Upload<byte>([1, 0, 2]);
        using var numbers = Upload([0, 1, 0, 2]);
        var tally = Run(4, Blank(8), t => new Hits(z.View, y.View, numbers.View, t, 3));
        Assert.Equal([Untouched, 1, Untouched, 1, Untouched, 0, Untouched, 1], tally);
    }

    [Fact]
    public void OutputErrorsSubtractTheOneHotLabels()
    {
        float[] A = [0.25f, 0.5f, 0.25f, 1, 0, 0];
        using var y = Upload<byte>([2, 1, 0]);
        using var numbers = Upload([1, 0]);
        using var a = Upload(A);
        float[] expected = [0.25f, -0.5f, 0.25f, 1, 0, -1];
        Assert.Equal(expected, Run(6, Blank(6), dZ => new OutputErrors(a.View, y.View, numbers.View, dZ, 3, 1f, 0f)));
        Assert.Equal(expected, Run(6, A, inPlace =>
            new OutputErrors(inPlace, y.View, numbers.View, inPlace, 3, 1f, 0f)));
    }
}
