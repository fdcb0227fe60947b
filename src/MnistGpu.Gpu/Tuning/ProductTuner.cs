using System.Diagnostics;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Proof;

namespace MnistGpu.Gpu.Tuning;

/// <summary>What a rung took for one product of one size.</summary>
/// <param name="Rung">The rung's name.</param>
/// <param name="Microseconds">The median of several; null where it is not right.</param>
internal sealed record RungTime(string Rung, double? Microseconds);

/// <summary>The rungs for one product of one size.</summary>
/// <param name="Case">What was timed.</param>
/// <param name="Size">What it stands for.</param>
/// <param name="Times">All rungs that run there.</param>
internal sealed record TunedProduct(ProductCase Case, ResultSize Size, IReadOnlyList<RungTime> Times)
{
    /// <summary>The fastest of those that are right.</summary>
    public string Rung => Times.Where(time => time.Microseconds is not null).MinBy(time => time.Microseconds)!.Rung;
}

/// <summary>Everything that was measured on a device.</summary>
/// <param name="Products">Each product and size.</param>
/// <param name="Failures">Rungs that are never chosen, with the reason.</param>
internal sealed record TuningResult(IReadOnlyList<TunedProduct> Products, IReadOnlyDictionary<string, string> Failures);

/// <summary>
/// Verifies, then times the float32 rungs of the ladder on a device. The textbook's kernels are what they are verified
/// against: the program's tests and <c>verify</c> prove those.
/// </summary>
internal sealed class ProductTuner
{
    private const double ShortestSample = 1e-3;
    private const int MostSamples = 15;

    // A rung that takes so many times the best's time needs no more samples to be told from it.
    private const double Hopeless = 4;

    // Rows and columns of one, tails in every dimension, more summed than there is of a result.
    private static readonly (int Rows, int Columns, int Depth)[] Awkward = [
        (1, 1, 1), (3, 7, 5), (10, 4, 784), (33, 17, 129), (65, 63, 130)];

    private readonly GpuDevice device;
    private readonly IReadOnlyList<IProductRung> rungs;
    private readonly Naive naive = new();
    private readonly Dictionary<string, string> failures = [];

    /// <summary>Prepares a device.</summary>
    /// <param name="device">Which; ILGPU's CPU accelerator only simulates, so its times would mean nothing.</param>
    /// <param name="rungs">What is tried; null for every float32 rung that runs there.</param>
    public ProductTuner(GpuDevice device, IReadOnlyList<IProductRung>? rungs = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        this.device = device;
        this.rungs = rungs ?? [.. ProductLadder.Rungs
            .Where(rung => rung.Math == ProductMath.Full && rung.Refusal(device.Accelerator) is null)];
    }

    /// <summary>Verifies and times.</summary>
    /// <param name="seconds">How long to time in all; verifying and compiling come on top.</param>
    /// <param name="progress">Is told what is next.</param>
    /// <param name="cancel">Ends it.</param>
    public TuningResult Run(double seconds, Action<string> progress, CancellationToken cancel)
    {
        foreach (var rung in rungs)
        {
            progress($"verifying {rung.Name}");
            foreach (var product in Enum.GetValues<ProductKind>())
            {
                foreach (var (rows, columns, depth) in Awkward)
                {
                    cancel.ThrowIfCancellationRequested();
                    Verify(rung, new(product, rows, columns, depth, Math.Max(1, depth / 2)));
                }
            }
        }

        var products = new List<TunedProduct>();
        var cases = Enum.GetValues<ProductKind>().Length * Enum.GetValues<ResultSize>().Length;
        var left = cases * (rungs.Count - failures.Count);
        var timed = 0.0;
        foreach (var product in Enum.GetValues<ProductKind>())
        {
            progress($"timing {ProductNames.NameOf(product)}");
            foreach (var size in Enum.GetValues<ResultSize>())
            {
                var what = ResultSizes.Create(product, size, device.Info.IsGpu);
                using var operands = new ProductOperands(device, what);
                var times = new List<RungTime>();
                var best = double.PositiveInfinity;
                foreach (var rung in rungs.Where(rung => !failures.ContainsKey(rung.Name)))
                {
                    cancel.ThrowIfCancellationRequested();
                    Verify(rung, what);
                    if (failures.ContainsKey(rung.Name))
                    {
                        continue;
                    }

                    var start = Stopwatch.GetTimestamp();
                    var median = Time(operands, rung, Math.Max(0, seconds - timed) / left--, best);
                    timed += Stopwatch.GetElapsedTime(start).TotalSeconds;
                    best = Math.Min(best, median);
                    times.Add(new(rung.Name, median * 1e6));
                }

                products.Add(new(what, size, times));
            }
        }

        // A rung may have failed at a later size than those it was timed at.
        return new(
            [.. products.Select(p => p with { Times = [.. rungs.Select(rung => TimeOf(p, rung.Name))] })], failures);

        RungTime TimeOf(TunedProduct product, string rung) => new(
            rung, failures.ContainsKey(rung) ? null : product.Times.First(time => time.Rung == rung).Microseconds);
    }

    /// <summary>
    /// |rung − naive| ≤ 2·γ(K + 3)·Σ|a·b|: each may be off by half of it, and Σ|a·b| is itself computed in
    /// float32.
    /// </summary>
    private void Verify(IProductRung rung, ProductCase what)
    {
        if (rung is Naive || failures.ContainsKey(rung.Name))
        {
            return;
        }

        try
        {
            using var operands = new ProductOperands(device, what);
            using var magnitudes = new ProductOperands(device, what, areMagnitudes: true);
            float[] expected = operands.Compute(naive), sizes = magnitudes.Compute(naive),
                actual = operands.Compute(rung);
            var gamma = RoundingBounds.Gamma(what.Depth + 3);
            for (var i = 0; i < actual.Length; i++)
            {
                var bound = 2 * gamma * sizes[i] / (1 - gamma);
                if (!(Math.Abs((double)actual[i] - expected[i]) <= bound))
                {
                    failures.Add(rung.Name,
                        $"{ProductNames.NameOf(what.Product)}, {what}: element {i} is {actual[i]:G9} "
                        + $"where naive has {expected[i]:G9}, bound {bound:G3}");
                    return;
                }
            }
        }
        catch (Exception e) when (e is UserErrorException or AcceleratorException)
        {
            var found = (e as UserErrorException)?.Found ?? e.Message;
            failures.Add(rung.Name, $"{ProductNames.NameOf(what.Product)}, {what}: {found.Split('\n')[0]}");
        }
    }

    /// <summary>
    /// Seconds of a launch: the median of several samples, each long enough that the wait for the device does not
    /// weigh in.
    /// </summary>
    private double Time(ProductOperands operands, IProductRung rung, double seconds, double best)
    {
        Sample(1);
        var once = Sample(1);
        if (once > Hopeless * best && once > ShortestSample)
        {
            return once;
        }

        var launches = (int)Math.Clamp(ShortestSample / once, 1, 1000);
        var samples = new List<double>(MostSamples);
        var start = Stopwatch.GetTimestamp();
        while (samples.Count < 3
            || (samples.Count < MostSamples && Stopwatch.GetElapsedTime(start).TotalSeconds < seconds))
        {
            samples.Add(Sample(launches) / launches);
        }

        samples.Sort();
        return samples[samples.Count / 2];

        double Sample(int count)
        {
            var from = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                operands.Launch(rung);
            }

            device.Accelerator.Synchronize();
            return Stopwatch.GetElapsedTime(from).TotalSeconds;
        }
    }
}
