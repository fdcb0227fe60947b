using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Gpu;

/// <summary>Measures the most that a device does: multiply-adds in registers, and copies within its memory.</summary>
internal static class PeakMeasurement
{
    private const int Tries = 5;
    private const long MostCopied = 256L << 20;
    private static readonly TimeSpan Try = TimeSpan.FromMilliseconds(5);

    /// <summary>Both; null where a result is no number.</summary>
    public static DevicePeak? Measure(GpuDevice device)
    {
        // Larger than any cache where there is room; ILGPU's CPU accelerator copies as the host does.
        var bytes = Math.Min(device.Info.IsGpu ? MostCopied : MostCopied / 4, device.Memory.Free / 4);
        var peak = bytes > 0 ? new DevicePeak(Copy(device, bytes), Arithmetic(device)) : null;
        return peak is not null && double.IsFinite(peak.GigabytesPerSecond)
            && double.IsFinite(peak.GigaflopsPerSecond) ? peak : null;
    }

    /// <summary>Billions of floating-point operations a second.</summary>
    public static double Arithmetic(GpuDevice device)
    {
        // Threads to fill any GPU; few for the CPU accelerator, whose operations take a thousand times longer.
        var (count, iterations) = device.Info.IsGpu ? (1 << 20, 1024) : (256, 128);
        using var results = device.Allocate<float>(count);
        var seconds = Best(device, () => device.Launcher.Launch(count, new MultiplyAdds(results.View, iterations)));
        return (double)count * iterations * MultiplyAdds.Flops / seconds / 1e9;
    }

    /// <summary>Billions of bytes a second, read and written, of a copy of so many bytes.</summary>
    public static double Copy(GpuDevice device, long bytes)
    {
        using var from = device.Allocate<byte>(bytes);
        using var to = device.Allocate<byte>(bytes);
        from.MemSetToZero();
        return 2.0 * bytes / Best(device, () => from.View.CopyTo(device.Accelerator.DefaultStream, to.View)) / 1e9;
    }

    /// <summary>
    /// Seconds of one launch: the best of several tries, each of enough launches that the wait does not weigh in.
    /// </summary>
    private static double Best(GpuDevice device, Action launch)
    {
        Time(1);
        var launches = (int)Math.Clamp(Try / Time(1), 1, 1000);
        return Enumerable.Range(0, Tries).Min(_ => Time(launches)).TotalSeconds / launches;

        TimeSpan Time(int count)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                launch();
            }

            device.Accelerator.Synchronize();
            return Stopwatch.GetElapsedTime(start);
        }
    }
}

/// <summary>
/// s := s·x + y for eight independent sums, four times an iteration (ILGPU 1.5.3 unrolls no loops), per thread.
/// Public, because ILGPU compiles nothing else.
/// </summary>
internal readonly struct MultiplyAdds(ArrayView<float> results, int iterations) : IKernel
{
    /// <summary>Floating-point operations of one iteration.</summary>
    public const int Flops = 2 * 8 * 4;

    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * threads, (double)threads * iterations * Flops);

    /// <inheritdoc/>
    public void Execute(Index1D i)
    {
        float x = 0.9f, y = 0.1f;
        float s0 = i, s1 = 1, s2 = 2, s3 = 3, s4 = 4, s5 = 5, s6 = 6, s7 = 7;
        for (var n = 0; n < iterations; n++)
        {
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
            s0 = s0 * x + y;
            s1 = s1 * x + y;
            s2 = s2 * x + y;
            s3 = s3 * x + y;
            s4 = s4 * x + y;
            s5 = s5 * x + y;
            s6 = s6 * x + y;
            s7 = s7 * x + y;
        }

        results[i] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
    }
}
