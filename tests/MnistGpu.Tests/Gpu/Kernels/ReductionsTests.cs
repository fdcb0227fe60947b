using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(10, 65)]
    [InlineData(1, 300)]
    public void RowSumsAreWithinTheirBounds(int rows, int m)
    {
        const int Slice = 7;
        int slices = (m + Slice - 1) / Slice, stride = rows + 2;
        var dZ = Values(rows * m);
        using var errors = Upload(dZ);
        var db = Run(rows * slices, Blank(slices * stride), d => new RowSums(errors.View, d, rows, m, Slice, stride));
        for (var s = 0; s < slices; s++)
        {
            var count = Math.Min(Slice, m - s * Slice);
            for (var i = 0; i < rows; i++)
            {
                var (sum, size) = Dot(count, j => dZ[(s * Slice + j) * rows + i], _ => 1);
                Near(sum, db[s * stride + i], Gamma(count - 1) * size, $"slice {s} of db[{i}]");
            }

            Assert.Equal(Untouched, db[s * stride + rows]);
        }
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(7, 5, false)]
    [InlineData(7, 5, true)]
    [InlineData(33, 161, true)]
    public void SumOfSlicesIsWithinItsBound(int parameters, int slices, bool add)
    {
        var partial = Values(parameters * slices);
        var before = Values(parameters);
        using var s = Upload(partial);
        var dTheta = Run(parameters, [.. before, Untouched], d =>
            new SumOfSlices(s.View, d, slices, parameters, 1 / 3f, add ? 1 : 0));
        for (var p = 0; p < parameters; p++)
        {
            var (sum, size) = Dot(slices, i => partial[i * parameters + p], _ => 1 / 3f);
            var start = add ? before[p] : 0.0;
            Near(start + sum, dTheta[p], Gamma(slices + 1) * (size + Math.Abs(start)), $"dTheta[{p}]");
        }

        Assert.Equal(Untouched, dTheta[^1]);
    }

    [Fact]
    public void AddToTotalsCountsExactlyFarPastFloat32()
    {
        // Row 0: ones on top of 2^24, where a float32 sum would stand still. Row 1: 0.1f a thousand times.
        const int Count = 1000;
        float[] slices = [.. Enumerable.Range(0, 2 * Count).Select(n => n % 2 == 0 ? 1f : 0.1f)];
        using var s = Upload(slices);
        var totals = Run(2, [1 << 24, 0, 0, 0], t => new AddToTotals(s.View, t, Count));
        Assert.Equal((1 << 24) + Count, (double)totals[0] + totals[1]);
        Assert.Equal(Count * (double)0.1f, (double)totals[2] + totals[3], 1e-9);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void AddToTotalsKeepsWhatIsNoNumber(float broken)
    {
        using var s = Upload([broken, 1f, 1f, 1f]);
        var totals = Run(2, [5, 0, 5, 0], t => new AddToTotals(s.View, t, 2));
        Assert.False(double.IsFinite((double)totals[0] + totals[1]));
        Assert.Equal(7, (double)totals[2] + totals[3]);
    }
}
