using System.Runtime.InteropServices;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Bench.Contract;

internal sealed partial class EngineCases
{
    /// <summary>Networks below, around and above a block of parameters.</summary>
    public static IEnumerable<object[]> PartCases => [["1-1", 3], ["20-7-10", 30], ["65-31-9-10", 64]];

    [CasesOf(nameof(PartCases))]
    public void PartsAddUpToTheGradients(string network, int m)
    {
        using var run = new Run(this, network, m);
        run.Engine.SetOrder(run.All);
        var parts = run.Engine.Parts;
        var before = run.Engine.Save();
        var bounds = RoundingBounds.Create(before, run.X, run.Labels);
        var first = m / 3;
        parts.SumGradients(0, 0, first, 0);
        parts.SumGradients(1, first, m - first, 0);
        parts.Add(0, 1, 0, parts.Length);
        parts.Update(0, 0, parts.Length, m, Rule, 1);
        parts.EndStep(Rule);
        AssertStep(before, bounds, run.Engine.Save());
        var totals = new Totals[2];
        parts.ReadTotals(totals);
        Expect.Equal(first, totals[0].Images);
        AssertTotals(bounds, m, totals[0] + totals[1]);
        Expect.Equal(default, run.Engine.ReadTotals());
    }

    [Case("20-7-10", Optimizer.GradientDescent)]
    [Case("65-31-9-10", Optimizer.GradientDescent)]
    [Case("65-31-9-10", Optimizer.Momentum)]
    [Case("65-31-9-10", Optimizer.Nesterov)]
    [Case("65-31-9-10", Optimizer.RMSprop)]
    [Case("65-31-9-10", Optimizer.Adam)]
    [Case("65-31-9-10", Optimizer.AdamW)]
    public void ARangeIsUpdatedAsTheWhole(string network, Optimizer optimizer)
    {
        var rule = new UpdateRule(0.01, optimizer) { WeightDecay = 0.01, Averaging = 0.9 };
        using var whole = new Run(this, network, 30);
        using var ranges = new Run(this, network, 30);
        using var step = new Run(this, network, 30);
        for (var i = 0; i < 3; i++)
        {
            step.Engine.Step(rule);
            Take(whole.Engine, (parts, length) => parts.Update(0, 0, length, 30, rule, 1));
            Take(ranges.Engine, (parts, length) =>
            {
                // As the second of two ranks, which gets what the first has made of the rest.
                var border = Math.Min(length, IStepParts.Block);
                parts.Update(0, border, length - border, 30, rule, 1);
                Copy(whole.Engine.Parts, parts, StepArray.Parameters, 0, border);
                for (var k = 0; k < rule.Moments; k++)
                {
                    Copy(whole.Engine.Parts, parts, StepArray.Moment(k), 0, border);
                }
            });
        }

        Agreement.SameBits(whole.Engine.Save(), ranges.Engine.Save());
        Expect.Equal(3, ranges.Engine.Save().Step);
        Agreement.Relative(step.Engine.Save(), whole.Engine.Save(), Tolerance(whole.Engine));
        Agreement.Relative(step.Engine.Save().Average!, whole.Engine.Save().Average!, Tolerance(whole.Engine));

        void Take(INetworkEngine engine, Action<IStepParts, long> update)
        {
            engine.SetOrder(whole.All);
            engine.Parts.SumGradients(0, 0, 30, 0);
            update(engine.Parts, engine.Parts.Length);
            engine.Parts.EndStep(rule);
            engine.Parts.ReadTotals(new Totals[1]);
        }
    }

    [Case]
    public void TheSquaresOfTheBlocksMakeTheNorm()
    {
        const double C = 0.01;
        using var run = new Run(this, "65-31-9-10", 30);
        using var clipped = new Run(this, "65-31-9-10", 30);
        var rule = Rule with { ClipNorm = C };
        clipped.Engine.Step(rule);
        run.Engine.SetOrder(run.All);
        var parts = run.Engine.Parts;
        parts.SumGradients(2, 0, 30, 0);
        var blocks = new double[(parts.Length + IStepParts.Block - 1) / IStepParts.Block];
        Expect.InRange(blocks.Length, 2, int.MaxValue);
        parts.SumSquares(2, 0, parts.Length, 30, blocks);
        var last = new double[1];
        var at = (blocks.Length - 1) * (long)IStepParts.Block;
        parts.SumSquares(2, at, parts.Length - at, 30, last);
        Expect.Equal(blocks[^1], last[0]);
        parts.Update(2, 0, parts.Length, 30, rule, Math.Min(1, C / Math.Sqrt(blocks.Sum())));
        parts.EndStep(rule);
        Agreement.Relative(clipped.Engine.Save(), run.Engine.Save(), Tolerance(run.Engine));
    }

    [Case]
    public void SumsAreReadWrittenAndAddedInRanges()
    {
        using var run = new Run(this, "65-31-9-10", 30);
        run.Engine.SetOrder(run.All);
        var parts = run.Engine.Parts;
        parts.SumGradients(0, 0, 11, 0);
        parts.SumGradients(1, 11, 19, 0);
        var (one, other) = (Read(parts, StepArray.Sums(0)), Read(parts, StepArray.Sums(1)));
        parts.Add(0, 1, IStepParts.Block, parts.Length - IStepParts.Block);
        var sum = Read(parts, StepArray.Sums(0));
        for (var i = 0; i < sum.Length; i++)
        {
            // The sum of two floats as doubles is exact, and rounded once more it is theirs.
            var both = one[i] + other[i];
            Expect.Equal(i < IStepParts.Block ? one[i] : run.Engine.IsDouble ? both : (float)both, sum[i]);
        }

        Copy(parts, parts, StepArray.Sums(0), StepArray.Sums(5), 0, parts.Length);
        Expect.Equal(sum, Read(parts, StepArray.Sums(5)));
        Expect.Equal(other, Read(parts, StepArray.Sums(1)));
    }

    [Case]
    public void PartsThatDoNotFitAreRefused()
    {
        using var run = new Run(this, "65-31-9-10", 5);
        var parts = run.Engine.Parts;
        Expect.Throws<InvalidOperationException>(() => parts.SumGradients(0, 0, 1, 0));
        run.Engine.SetOrder(run.All);
        Expect.Throws<ArgumentException>(() => parts.SumGradients(0, 4, 2, 0));
        Expect.Throws<ArgumentException>(() => parts.SumGradients(0, 0, 0, 0));
        Expect.Throws<ArgumentException>(() => parts.ReadTotals(new Totals[1]));
        Expect.Throws<ArgumentException>(() => parts.Add(0, 1, 1, IStepParts.Block));
        Expect.Throws<ArgumentException>(() => parts.Add(0, 1, 0, 5));
        Expect.Throws<ArgumentException>(() => parts.Add(0, 1, 0, parts.Length + 1));
        Expect.Throws<ArgumentException>(() => parts.Read(StepArray.Sums(0), 0, new byte[parts.ElementBytes - 1]));
        Expect.Throws<ArgumentException>(() => parts.Read(StepArray.Moment(0), 0, []));
        Expect.Equal(5, parts.Attached);
        parts.ReadTotals([]);
    }

    private static void Copy(IStepParts from, IStepParts to, StepArray array, long at, long count) =>
        Copy(from, to, array, array, at, count);

    private static void Copy(IStepParts from, IStepParts to, StepArray source, StepArray target, long at, long count)
    {
        var bytes = new byte[count * from.ElementBytes];
        from.Read(source, at, bytes);
        to.Write(target, at, bytes);
    }

    private static double[] Read(IStepParts parts, StepArray array)
    {
        var bytes = new byte[parts.Length * parts.ElementBytes];
        parts.Read(array, 0, bytes);
        return parts.ElementBytes == sizeof(double) ? MemoryMarshal.Cast<byte, double>(bytes).ToArray()
            : Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), value => (double)value);
    }
}
