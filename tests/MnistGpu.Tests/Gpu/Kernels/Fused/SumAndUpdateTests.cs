using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Proof;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Fused;

/// <summary>Three threads for each of four parameters: few enough for threads of the host.</summary>
internal readonly struct Lanes4Parts3 : ISumSize
{
    public static int Lanes => 4;

    public static int Parts => 3;
}

/// <summary>Sums of slices, updates by them, and totals, against sums in double.</summary>
public abstract class SumAndUpdateTests
{
    private protected abstract ISumAndUpdateChecks Checks { get; }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 2, 1)]
    [InlineData(4, 3, 2)]
    [InlineData(33, 7, 5)]
    [InlineData(65, 11, 11)]
    [InlineData(9, 33, 40)]
    public void SumsAreWithinTheirBounds(int parameters, int count, int tallies) =>
        Checks.SumsAreWithinTheirBounds(parameters, count, tallies);

    [Fact]
    public void EveryUpdateIsThatOfItsOwnKernel() => Checks.EveryUpdateIsThatOfItsOwnKernel();
}

/// <summary>What the tests check, whatever a group's size.</summary>
internal interface ISumAndUpdateChecks
{
    void SumsAreWithinTheirBounds(int parameters, int count, int tallies);

    void EveryUpdateIsThatOfItsOwnKernel();
}

/// <inheritdoc/>
internal sealed class SumAndUpdateChecks<TSize>(GpuDevice device) : ISumAndUpdateChecks
    where TSize : struct, ISumSize
{
    private readonly Random random = new(7);

    private GpuDevice Device => device;

    public void SumsAreWithinTheirBounds(int parameters, int count, int tallies)
    {
        const float Scale = 1 / 3f, Lambda = 0.25f;
        int stride = parameters + 3;
        float[] slices = Values(stride * count), tally = Values(2 * Math.Max(1, tallies)), theta = Values(parameters),
            totals = [1 << 24, 0.25f, -3, 0];
        using var s = Device.Accelerator.Allocate1D(slices);
        using var counted = Device.Accelerator.Allocate1D(tally);
        using var t = Device.Accelerator.Allocate1D(theta);
        using var sums = Device.Accelerator.Allocate1D(totals);
        var all = new SliceSums(s.View, count, stride, parameters, Scale, counted.View, tallies, sums.View);
        var dTheta = Run(parameters, d => new SumAndUpdate<TSize, KeepGradients>(all, t.View, Lambda,
            new KeepGradients(d)), tallies > 0);
        for (var p = 0; p < parameters; p++)
        {
            double sum = 0, size = 0;
            for (var i = 0; i < count; i++)
            {
                sum += slices[i * stride + p];
                size += Math.Abs(slices[i * stride + p]);
            }

            Near(sum * Scale + Lambda * theta[p], dTheta[p],
                RoundingBounds.Gamma(count + 2) * (size * Scale + Lambda * Math.Abs(theta[p])), $"dTheta[{p}]");
        }

        Assert.Equal(-1, dTheta[^1]);
        var after = sums.GetAsArray1D();
        for (var row = 0; row < 2; row++)
        {
            double sum = 0, size = 0;
            for (var i = 0; i < tallies; i++)
            {
                // Two launches added it twice.
                sum += 2.0 * tally[2 * i + row];
                size += 2.0 * Math.Abs(tally[2 * i + row]);
            }

            var before = (double)totals[2 * row] + totals[2 * row + 1];
            Assert.Equal(before + sum, (double)after[2 * row] + after[2 * row + 1], RoundingBounds.Gamma(tallies) * size
                + 1e-12 * Math.Abs(before));
        }
    }

    public void EveryUpdateIsThatOfItsOwnKernel()
    {
        const int P = 33;
        float[] g = Values(P), theta = Values(P), m = Values(P), v = [.. Values(P).Select(Math.Abs)];
        using var slices = Device.Accelerator.Allocate1D(g);
        Same(theta, m, v, (t, first, second) => new GradientDescent(t, slices.View, 0.1f));
        Same(theta, m, v, (t, first, second) => new Momentum(t, slices.View, first, 0.1f, 0.9f));
        Same(theta, m, v, (t, first, second) => new Nesterov(t, slices.View, first, 0.1f, 0.9f));
        Same(theta, m, v, (t, first, second) => new RMSprop(t, slices.View, second, 0.1f, 0.99f, 0.01f, 1e-6f));
        Same(theta, m, v, (t, first, second) =>
            new Adam(t, slices.View, first, second, 0.1f, 0.9f, 0.1f, 0.99f, 0.01f, 1e-6f, 0.01f));

        // One slice and a scale of 1 leave g as it is, so all that may differ is whether a multiply-add is rounded once
        // or twice.
        void Same<TUpdate>(float[] theta, float[] m, float[] v, Func<ArrayView<float>, ArrayView<float>,
            ArrayView<float>, TUpdate> make)
            where TUpdate : struct, IKernel, IUpdate
        {
            float[][] After(bool fused)
            {
                using var t = Device.Accelerator.Allocate1D(theta);
                using var first = Device.Accelerator.Allocate1D(m);
                using var second = Device.Accelerator.Allocate1D(v);
                var update = make(t.View, first.View, second.View);
                if (fused)
                {
                    Launch(P, new SumAndUpdate<TSize, TUpdate>(new SliceSums(slices.View, 1, P, P, 1, slices.View, 0,
                        slices.View), t.View, 0, update), false);
                }
                else
                {
                    Device.Launcher.Launch(P, update);
                }

                return [t.GetAsArray1D(), first.GetAsArray1D(), second.GetAsArray1D()];
            }

            foreach (var (expected, actual) in After(false).Zip(After(true)))
            {
                for (var p = 0; p < P; p++)
                {
                    // No value of these, nor any term of them, is above 4.
                    Near(expected[p], actual[p], 8 * 4 * RoundingBounds.u, $"{typeof(TUpdate).Name} [{p}]");
                }
            }
        }
    }

    private float[] Run<TUpdate>(int parameters, Func<ArrayView<float>, SumAndUpdate<TSize, TUpdate>> kernel,
        bool tally)
        where TUpdate : struct, IUpdate
    {
        float[] Once()
        {
            using var output = Device.Accelerator.Allocate1D([.. Enumerable.Repeat(-1f, parameters + 1)]);
            Launch(parameters, kernel(output.View), tally);
            return output.GetAsArray1D();
        }

        var first = Once();
        Assert.Equal(first.Select(BitConverter.SingleToInt32Bits), Once().Select(BitConverter.SingleToInt32Bits));
        return first;
    }

    private void Launch<TUpdate>(int parameters, SumAndUpdate<TSize, TUpdate> kernel, bool tally)
        where TUpdate : struct, IUpdate =>
        Device.Launcher.LaunchGroups(((parameters - 1) / TSize.Lanes + 1 + (tally ? 1 : 0), TSize.Lanes * TSize.Parts),
            kernel);

    private float[] Values(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];

    private static void Near(double expected, float actual, double bound, string what) =>
        Assert.True(Math.Abs(expected - actual) <= bound,
            $"{what}: expected {expected:G9}, got {actual:G9}, bound {bound:G3}");
}

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorSumAndUpdateTests(GpuDevices devices) : SumAndUpdateTests
{
    private protected override ISumAndUpdateChecks Checks =>
        new SumAndUpdateChecks<Lanes2Parts1>(devices.Cpu);
}

/// <summary>With barriers, on a device that holds the group.</summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorGroupSumAndUpdateTests(GpuDevices devices) : SumAndUpdateTests
{
    private protected override ISumAndUpdateChecks Checks =>
        new SumAndUpdateChecks<Lanes4Parts3>(devices.Simulator(12));
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclSumAndUpdateTests(GpuDevices devices) : SumAndUpdateTests
{
    private protected override ISumAndUpdateChecks Checks =>
        new SumAndUpdateChecks<Lanes32Parts8>(devices.Pocl);
}
