using System.Diagnostics;

namespace MnistGpu.Bench.Measuring;

/// <summary>The middle of some measurements and how far they spread.</summary>
internal readonly record struct Spread(double Median, double Min, double LowerQuartile, double UpperQuartile,
    double Max, int Count)
{
    /// <summary>
    /// Sorts <paramref name="samples"/> and takes its quantiles, between neighbours by linear interpolation.
    /// </summary>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static Spread From(Span<double> samples)
    {
        if (samples.IsEmpty)
        {
            throw new ArgumentException("There is nothing to take the median of.", nameof(samples));
        }

        samples.Sort();
        return new Spread(Quantile(samples, 0.5), samples[0], Quantile(samples, 0.25), Quantile(samples, 0.75),
            samples[^1], samples.Length);
    }

    private static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below])
            : sorted[below];
    }
}

/// <summary>
/// Warm-up, then the median of many runs. (BenchmarkDotNet starts a process per benchmark and takes minutes for a
/// ladder of fifty rows on every
/// device; nor does it time a device that must be waited for, or two programs in turn.)
/// </summary>
internal static class Timing
{
    // A sample is at least this long, so that neither the clock nor the wait for a device weighs in it.
    private const double ShortestSample = 1e-3;

    private const int FewestSamples = 3;
    private const int MostSamples = 2000;

    /// <summary>Times one run.</summary>
    /// <param name="run">Does the given number of runs and waits until they are done.</param>
    /// <param name="seconds">How long to go on, after a warm-up of a third of it.</param>
    /// <returns>Seconds per run.</returns>
    public static Spread Measure(Action<int> run, double seconds)
    {
        var runs = 1;
        var start = Stopwatch.GetTimestamp();
        double last;
        var warm = 0;
        do
        {
            last = Time(run, runs);
            warm++;
            if (last < ShortestSample)
            {
                runs = (int)Math.Min(1 << 20, Math.Max(runs + 1,
                    runs * Math.Min(10, 1.2 * ShortestSample / Math.Max(last, 1e-9))));
            }
        }
        while (warm < 2 || last < ShortestSample || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / 3);

        var samples = new List<double>(MostSamples);
        start = Stopwatch.GetTimestamp();
        while (samples.Count < FewestSamples
            || (samples.Count < MostSamples && Stopwatch.GetElapsedTime(start).TotalSeconds < seconds))
        {
            samples.Add(Time(run, runs) / runs);
        }

        return Spread.From(samples.ToArray());
    }

    /// <summary>Seconds that <paramref name="runs"/> runs took.</summary>
    public static double Time(Action<int> run, int runs)
    {
        var start = Stopwatch.GetTimestamp();
        run(runs);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
