using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Bench.Contract;

internal sealed partial class EngineCases
{
    [Case]
    public void PartsOfAnOrderTrainAsTheirImagesByName()
    {
        using var run = new Run(this, "20-7-10", 30);
        var order = Enumerable.Range(0, 30).Select(j => 7 * j % 30).Append(3).ToArray();
        var start = run.Engine.Save();
        NetworkState Train(Action<int, int> step)
        {
            run.Engine.Load(start);
            step(0, 12);
            step(12, 12);
            step(24, 7);
            step(3, 1);
            return run.Engine.Save();
        }

        var byName = Train((first, count) => run.Engine.Step(order.AsSpan(first, count), Rule));
        run.Engine.SetOrder(order);
        Agreement.SameBits(byName, Train((first, count) => run.Engine.Step(first, count, Rule)));

        // The engine has its own copy, which evaluations and gradients leave alone.
        var mine = order.ToArray();
        run.Engine.SetOrder(mine);
        Array.Clear(mine);
        run.Engine.Evaluate(run.X, run.Labels);
        run.Engine.ComputeGradients([5, 5]);
        Agreement.SameBits(byName, Train((first, count) => run.Engine.Step(first, count, Rule)));
    }

    /// <summary>As the live page does in the middle of an epoch.</summary>
    [Case]
    public void LookingAtARunBetweenItsStepsChangesNothing()
    {
        using var run = new Run(this, "20-7-10", 30);
        var rule = new UpdateRule(0.01, Optimizer.Adam) { Averaging = 0.9 };
        var start = run.Engine.Save();
        run.Engine.Regularization = new() { Dropout = new(0.2), Seed = 1 };
        (NetworkState, Totals) Train(bool isSeen)
        {
            run.Engine.Load(start);
            run.Engine.SetOrder([.. run.All.Reverse()]);
            run.Engine.ReadTotals();
            for (var first = 0; first < 30; first += 4)
            {
                run.Engine.Step(first, Math.Min(4, 30 - first), rule, 1);
                if (isSeen)
                {
                    run.Answers();
                    run.Engine.SaveEvaluationParameters();
                }
            }

            return (run.Engine.Save(), run.Engine.ReadTotals());
        }

        var (expected, totals) = Train(isSeen: false);
        var (actual, seenTotals) = Train(isSeen: true);
        Agreement.SameBits(expected, actual);
        Expect.Equal(totals, seenTotals);
    }

    [Case]
    public void PartsThatAreNoneAreRefused()
    {
        using var run = new Run(this, "4-3-2", 5);
        Expect.Throws<InvalidOperationException>(() => run.Engine.Step(0, 1, Rule));
        Expect.Throws<ArgumentException>(() => run.Engine.SetOrder([]));
        Expect.Throws<ArgumentException>(() => run.Engine.SetOrder([0, 5]));
        run.Engine.SetOrder([4, 0, 2]);
        Expect.All(((int, int)[])[(0, 0), (0, 4), (-1, 2), (3, 1), (1, int.MaxValue)], part =>
            Expect.Throws<ArgumentException>(() => run.Engine.Step(part.Item1, part.Item2, Rule)));
        run.Engine.Step(2, 1, Rule);
        run.Engine.Attach(run.X, run.Labels);
        Expect.Throws<InvalidOperationException>(() => run.Engine.Step(0, 1, Rule));
    }
}
