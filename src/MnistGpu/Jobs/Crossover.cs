using System.Diagnostics;
using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Jobs;

/// <summary>How fast a device trains with batches of one size.</summary>
/// <param name="Device">What --device calls it.</param>
/// <param name="ImagesPerSecond">Images in a step over its time; null where a step would have taken too long.</param>
internal sealed record CrossoverSpeed(string Device, double? ImagesPerSecond);

/// <summary>The devices side by side at one batch.</summary>
/// <param name="Network">The widths.</param>
/// <param name="Batch">Images in a step.</param>
/// <param name="Speeds">In the devices' order.</param>
internal sealed record CrossoverRow(string Network, int Batch, IReadOnlyList<CrossoverSpeed> Speeds)
{
    /// <summary>The fastest device's name.</summary>
    public string? Fastest =>
        Speeds.Where(speed => speed.ImagesPerSecond is not null).MaxBy(speed => speed.ImagesPerSecond)?.Device;
}

/// <summary>
/// Finds from which network and batch on one device overtakes another: GPUs need enough work to be worth their
/// launches.
/// </summary>
internal static class Crossover
{
    /// <summary>From the tutorial's network to the widest of Cireşan et al. 2010.</summary>
    public static IReadOnlyList<NetworkShape> Networks(DataShape images) =>
        [.. ((string[])["10", "128", "800-800", "2500-2000-1500-1000-500"])
            .Select(hidden => CommonOptions.Between(hidden, images))];

    private static readonly UpdateRule Rule = new(0.01);
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(2);

    /// <summary>Powers of eight, then all images.</summary>
    public static IReadOnlyList<int> Batches(int images)
    {
        var batches = new List<int>();
        for (var batch = 16L; batch < images; batch *= 8)
        {
            batches.Add((int)batch);
        }

        return [.. batches, images];
    }

    /// <summary>Measures one network.</summary>
    /// <param name="images">The training set.</param>
    /// <param name="shape">The network.</param>
    /// <param name="choices">The devices.</param>
    /// <param name="threads">Of simd.</param>
    /// <param name="seed">The start's.</param>
    /// <param name="cancel">Ends it.</param>
    public static IReadOnlyList<CrossoverRow> Run(DigitSet images, NetworkShape shape,
        IReadOnlyList<EngineChoice> choices, int threads, ulong seed, CancellationToken cancel)
    {
        var batches = Batches(images.Count);
        var start = Initialization.Draw(shape, Start.He, seed);
        var speeds = choices.Select(choice => Speeds(images, shape, start, choice, threads, batches, cancel)).ToArray();
        return [.. batches.Select((batch, i) =>
            new CrossoverRow($"{shape}", batch,
            [.. choices.Select((choice, c) => new CrossoverSpeed(choice.Name, speeds[c][i]))]))];
    }

    /// <summary>
    /// Where a device overtakes another on the way to larger batches, in a sentence for each network.
    /// </summary>
    public static string Verdict(IReadOnlyList<CrossoverRow> rows)
    {
        var changes = new List<string>();
        string? before = null;
        foreach (var row in rows.Where(row => row.Fastest is not null && row.Fastest != before))
        {
            changes.Add(before is null ? $"{row.Fastest} is the fastest" : $"{row.Fastest} from batch {row.Batch} on");
            before = row.Fastest;
        }

        return $"{rows[0].Network}: {string.Join(", ", changes)}{(changes.Count == 1 ? " at every batch" : "")}";
    }

    private static double?[] Speeds(DigitSet images, NetworkShape shape, NetworkState start, EngineChoice choice,
        int threads, IReadOnlyList<int> batches, CancellationToken cancel)
    {
        using var engine = Engines.Create(choice, shape, threads);
        engine.Load(start);
        engine.Attach(images.X, images.Labels);
        engine.SetOrder([.. Enumerable.Range(0, images.Count)]);
        var speeds = new double?[batches.Count];
        for (var i = 0; i < batches.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (i > 0 && (speeds[i - 1] is not { } slower || batches[i] / slower > LongestStep.TotalSeconds))
            {
                continue;
            }

            speeds[i] = Speed(engine, batches[i], images.Count / batches[i]);
        }

        return speeds;
    }

    /// <summary>
    /// Images a second, steps in a row and one wait at their end; the first step, which compiles and allocates, not
    /// counted.
    /// </summary>
    private static double Speed(INetworkEngine engine, int batch, int inEpoch)
    {
        var next = 0;
        Time(1);
        var once = Time(1);
        var steps = Math.Clamp((int)(Enough / once), 1, 100_000);
        return steps == 1 ? batch / once.TotalSeconds : (double)batch * steps / Time(steps).TotalSeconds;

        TimeSpan Time(int count)
        {
            var from = Stopwatch.GetTimestamp();
            for (var step = 0; step < count; step++)
            {
                engine.Step(next * batch, batch, Rule);
                next = (next + 1) % inEpoch;
            }

            engine.ReadTotals();
            return Stopwatch.GetElapsedTime(from);
        }
    }
}
