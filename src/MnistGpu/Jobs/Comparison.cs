using System.Diagnostics;
using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Model;

namespace MnistGpu.Program.Jobs;

/// <summary>Runs one job on several engines and sets their figures side by side.</summary>
internal static class Comparison
{
    private static readonly UpdateRule Rule = new(0.1);

    // The first step compiles; a fast engine's next ones still wake threads and fill caches.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.3);

    public static ComparisonGroup Run(
        DigitSet images, NetworkShape shape, NetworkState start, int steps, IReadOnlyList<Contender> contenders,
            int threads, CancellationToken cancel)
    {
        var measured = contenders.Select(contender => Measure(images, shape, start, steps, contender, threads, cancel))
            .ToList();
        var simd = measured.Find(m => m.Row.Device == "simd").Row;
        var reference = measured.Find(m => m.Row.Device == "reference").End;
        return new ComparisonGroup(images.Count, [.. measured.Select(m => m.Row with
        {
            RatioToSimd = simd?.MillisecondsPerStep / m.Row.MillisecondsPerStep,
            LargestDifference = reference is null ? null : Difference(reference, m.End),
        })]);
    }

    private static (ComparisonRow Row, NetworkState End) Measure(
        DigitSet images, NetworkShape shape, NetworkState start, int steps, Contender contender, int threads,
            CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        using var engine = contender.Make(shape, threads);
        var made = clock.Elapsed;
        engine.Load(start);
        engine.Attach(images.X, images.Labels);
        var uploaded = clock.Elapsed;
        engine.Step(Rule);
        engine.ReadTotals();
        var first = clock.Elapsed - uploaded;
        while (clock.Elapsed - uploaded < WarmUp)
        {
            engine.Step(Rule);
            engine.ReadTotals();
        }

        engine.Load(start);
        var kernels = engine as IKernelEngine;
        var before = kernels?.Work ?? default;
        var times = new double[steps];
        Totals last = default;
        for (var step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var from = Stopwatch.GetTimestamp();
            engine.Step(Rule);
            last = engine.ReadTotals();
            times[step] = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        }

        var work = kernels?.Work.Since(before);
        var end = engine.Save();
        Array.Sort(times);
        var median = (times[(steps - 1) / 2] + times[steps / 2]) / 2;
        var compile = made.TotalMilliseconds + Math.Max(0, first.TotalMilliseconds - median);
        return (new ComparisonRow
        {
            Device = contender.Choice.Name,
            Fused = kernels is null ? null : contender.Kernels.Fuse,
            Products = kernels?.Products.Description,
            MillisecondsCompile = compile,
            MillisecondsUpload = (uploaded - made).TotalMilliseconds,
            MillisecondsPerStep = median,
            ImagesPerSecond = images.Count / median * 1e3,
            GigaflopsPerSecond = shape.FlopsPerImage * (double)images.Count / median / 1e6,
            LaunchesPerStep = work?.Launches / (double?)steps,
            BytesPerStep = work?.Bytes / steps,
            Accuracy = last.Accuracy,
        }, end);
    }

    private static double Difference(NetworkState expected, NetworkState actual)
    {
        var largest = 0.0;
        for (var l = 0; l < expected.Shape.Layers; l++)
        {
            foreach (var (a, b) in ((double[], double[])[])[(expected.W[l], actual.W[l]), (expected.b[l], actual.b[l])])
            {
                var scale = a.Max(Math.Abs);
                for (var i = 0; i < a.Length; i++)
                {
                    largest = Math.Max(largest, Math.Abs(a[i] - b[i]) / scale);
                }
            }
        }

        return largest;
    }
}
