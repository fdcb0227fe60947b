using MnistGpu.Model;
using MnistGpu.Ranks;

namespace MnistGpu.Training;

/// <summary>
/// Takes the steps of a run: whole ones, or in parts that ranks may share. What decides where the run goes is the same
/// on all ranks.
/// </summary>
internal sealed class StepTaker(
    INetworkEngine engine, TrainingPlan plan, IRanks ranks, CancellationToken cancel)
{
    private readonly PartedSteps? parted =
        plan.Parts > 1 ? new PartedSteps(engine.Parts, plan.Parts, ranks) : null;

    private Totals totals;
    private bool isAgreed;

    /// <summary>
    /// Whether each step's totals are read by themselves: where the order of sums must not depend on the time that
    /// steps take.
    /// </summary>
    public bool ReadsEach => parted is not null || ranks.Count > 1;

    /// <summary>Whether the user has stopped the run; ranks agree on it in their steps.</summary>
    public bool IsStopped => ranks.Count > 1 ? isAgreed : cancel.IsCancellationRequested;

    /// <summary>Takes a step.</summary>
    /// <param name="step">Which, from 0.</param>
    /// <param name="isFirst">Whether it is the first since the run began or was resumed.</param>
    public void Take(long step, bool isFirst)
    {
        var (first, count) = Begin(step, isFirst);
        var (rule, epoch) = (plan.RuleAt(step), plan.EpochOf(step));
        if (parted is not null)
        {
            var (sum, stops) = parted.Take(first, count, rule, epoch, cancel.IsCancellationRequested);
            totals += sum;
            isAgreed |= stops;
            return;
        }

        if (plan.Batches is null)
        {
            engine.Step(rule, epoch);
        }
        else
        {
            engine.Step(first, count, rule, epoch);
        }

        // One part is nothing to share: every rank takes the whole step.
        isAgreed |= ranks.Count > 1 && ranks.Gather(cancel.IsCancellationRequested ? 1 : 0).Max() > 0;
    }

    /// <summary>The totals of the steps since the last call.</summary>
    public Totals ReadTotals()
    {
        if (parted is null)
        {
            return engine.ReadTotals();
        }

        var read = totals;
        totals = default;
        return read;
    }

    /// <summary>Has all ranks have all moments, after so many steps.</summary>
    public void GatherMoments(long steps) => parted?.GatherMoments(plan.RuleAt(steps - 1));

    /// <summary>What rank 0 judges, on all ranks; null for nothing.</summary>
    public Totals? FromRankZero(Func<Totals>? judge) =>
        judge is null ? null : ranks.Broadcast(ranks.Rank == 0 ? judge() : default);

    // An epoch's order goes to the device once; its steps then send nothing.
    private (int First, int Count) Begin(long step, bool isFirst)
    {
        if (plan.Batches is { } batches)
        {
            if (isFirst || batches.BeginsEpoch(step))
            {
                engine.SetOrder(batches.OrderAt(step));
            }

            return batches.PartAt(step);
        }

        if (parted is not null && isFirst)
        {
            engine.SetOrder([.. Enumerable.Range(0, engine.Parts.Attached)]);
        }

        return (0, engine.Parts.Attached);
    }
}
