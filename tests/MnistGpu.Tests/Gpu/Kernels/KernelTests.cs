using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Proof;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels;

/// <summary>
/// Each kernel alone against plain loops in double, one file per file of kernels. Bounds are γK·Σ|a·b| as derived
/// in <see cref="RoundingBounds"/>; what rounds once is compared exactly.
/// </summary>
public abstract partial class KernelTests
{
    // An untouched element: a kernel that writes outside its part of a buffer shows.
    private const float Untouched = 12345.678f;

    private readonly Random random = new(17);

    /// <summary>rows, columns, m: 1 of everything, odd sizes, K > M, m = 1, more than one slice.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 3, 7, 5 }, { 10, 784, 4 }, { 5, 3, 1 }, { 1, 9, 16 }, { 17, 33, 31 }, { 10, 10, 65 },
    };

    private protected abstract GpuDevice Device { get; }

    private static float Gamma(int n) => (float)RoundingBounds.Gamma(n);

    /// <summary>
    /// Launches a kernel on copies of its arguments and returns what became of the output; twice, for the same bits.
    /// </summary>
    private float[] Run<TKernel>(int count, float[] output, Func<ArrayView<float>, TKernel> kernel)
        where TKernel : struct, IKernel
    {
        float[] Once()
        {
            using var buffer = Device.Accelerator.Allocate1D(output);
            Device.Launcher.Launch(count, kernel(buffer.View));
            return buffer.GetAsArray1D();
        }

        var first = Once();
        Assert.Equal(first.Select(BitConverter.SingleToInt32Bits), Once().Select(BitConverter.SingleToInt32Bits));
        return first;
    }

    private MemoryBuffer1D<T, Stride1D.Dense> Upload<T>(T[] values)
        where T : unmanaged => Device.Accelerator.Allocate1D(values);

    private float[] Values(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];

    private byte[] Pixels(int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))];

    private int[] Images(int m, int of) => [.. Enumerable.Range(0, m).Select(_ => random.Next(of))];

    private static float[] Blank(int count) => [.. Enumerable.Repeat(Untouched, count)];

    private static void Near(double expected, float actual, double bound, string what)
    {
        // Written so that an error that is not a number fails.
        if (!(Math.Abs(expected - actual) <= bound))
        {
            Assert.Fail($"{what}: expected {expected:G9}, got {actual:G9}, bound {bound:G3}");
        }
    }
}

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorKernelTests(GpuDevices devices) : KernelTests
{
    private protected override GpuDevice Device => devices.Cpu;
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclKernelTests(GpuDevices devices) : KernelTests
{
    private protected override GpuDevice Device => devices.Pocl;
}
