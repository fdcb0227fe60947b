using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Web.Live;

/// <summary>A piece of a run.</summary>
/// <param name="Step">Steps done at its end.</param>
/// <param name="Totals">The totals of its steps.</param>
/// <param name="Rate">α of its last step.</param>
/// <param name="Time">Time in training.</param>
internal readonly record struct LivePoint(long Step, Totals Totals, double Rate, TimeSpan Time)
{
    public double ImagesPerSecond => Totals.Images / Time.TotalSeconds;

    public LivePoint Then(LivePoint next) => new(next.Step,
        new Totals(Totals.Images + next.Totals.Images, Totals.Loss + next.Totals.Loss, Totals.Hits + next.Totals.Hits), next.Rate, Time + next.Time);
}

/// <summary>A whole run in a few hundred pieces: whenever there are too many, neighbours become one.</summary>
internal sealed class LiveCurve
{
    public const int Most = 400;

    private readonly List<LivePoint> points = new(Most + 1);
    private TimeSpan least = TimeSpan.FromMilliseconds(20);

    public void Add(LivePoint point)
    {
        if (points.Count > 0 && points[^1].Time < least)
        {
            points[^1] = points[^1].Then(point);
            return;
        }

        points.Add(point);
        if (points.Count > Most)
        {
            least *= 2;
            for (var i = 0; i < Most / 2; i++)
            {
                points[i] = points[2 * i].Then(points[2 * i + 1]);
            }

            points[Most / 2] = points[Most];
            points.RemoveRange(Most / 2 + 1, Most / 2);
        }
    }

    public LivePoint[] Copy() => [.. points];
}

/// <summary>The rows of a run: the last of them, and the development accuracies of all, thinned where they are too many.</summary>
internal sealed class LiveRows
{
    public const int Last = 60;
    private const int Most = 800;

    private readonly Queue<(EpochRow Row, bool IsBest)> last = new();
    private readonly List<(double Step, double Accuracy)> development = [];
    private long every = 1;

    public long Count { get; private set; }

    public EpochRow? Best { get; private set; }

    public void Add(EpochRow row, bool isBest)
    {
        Best = isBest ? row : Best;
        last.Enqueue((row, isBest));
        if (last.Count > Last)
        {
            last.Dequeue();
        }

        if (row.Development is { } accuracy && Count % every == 0)
        {
            development.Add((row.Step, accuracy));
            if (development.Count > Most)
            {
                every *= 2;
                var i = 0;
                development.RemoveAll(_ => i++ % 2 == 1);
            }
        }

        Count++;
    }

    public (EpochRow Row, bool IsBest)[] LastOnes() => [.. last];

    public (double Step, double Accuracy)[] Development() => [.. development];
}
