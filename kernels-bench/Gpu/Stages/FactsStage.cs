using System.Diagnostics;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>The time that a launch takes.</summary>
/// <param name="Launches">How many were timed.</param>
/// <param name="IssuedMicroseconds">Until the host could go on, for each.</param>
/// <param name="DoneMicroseconds">Until the device was done, for each.</param>
internal sealed record LaunchCost(int Launches, double IssuedMicroseconds, double DoneMicroseconds);

/// <summary>What the device is, and what it can do at best.</summary>
internal static class FactsStage
{
    public const string Name = "1-facts";
    public const string Peaks = "peaks";

    private const int MostLaunches = 10_000;
    private const int SlowestShown = 3;

    public static Stage Create() => new(Name, "Facts", 0.4, ["fact", "value"], Pieces)
    {
        About = "Peaks are the best of several tries, measured here. A first launch waits for the compilation of its "
            + "kernel, which the driver may have kept from an earlier run.",
    };

    private static IEnumerable<Piece> Pieces(StageContext context)
    {
        yield return new("device", () => Device(context), Most: 0.5);
        yield return new(Peaks, () => MeasurePeaks(context), Most: 0.5);
        yield return new("launch cost", () => Launches(context));
        yield return new("compilation of a kernel per equation", () =>
            Compilation("kernels of single equations", context, KernelLauncher.AllKernels));
        yield return new("compilation of fused kernels", () =>
            Compilation("fused kernels", context, FusedKernels.OfGroups));
        foreach (var rung in ProductLadder.Rungs)
        {
            yield return new($"compilation of {rung.Name}", () => rung.Refusal(context.Device.Accelerator) is { } needs
                ? throw new NotRunException($"{rung.Name} needs {needs}")
                : Compilation($"products by {rung.Name}", context,
                    [.. Enum.GetValues<ProductKind>().Select(rung.Kernel).Distinct()]));
        }
    }

    private static PieceOutput Device(StageContext context)
    {
        var info = context.Info;
        var accelerator = context.Device.Accelerator;
        var rows = new List<string[]>
        {
            new[] { "device", $"{info.Kind}: {info.Model}" },
            new[] { "details", info.Details },
            new[] { "driver", info.Driver ?? "none" },
            new[] { "architecture", info.Architecture ?? "not told" },
            new[] { "memory", info.MemoryBytes is { } bytes ? $"{bytes / 1e9:F1} GB" : "the host's" },
            new[] { "multiprocessors", $"{accelerator.NumMultiprocessors}" },
            new[]
            {
                "threads of a warp, of a group at most", $"{accelerator.WarpSize}, {accelerator.MaxNumThreadsPerGroup}"
            },
            new[] { "shared memory of a group", $"{accelerator.MaxSharedMemoryPerGroup:N0} bytes" },
        };
        switch (info.Device)
        {
            case CudaDevice cuda:
                rows.Add(["clock, by the driver", $"{cuda.ClockRate:N0} MHz"]);
                rows.Add(["clock of the memory, by the driver",
                    $"{cuda.MemoryClockRate:N0} MHz, {cuda.MemoryBusWidth} bits wide"]);
                break;
            case CLDevice opencl:
                rows.Add(["clock, by the driver", $"{opencl.ClockRate:N0} MHz"]);
                break;
        }

        if (NvidiaSmi() is { } smi)
        {
            rows.Add(["nvidia-smi: name, driver, clocks now and at most (SM, memory), power limit, temperature", smi]);
        }

        return new(rows, rows.ToDictionary(row => row[0], row => row[1]));
    }

    private static PieceOutput MeasurePeaks(StageContext context)
    {
        var peak = PeakMeasurement.Measure(context.Device)
            ?? throw new NotFiniteNumberException("a peak came out as no number");
        return new([
            ["copy within its memory, read and written", $"{Report.Digits(peak.GigabytesPerSecond)} GB/s"],
            ["multiply-adds in float32", $"{Report.Digits(peak.GigaflopsPerSecond)} GFLOP/s"]], peak);
    }

    private static PieceOutput Launches(StageContext context)
    {
        var (launcher, accelerator) = (context.Device.Launcher, context.Device.Accelerator);
        var (_, once) = Time(10);
        (_, once) = Time(10);
        var count = (int)Math.Clamp(context.PieceLeft / 2 / Math.Max(once / 10, 1e-9), 10, MostLaunches);
        var (issued, done) = Time(count);
        var cost = new LaunchCost(count, issued / count * 1e6, done / count * 1e6);
        return new([[$"launch of an empty kernel, {count:N0} in a row",
            $"{Report.Digits(cost.IssuedMicroseconds)} µs until the host goes on, "
            + $"{Report.Digits(cost.DoneMicroseconds)} µs until it is done"]], cost);

        (double Issued, double Done) Time(int launches)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < launches; i++)
            {
                launcher.Launch(1, new EmptyKernel(i));
            }

            var issued = Stopwatch.GetElapsedTime(start).TotalSeconds;
            accelerator.Synchronize();
            return (issued, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    private static PieceOutput Compilation(string what, StageContext context, IReadOnlyList<Type> kernels)
    {
        var times = new List<(string Kernel, double Seconds)>();
        foreach (var kernel in kernels.TakeWhile(_ => times.Count == 0 || context.PieceLeft > 0))
        {
            var start = Stopwatch.GetTimestamp();
            context.Device.Launcher.Compile(kernel);
            times.Add((KernelTimer.NameOf(kernel), Stopwatch.GetElapsedTime(start).TotalSeconds));
        }

        var slowest = times.OrderByDescending(time => time.Seconds).Take(SlowestShown)
            .Select(time => $"{time.Kernel} {Report.Time(time.Seconds)}");
        var count = times.Count == kernels.Count ? $"{times.Count}"
            : $"{times.Count} of {kernels.Count}, for want of time,";
        return new([[$"compilation, {count} {what}",
            $"{Report.Time(times.Sum(time => time.Seconds))}; the longest: {string.Join(", ", slowest)}"]],
            times.Select(time => new { time.Kernel, time.Seconds }));
    }

    private static string? NvidiaSmi()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("nvidia-smi",
                ["--query-gpu=name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,power.limit,"
                + "temperature.gpu", "--format=csv,noheader"])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && text.Length > 0 ? text.ReplaceLineEndings("; ") : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // It is not installed.
        }
    }
}
