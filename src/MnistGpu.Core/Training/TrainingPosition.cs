using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// What a run needs, besides the network's state, to continue as if it had never stopped.
/// </summary>
internal sealed class TrainingPosition
{
    // Engines add up losses in an order that depends on when they are read: what they differ by is far below this.
    private const int LossDigits = 9;

    private int compared;
    private int? bestIndex;

    /// <summary>Steps done.</summary>
    public long Step { get; set; }

    /// <summary>The totals of the row under way.</summary>
    public Totals Row { get; set; }

    /// <summary>The rows so far.</summary>
    public List<EpochRow> History { get; init; } = [];

    /// <summary>The parameters used for evaluation after the best row; only where the plan keeps them.</summary>
    public NetworkState? Best { get; set; }

    /// <summary>The row that did best on the development set, the first of several; null where there is none.</summary>
    public EpochRow? BestRow => BestIndex is { } best ? History[best] : null;

    /// <summary>Rows since the best one.</summary>
    public int RowsSinceBest => BestIndex is { } best ? History.Count - 1 - best : 0;

    /// <summary>Adds the row under way to the history.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="development">Loss and hits on the development set now; null where there is none.</param>
    /// <param name="imagesPerSecond">How fast the row was.</param>
    /// <returns>The row, and whether it is the best so far.</returns>
    public (EpochRow Row, bool IsBest) EndRow(TrainingPlan plan, Totals? development, double imagesPerSecond)
    {
        var last = Step - 1;
        var row = new EpochRow(plan.EpochOf(last) + 1L, Step, Math.Round(Row.MeanLoss, LossDigits), Row.Accuracy,
            development?.Accuracy, plan.RuleAt(last).Alpha, imagesPerSecond)
        {
            DevelopmentLoss = development is { } held && double.IsFinite(held.Loss)
                ? Math.Round(held.MeanLoss, LossDigits) : null,
        };
        History.Add(row);
        return (row, ReferenceEquals(row, BestRow));
    }

    // The history only grows: what was compared once is not compared again.
    private int? BestIndex
    {
        get
        {
            for (; compared < History.Count; compared++)
            {
                if (History[compared].Development is { } accuracy
                    && (bestIndex is not { } best || accuracy > History[best].Development))
                {
                    bestIndex = compared;
                }
            }

            return bestIndex;
        }
    }
}
