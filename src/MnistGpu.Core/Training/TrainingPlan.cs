using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>The steps of a run.</summary>
/// <param name="Steps">Steps to take, 0 or more.</param>
/// <param name="Rule">How each step changes the parameters; its rate is the schedule's highest.</param>
public sealed record TrainingPlan(long Steps, UpdateRule Rule)
{
    /// <summary>Which images each step takes; null for all of them in every step.</summary>
    public Batches? Batches { get; init; }

    /// <summary>How the rate changes over the steps.</summary>
    public Schedule Schedule { get; init; }

    /// <summary>The share of the rate that the exponential schedule ends at, above 0 and at most 1.</summary>
    public double Last { get; init; } = Schedules.ExponentialLast;

    /// <summary>The rule at a step, counted from 0.</summary>
    public UpdateRule RuleAt(long step) => Schedule == Schedule.Constant ? Rule : Rule.Scaled(Schedule.Factor(step, Steps, Last));

    /// <summary>The epoch of a step, which dropout and deformations are drawn by; a step over all images is an epoch.</summary>
    public uint EpochOf(long step) => (uint)(Batches is { } batches ? step / batches.PerEpoch : step);
}
