using MnistGpu.Gpu.Kernels;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Fact]
    public void GradientDescentIsRoundedOnceOrTwice()
    {
        const float Alpha = 0.1f;
        float[] theta = Values(33), dTheta = Values(33);
        using var d = Upload(dTheta);
        var after = Run(33, [.. theta, Untouched], t => new GradientDescent(t, d.View, Alpha));
        for (var p = 0; p < 33; p++)
        {
            var change = (double)Alpha * dTheta[p];
            var expected = theta[p] - change;
            Near(expected, after[p], RoundingBounds.u * (Math.Abs(expected) + 1.01 * Math.Abs(change)), $"theta[{p}]");
        }

        Assert.Equal(Untouched, after[^1]);
    }
}
