using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// Where a run is, beside the network's state: all else that it needs to go on as if it had never stopped.
/// </summary>
public sealed class TrainingPosition
{
    /// <summary>Steps done.</summary>
    public long Step { get; set; }

    /// <summary>The totals of the row under way.</summary>
    public Totals Row { get; set; }

    /// <summary>The rows so far.</summary>
    public List<EpochRow> History { get; init; } = [];

    /// <summary>The parameters that answered after the best row; kept only where the run may end early.</summary>
    public NetworkState? Best { get; set; }

    /// <summary>The row that did best on the development set, the first of several; null where there is none.</summary>
    public EpochRow? BestRow => BestIndex is { } best ? History[best] : null;

    /// <summary>Rows since the best one.</summary>
    public int RowsSinceBest => BestIndex is { } best ? History.Count - 1 - best : 0;

    private int? BestIndex
    {
        get
        {
            int? best = null;
            for (var i = 0; i < History.Count; i++)
            {
                if (History[i].Development is { } accuracy && (best is null || accuracy > History[best.Value].Development))
                {
                    best = i;
                }
            }

            return best;
        }
    }
}
