namespace MnistGpu.Program.Web.Live;

/// <summary>
/// The rows of a run: the last of them, and the development set's figures of all, thinned where they are too many.
/// </summary>
internal sealed class LiveRows
{
    public const int Last = 60;
    private const int Most = 800;

    private readonly Queue<(EpochRow Row, bool IsBest)> last = new();
    private readonly List<(double Step, double Accuracy, double? Loss)> development = [];
    private long every = 1;

    public long Count { get; private set; }

    public EpochRow? Best { get; private set; }

    /// <summary>The accuracy of the last row on the development set; null for none.</summary>
    public double? LastDevelopment { get; private set; }

    /// <summary>The loss of the last row on the development set; null for none.</summary>
    public double? LastDevelopmentLoss { get; private set; }

    public void Add(EpochRow row, bool isBest)
    {
        Best = isBest ? row : Best;
        (LastDevelopment, LastDevelopmentLoss) = (row.Development, row.DevelopmentLoss);
        last.Enqueue((row, isBest));
        if (last.Count > Last)
        {
            last.Dequeue();
        }

        if (row.Development is { } accuracy && Count % every == 0)
        {
            development.Add((row.Step, accuracy, row.DevelopmentLoss));
            if (development.Count > Most)
            {
                every *= 2;
                var i = 0;
                development.RemoveAll(_ => i++ % 2 == 1);
            }
        }

        Count++;
    }

    /// <summary>The accuracy on the development set before there is a row.</summary>
    /// <param name="confusion">What was made of that set.</param>
    public void Look(int[,] confusion) => LastDevelopment = Enumerable.Range(0, confusion.GetLength(0))
        .Sum(digit => confusion[digit, digit]) / (double)confusion.Cast<int>().Sum();

    public (EpochRow Row, bool IsBest)[] LastOnes() => [.. last];

    public (double Step, double Accuracy, double? Loss)[] Development() => [.. development];
}
