namespace MnistGpu.Program.Web.Live;

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
