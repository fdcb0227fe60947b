using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Proof;

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

    [Fact]
    public void AddDecayIsRoundedOnceOrTwice()
    {
        const float Lambda = 0.01f;
        float[] theta = Values(33), dTheta = Values(33);
        using var t = Upload(theta);
        var after = Run(33, [.. dTheta, Untouched], d => new AddDecay(t.View, d, Lambda));
        for (var p = 0; p < 33; p++)
        {
            var change = (double)Lambda * theta[p];
            Near(dTheta[p] + change, after[p],
                RoundingBounds.u * (Math.Abs(dTheta[p] + change) + 1.01 * Math.Abs(change)), $"dTheta[{p}]");
        }

        Assert.Equal(Untouched, after[^1]);
    }

    [Fact]
    public void MomentumIsRoundedAFewTimes()
    {
        const float Alpha = 0.1f, Beta1 = 0.9f;
        float[] theta = Values(33), dTheta = Values(33), v = Values(33);
        using var d = Upload(dTheta);
        using var start = Upload(v);
        using var t = Upload(theta);
        var moments = Run(33, [.. v, Untouched], x => new Momentum(t.View, d.View, x, Alpha, Beta1));
        for (var p = 0; p < 33; p++)
        {
            var bound = RoundingBounds.Gamma(3) * (Math.Abs(Beta1 * (double)v[p]) + Math.Abs(dTheta[p]));
            Near(Beta1 * (double)v[p] + dTheta[p], moments[p], bound, $"v[{p}]");
        }

        Assert.Equal(Untouched, moments[^1]);
    }

    [Fact]
    public void NesterovIsRoundedAFewTimes()
    {
        const float Alpha = 0.1f, Beta1 = 0.9f;
        float[] theta = Values(33), dTheta = Values(33), v = Values(33);
        using var d = Upload(dTheta);
        using var moment = Upload(v);
        var after = Run(33, [.. theta, Untouched], t =>
        {
            moment.CopyFromCPU(v);
            return new Nesterov(t, d.View, moment.View, Alpha, Beta1);
        });
        var moments = moment.GetAsArray1D();
        for (var p = 0; p < 33; p++)
        {
            double g = dTheta[p], next = Beta1 * (double)v[p] + g, size = Math.Abs(Beta1 * (double)v[p]) + Math.Abs(g);
            Near(next, moments[p], RoundingBounds.Gamma(2) * size, $"v[{p}]");
            // Two roundings of v, one each of its product with β₁, the sum, its product with α.
            var expected = theta[p] - Alpha * (g + Beta1 * next);
            var change = Alpha * (Math.Abs(g) + Beta1 * size);
            var bound = RoundingBounds.Gamma(5) * change + RoundingBounds.u * (Math.Abs(expected) + 1.01 * change);
            Near(expected, after[p], bound, $"theta[{p}]");
        }

        Assert.Equal(Untouched, after[^1]);
    }

    [Fact]
    public void RMSpropIsWithinAFewRoundings()
    {
        const float Alpha = 0.01f, Beta2 = 0.99f, Rest2 = 0.01f, Epsilon = 1e-6f;
        float[] theta = Values(33), dTheta = Values(33), v = [.. Values(33).Select(x => x * x)];
        using var d = Upload(dTheta);
        using var moment = Upload(v);
        var after = Run(33, [.. theta, Untouched], t =>
        {
            moment.CopyFromCPU(v);
            return new RMSprop(t, d.View, moment.View, Alpha, Beta2, Rest2, Epsilon);
        });
        var moments = moment.GetAsArray1D();
        for (var p = 0; p < 33; p++)
        {
            double g = dTheta[p], square = Beta2 * (double)v[p] + Rest2 * g * g;
            Near(square, moments[p], RoundingBounds.Gamma(4) * square, $"v[{p}]");
            // The square's terms have one sign: its relative error is a few roundings, halved by the root.
            var step = Alpha * g / (Math.Sqrt(square) + Epsilon);
            var bound = RoundingBounds.Gamma(8) * Math.Abs(step) + RoundingBounds.u * Math.Abs(theta[p] - step);
            Near(theta[p] - step, after[p], bound, $"theta[{p}]");
        }

        Assert.Equal(Untouched, after[^1]);
    }

    [Fact]
    public void AdamIsWithinAFewRoundings()
    {
        const float Alpha = 0.01f, Beta1 = 0.9f, Beta2 = 0.99f, Epsilon = 1e-6f, Decay = 0.001f;
        float[] theta = Values(33), dTheta = Values(33), m = Values(33), v = [.. Values(33).Select(x => x * x)];
        using var d = Upload(dTheta);
        using var first = Upload(m);
        using var second = Upload(v);
        var after = Run(33, [.. theta, Untouched], t =>
        {
            first.CopyFromCPU(m);
            second.CopyFromCPU(v);
            return new Adam(t, d.View, first.View, second.View, Alpha, Beta1, 1 - Beta1, Beta2, 1 - Beta2, Epsilon,
                Decay);
        });
        for (var p = 0; p < 33; p++)
        {
            double g = dTheta[p], rest1 = 1 - Beta1, rest2 = 1 - Beta2;
            var mean = Beta1 * (double)m[p] + rest1 * g;
            var meanBound = RoundingBounds.Gamma(3) * (Math.Abs(Beta1 * (double)m[p]) + Math.Abs(rest1 * g));
            var root = Math.Sqrt(Beta2 * (double)v[p] + rest2 * g * g) + Epsilon;
            // The square's terms have one sign: its relative error is a few roundings, halved by the root.
            var step = Alpha * mean / root;
            var stepBound = Alpha * meanBound / root * 1.01 + RoundingBounds.Gamma(8) * Math.Abs(step);
            var decay = Decay * (double)theta[p];
            var expected = theta[p] - decay - step;
            Near(expected, after[p], stepBound + RoundingBounds.Gamma(3) * (Math.Abs(decay) + Math.Abs(step))
                + RoundingBounds.u * Math.Abs(expected), $"theta[{p}]");
        }

        Assert.Equal(Untouched, after[^1]);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.9999)]
    public void MovingAverageIsRoundedAFewTimes(double d)
    {
        var rest = (float)(1 - d);
        float[] theta = Values(33), average = Values(33);
        using var t = Upload(theta);
        var after = Run(33, [.. average, Untouched], a => new MovingAverage(a, t.View, rest));
        for (var p = 0; p < 33; p++)
        {
            var change = (1 - d) * ((double)theta[p] - average[p]);
            var expected = d * average[p] + (1 - d) * theta[p];
            Near(expected, after[p], RoundingBounds.Gamma(3) * Math.Abs(change) + RoundingBounds.u * Math.Abs(expected),
                $"average[{p}]");
        }

        Assert.Equal(Untouched, after[^1]);
    }

    [Fact]
    public void MovingAverageOfAConstantIsTheConstant()
    {
        var theta = Values(33);
        using var t = Upload(theta);
        Assert.Equal(theta, Run(33, theta, a => new MovingAverage(a, t.View, 1e-4f)));
    }
}
