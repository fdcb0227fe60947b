using System.Diagnostics;
using MnistGpu.Bench.Contract;
using MnistGpu.Model;
using MnistGpu.Ranks;
using MnistGpu.Simd;

namespace MnistGpu.Bench.Scale;

/// <summary>
/// Times what <see cref="ScaleModel"/> is made of, and real steps beside it: ranks that are threads of this process,
/// with a simd engine each.
/// </summary>
internal sealed class ScaleMeasurement(NetworkShape shape, int batch, double seconds)
{
    private static readonly UpdateRule Rule = new(0.001, Optimizer.Adam);

    private readonly RandomImages images = new(shape, batch);

    /// <summary>Seconds of one rank's work on so many images with so many threads.</summary>
    public double Gradients(int count, int threads)
    {
        using var engine = Engine(threads);
        var totals = new Totals[1];
        return Median(() =>
        {
            engine.Parts.SumGradients(0, 0, count, 0);
            engine.Parts.ReadTotals(totals);
        });
    }

    /// <summary>Seconds of the update of all parameters.</summary>
    public double Update(int threads)
    {
        using var engine = Engine(threads);
        return Median(() => engine.Parts.Update(0, 0, engine.Parts.Length, batch, Rule, 1));
    }

    /// <summary>
    /// What a message between ranks that are threads costs: an exchange of nothing, and one of all parameters.
    /// </summary>
    public Wire Threads(int ranks)
    {
        var bytes = (int)shape.ParameterCount * sizeof(float) / ranks;
        double Exchange(int each) => ThreadRanks.Run(ranks, one =>
        {
            var (sent, received) = (new byte[each * ranks], new byte[each * ranks]);
            var counts = Enumerable.Repeat(each, ranks).ToArray();
            return Median(() => one.AllToAll(sent, counts, received, counts), rounds: 20);
        }).Max();

        var (nothing, all) = (Exchange(0), Exchange(bytes));
        return new Wire(nothing / (ranks - 1), (double)bytes * (ranks - 1) / Math.Max(1e-9, all - nothing));
    }

    /// <summary>Seconds of a real step of ranks that are threads.</summary>
    public double Step(int ranks, int threads) => ThreadRanks.Run(ranks, one =>
    {
        using var engine = Engine(threads);
        var steps = new PartedSteps(engine.Parts, ranks, one);
        return Median(() => steps.Take(0, batch, Rule, 0, false), rounds: 7);
    }).Max();

    private INetworkEngine Engine(int threads)
    {
        var engine = SimdEngine.Create(shape, threads);
        engine.Load(Initialization.Draw(shape, Start.He, 1));
        engine.Attach(images.X, images.Labels);
        engine.SetOrder([.. Enumerable.Range(0, batch)]);
        return engine;
    }

    // A number of rounds where ranks must agree on it, else as many as the time allows.
    private double Median(Action work, int rounds = 0)
    {
        work();
        var times = new List<double>();
        var begin = Stopwatch.GetTimestamp();
        do
        {
            var start = Stopwatch.GetTimestamp();
            work();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (rounds > 0 ? times.Count < rounds : Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds);
        times.Sort();
        return times[times.Count / 2];
    }
}
