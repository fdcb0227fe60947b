using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Gpu.Tuning;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>The steps that have a goal, beside PyTorch; and again with the products that tuning chose.</summary>
internal static class GoalsStage
{
    public const string Name = "3-goals";

    private static readonly string[] Columns = ["step", "by", "a step", "quartiles", "its kernels", "launches", "moved",
        "of peak multiply-adds", "of peak copy", "loss after 10 steps", "ratio"];

    public static Stage Create() => new(Name, "Goals", 3.6, Columns, Pieces)
    {
        About = "A step is forward, backward and update, many in a row; its kernels, by the device's own events. The "
            + "ratio is the peer's time over ours, for the same start and order, and only where the loss after ten "
            + "steps is the same (to 1e-4; with TF32 to 1e-2). Every row's loss is the CPU engine's too.",
    };

    public static Stage CreateTuned() => new("8-goals-tuned", "Goals, tuned", 0.6, Columns, TunedPieces)
    {
        About = "The same steps with the products that tuning chose. The ratio is the time before over the time now.",
    };

    /// <summary>What was measured of a goal; null for nothing.</summary>
    public static GoalResult? Find(StageContext context, GoalJob goal) =>
        StageRecord.Values<GoalResult>(context.Other(Name).Find(goal.Name) is { State: PieceState.Done } piece
            ? piece : null);

    private static IEnumerable<Piece> Pieces(StageContext context)
    {
        var torch = new Lazy<TorchPeer>(() => context.Own(TorchPeer.Start(context)));
        foreach (var goal in GoalJob.All)
        {
            yield return new(goal.Name, () => Allowed(context, goal,
                () => TuningStage.Choice(context, isTuned: false)).Run(), Weight: 3, Most: 0.3);
            foreach (var graph in (bool[])[false, true])
            {
                yield return new($"{goal.Name}, PyTorch {(graph ? "in a CUDA graph" : "eager")}",
                    () => torch.Value.Train(context, goal, graph), Most: 0.2);
            }
        }
    }

    private static IEnumerable<Piece> TunedPieces(StageContext context)
    {
        foreach (var goal in GoalJob.All.Where(goal => goal.Rung is null))
        {
            yield return new(goal.Name, () =>
            {
                TuningStage.Choice(context, isTuned: true);
                var output = Allowed(context, goal, () => TuningStage.Choice(context, isTuned: true)).Run();
                if (output.Values is GoalResult now && Find(context, goal) is { } before
                    && (now.Images, now.Batch) == (before.Images, before.Batch))
                {
                    output.Rows[0][^1] = $"{before.Seconds.Median / now.Seconds.Median:F2}×";
                }

                return output;
            }, Most: 0.3);
        }
    }

    private static GoalMeasurement Allowed(StageContext context, GoalJob goal, Func<ProductChoice> products)
    {
        var passed = ProofStage.PassedRungs(context);
        return goal.Rung is null || passed.Any(rung => rung.Name == goal.Rung)
            ? new GoalMeasurement(context, goal, products)
            : throw new NotRunException($"{goal.Rung} did not pass the proof here");
    }
}
