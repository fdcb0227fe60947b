using ILGPU.Runtime;
using MnistGpu.Deformations;
using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    private const uint BentEpoch = 0x8000_0003;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(98, 3)]
    public void DrawFieldsDrawsPhiloxsWords(int counters, int m)
    {
        var images = Images(m, 60000);
        using var numbers = Upload(images);
        using var words = Upload(new uint[4 * counters * m]);
        Device.Launcher.Launch(counters * m, new DrawFields(words.View, numbers.View, counters, Bent.Seed, BentEpoch));
        var drawn = words.GetAsArray1D();
        for (var n = 0; n < counters * m; n++)
        {
            var (x0, x1, x2, x3) = Philox.Words(Bent.Seed, Philox.Purpose.Deformation, BentEpoch,
                (uint)images[n / counters], 1 + (uint)(n % counters));
            Assert.Equal([x0, x1, x2, x3], drawn[(4 * n)..(4 * n + 4)]);
        }
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(28, 1)]
    public void SmoothColumnsIsTheSumInDouble(int side, int m)
    {
        var weights = new ElasticWeights(Bent.Everything, side);
        var bytes = (2 * side * side + 15) / 16 * 16;
        var random = Pixels(bytes * m);
        using var R = Upload(random);
        using var first = Upload(weights.First.ToArray());
        using var T = Upload(new short[2 * side * side * m]);
        Device.Launcher.Launch(2 * side * side * m, new SmoothColumns(R.View, first.View, T.View, side, side, bytes));
        var smoothed = T.GetAsArray1D();
        for (var n = 0; n < smoothed.Length; n++)
        {
            int j = n / (2 * side * side), field = n / (side * side) % 2, y = n / side % side, x = n % side;
            var sum = Enumerable.Range(0, side)
                .Sum(k => (double)weights.First[Math.Abs(y - k)] * (2 * random[j * bytes + (field * side + k) * side
                + x] - 255));
            Assert.Equal(Math.Round(sum / 4096), smoothed[n]);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(28)]
    public void DrawMapsDrawsTheHostsMaps(int side)
    {
        var labels = Enumerable.Range(0, 40).Select(j => (byte)(j % 10)).ToArray();
        var images = Images(64, 40);
        var ranges = DeformationRanges.From(Bent.Wildest);
        using var numbers = Upload(images);
        using var classes = Upload(labels);
        using var maps = Device.Accelerator.Allocate1D<AffineMap>(64);
        Device.Launcher.Launch(64, new DrawMaps(maps.View, numbers.View, classes.View, ranges, side, side, Bent.Seed,
            BentEpoch));
        Assert.Equal(images.Select(j => AffineMap.Draw(ranges, Bent.Seed, BentEpoch, j, labels[j], side, side)),
            maps.GetAsArray1D());
    }

    [Fact]
    public void DeformImagesMovesByWholePixelsAndHalves()
    {
        // No elastic part: the identity, a pixel to the right, and half a pixel down.
        const int side = 3;
        byte[] X = [10, 20, 30, 40, 50, 60, 70, 80, 91];
        AffineMap unit = new(4096, 0, 0, 4096, 8192, 8192);
        using var pixels = Upload(X);
        using var numbers = Upload([0, 0, 0]);
        using var maps = Upload([unit, unit with { X0 = 0 }, unit with { Y0 = 4096 }]);
        using var bent = Upload(new byte[28]);
        using var T = Upload(new short[1]);
        using var second = Upload(new int[side]);
        Device.Launcher.Launch(27, new DeformImages(T.View, second.View, 0, maps.View, pixels.View, numbers.View,
            bent.View, side, side));
        byte[] expected = [.. X, 0, 10, 20, 0, 40, 50, 0, 70, 80, 5, 10, 15, 25, 35, 45, 55, 65, 76, 0];
        Assert.Equal(expected, bent.GetAsArray1D());
    }
}
