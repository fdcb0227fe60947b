using MnistGpu.Gpu.Kernels;
using MnistGpu.Model;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Theory]
    [InlineData(1, 1, 0.5)]
    [InlineData(7, 3, 0.2)]
    [InlineData(8, 5, 0.8)]
    [InlineData(33, 17, 0.5)]
    [InlineData(100, 4, 0.999)]
    public void DropUnitsDropsWhatTheModelDrops(int rows, int m, double share)
    {
        // A seed with a high half, and layers and epochs past 0, so that every part of the counter counts.
        const ulong Seed = 0x9E37_79B9_7F4A_7C15;
        const uint Epoch = 0x8000_0003;
        var dropout = new Dropout(share);
        var A = Values(rows * m);
        var images = Images(m, 60000);
        using var numbers = Upload(images);
        foreach (var layer in (ReadOnlySpan<int>)[0, 3])
        {
            var after = Run(DropUnits.ThreadsPerImage(rows) * m, [.. A, Untouched],
                a => new DropUnits(a, numbers.View, rows, layer, dropout.Threshold, (float)dropout.Scale, Seed, Epoch));
            float[] expected = [.. A.Select((a, n) => dropout.Keeps(Seed, Epoch, images[n / rows], layer, n % rows)
                ? a * (float)dropout.Scale : 0f), Untouched];
            Assert.Equal(expected, after);
        }
    }

    [Fact]
    public void DropUnitsDrawsAnotherMaskForAnotherSeedEpochImageAndLayer()
    {
        var ones = Enumerable.Repeat(1f, 64).ToArray();
        float[] Mask(ulong seed, uint epoch, int image, int layer)
        {
            using var numbers = Upload([image]);
            return Run(8, ones, a => new DropUnits(a, numbers.View, 64, layer, 1 << 15, 1f, seed, epoch));
        }

        float[][] masks = [Mask(1, 2, 3, 0), Mask(1UL << 32 | 1, 2, 3, 0), Mask(2, 2, 3, 0), Mask(1, 3, 3, 0),
            Mask(1, 2, 4, 0), Mask(1, 2, 3, 1)];
        Assert.Equal(masks.Length, masks.Select(mask => string.Concat(mask)).Distinct().Count());
        Assert.All(masks, mask => Assert.All(mask, a => Assert.True(a is 0 or 1)));
    }
}
