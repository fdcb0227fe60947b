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

    /// <summary>The rule at a step, counted from 0.</summary>
    public UpdateRule RuleAt(long step) => Schedule == Schedule.Constant ? Rule : Rule.Scaled(Schedule.Factor(step, Steps));
}
