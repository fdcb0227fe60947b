using MnistGpu.Gpu.Kernels.Parts;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Fact]
    public void AddSumsIsRoundedOnce()
    {
        float[] sums = Values(33), other = Values(33);
        using var o = Upload(other);
        Assert.Equal([.. sums.Zip(other, (one, two) => one + two), Untouched],
            Run(33, [.. sums, Untouched], s => new AddSums(s, o.View)));
    }

    [Fact]
    public void ScaleSumsIsRoundedOnce()
    {
        var sums = Values(33);
        using var s = Upload(sums);
        Assert.Equal([.. sums.Select(sum => sum * 0.3f), Untouched],
            Run(33, Blank(34), d => new ScaleSums(s.View, d, 0.3f)));
    }

    [Theory]
    [InlineData(33, 8)]
    [InlineData(32, 8)]
    [InlineData(3, 8)]
    public void BlockSquaresAreWithinTheirBounds(int count, int block)
    {
        const float Scale = 0.3f;
        var sums = Values(count);
        using var s = Upload(sums);
        var blocks = (count - 1) / block + 1;
        var squares = Run(blocks, Blank(blocks + 1), x => new BlockSquares(s.View, x, block, count, Scale));
        for (var i = 0; i < blocks; i++)
        {
            var sum = sums.Skip(i * block).Take(block).Sum(value => (double)Scale * value * Scale * value);
            // Each term is rounded twice more, and squares both.
            Near(sum, squares[i], Gamma(block + 4) * sum, $"squares[{i}]");
        }

        Assert.Equal(Untouched, squares[^1]);
    }
}
