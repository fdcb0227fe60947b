using System.Diagnostics;
using System.Net;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Output;
using MnistGpu.Training;

namespace MnistGpu.Program.Web.Live;

/// <summary>What of a run the live page shows beside its readings.</summary>
/// <param name="Lead">What is trained, in one line.</param>
/// <param name="Engine">The engine that trains.</param>
/// <param name="Plan">Its steps.</param>
/// <param name="Images">Images to train on.</param>
/// <param name="Judged">The images of the confusion matrix.</param>
/// <param name="JudgedName">What to call them.</param>
/// <param name="Earlier">The rows from before a resumption.</param>
internal sealed record LiveRun(string Lead, INetworkEngine Engine, TrainingPlan Plan, int Images, DigitSet Judged, string JudgedName, IReadOnlyList<EpochRow> Earlier);

/// <summary>
/// Shows a training on a page of its own server. The training's thread hands over copies, a few times a second, and waits for nobody; the engine is only
/// read, so the run is the same whoever looks.
/// </summary>
internal sealed class LiveTraining : IDisposable
{
    private static readonly TimeSpan BetweenUpdates = TimeSpan.FromMilliseconds(200);

    // Weights and confusion cost an evaluation. They are taken only while somebody looks, and in at most one part in twenty of the time.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private const int LookShare = 20;

    /// <summary>The matrix of a larger set would take long, and say no more.</summary>
    private const int MostJudged = 10_000;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly LiveFeed feed;
    private readonly WebServer server;
    private readonly List<string> seeds = [];
    private volatile bool isStopping;
    private LiveRun run = null!;
    private LiveCurve curve = new();
    private LiveRows rows = new();
    private TrainingProgress before;
    private LivePoint recent;
    private LivePoint shown;
    private long updated;
    private long looked;
    private TimeSpan lookAfter;
    private string lead = "";

    private LiveTraining(LiveFeed feed, Func<LiveTraining, Task<WebServer>> start)
    {
        this.feed = feed;
        server = start(this).GetAwaiter().GetResult();
        Say("waiting", "Reading the images", 0);
    }

    public Uri Url => server.Url;

    /// <summary>Listens on this machine only.</summary>
    /// <param name="port">Where; 0 for any port that is free.</param>
    /// <param name="stop">What the page's button does; called on another thread.</param>
    /// <exception cref="UserErrorException">Nothing can listen there.</exception>
    public static LiveTraining Start(int port, Action stop)
    {
        var feed = new LiveFeed();
        return new LiveTraining(feed, live => WebServer.Start(new IPEndPoint(IPAddress.Loopback, port), new WebLimits(), new LivePage(feed, () =>
        {
            live.isStopping = true;
            stop();
        }).Map));
    }

    /// <summary>A run begins.</summary>
    public void Begin(LiveRun begun)
    {
        run = begun with { Judged = begun.Judged.Slice(0, Math.Min(begun.Judged.Count, MostJudged)), JudgedName = begun.JudgedName + (begun.Judged.Count > MostJudged ? $", the first {Readable.Count(MostJudged)}" : "") };
        (lead, curve, rows, before, recent, shown, updated, looked, lookAfter) = (run.Lead, new LiveCurve(), new LiveRows(), default, default, default, 0, Stopwatch.GetTimestamp(), BetweenUpdates);
        long step = 0;
        EpochRow? best = null;
        foreach (var row in run.Earlier)
        {
            var images = Math.Max(1, (row.Step - step) * run.Images / (run.Plan.Batches?.PerEpoch ?? 1));
            curve.Add(new LivePoint(row.Step, new Totals(images, images * row.Loss, (long)(images * row.Accuracy)), row.Rate, TimeSpan.FromSeconds(images / Math.Max(1, row.ImagesPerSecond))));
            var isBest = row.Development is { } accuracy && (best is null || accuracy > best.Development);
            best = isBest ? row : best;
            rows.Add(row, isBest);
            step = row.Step;
        }

        feed.Publish("rows", Rows());
        Say("training", "Training begins", step / (double)Math.Max(1, run.Plan.Steps));
    }

    /// <summary>What another is told, and the page with it.</summary>
    public TrainingWatch Beside(TrainingWatch other, Action<Action> timeEvaluation) => other with
    {
        Progress = progress =>
        {
            other.Progress?.Invoke(progress);
            Read(progress);
        },
        Row = (row, isBest) =>
        {
            other.Row?.Invoke(row, isBest);
            rows.Add(row, isBest);
            UpdateInTime();
        },
        Pause = () =>
        {
            other.Pause?.Invoke();
            if (feed.HasClients && Stopwatch.GetElapsedTime(looked) >= lookAfter)
            {
                timeEvaluation(Look);
            }
        },
    };

    /// <summary>The steps are taken; what follows may take a while.</summary>
    public void Evaluating()
    {
        Update();
        Say("waiting", isStopping ? "Stopped; evaluating and saving what was learnt" : "Evaluating and saving", Progress);
    }

    /// <summary>A seed is done.</summary>
    public void SeedDone(string line)
    {
        seeds.Add(line);
        var copy = seeds.TakeLast(LiveRows.Last).Reverse().ToArray();
        feed.Publish("seeds", () => new { Seeds = copy });
    }

    /// <summary>What the run came to.</summary>
    public void Result(NetworkState state, int[,] confusion, string judgedName)
    {
        feed.Publish("confusion", () => LiveParts.Confusion(confusion, judgedName, state.Step));
        feed.Publish("weights", () => LiveParts.Weights(state));
    }

    /// <summary>All is over: the page says how it went.</summary>
    public void End(string line)
    {
        if (!feed.HasEnded)
        {
            Say("ended", line, Progress);
            feed.End();
        }
    }

    /// <summary>Gives the pages a moment to take the last events, and closes.</summary>
    public void Dispose()
    {
        End("The training ended before it was done; its terminal says why");
        feed.Drain(Grace).GetAwaiter().GetResult();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private double Progress => run is null ? 0 : shown.Step / (double)Math.Max(1, run.Plan.Steps);

    private void Read(TrainingProgress now)
    {
        var point = new LivePoint(now.Step, now.Recent, run.Plan.RuleAt(now.Step - 1).Alpha, now.Elapsed - before.Elapsed);
        curve.Add(point);
        recent = recent.Then(point);
        before = now;
        UpdateInTime();
    }

    private void UpdateInTime()
    {
        if (Stopwatch.GetElapsedTime(updated) >= BetweenUpdates)
        {
            Update();
        }
    }

    private void Update()
    {
        updated = Stopwatch.GetTimestamp();
        shown = recent.Step > 0 ? recent : shown;
        recent = default;
        if (shown.Step == 0)
        {
            return;
        }

        var (points, development, best, perUnit) = (curve.Copy(), rows.Development(), rows.Best, run.Plan.Batches?.PerEpoch ?? 1.0);
        feed.Publish("rows", Rows());
        feed.Publish("curves", () => LiveParts.Curves(points, development, best, perUnit));
        Say("training", isStopping ? "Stopping after this step" : "Training", Progress);
    }

    private void Say(string phase, string line, double progress)
    {
        (string Name, string Value)[] figures = run is null || shown.Step == 0 ? [] : Figures();
        var what = lead;
        feed.Publish("status", () => new
        {
            Phase = phase,
            Line = line,
            Lead = what,
            Percent = Math.Floor(100 * progress),
            Figures = figures.Select(figure => new { figure.Name, figure.Value }),
        });
    }

    private (string, string)[] Figures()
    {
        var (plan, left) = (run.Plan, (before.Steps - before.Step) * before.Elapsed / Math.Max(1, before.Taken));
        return
        [
            plan.Batches is { } batches ? ("epoch", $"{Math.Min(shown.Step / batches.PerEpoch + 1, (plan.Steps + batches.PerEpoch - 1) / batches.PerEpoch)} of {(plan.Steps + batches.PerEpoch - 1) / batches.PerEpoch}") : ("step", $"{Readable.Count(shown.Step)} of {Readable.Count(plan.Steps)}"),
            ("loss", shown.Totals.MeanLoss.ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture)),
            ("training", Readable.Percent(shown.Totals.Accuracy)),
            ("development", rows.LastOnes() is [.., { Row.Development: { } accuracy }] ? Readable.Percent(accuracy) : "–"),
            ("rate", LiveParts.Rate(shown.Rate)),
            ("images/s", Readable.Count((long)shown.ImagesPerSecond)),
            ("in training", Readable.Duration(before.Elapsed)),
            ("left", Readable.Duration(left)),
        ];
    }

    private void Look()
    {
        var start = Stopwatch.GetTimestamp();
        var (confusion, state) = (Evaluation.Of(run.Engine, run.Judged, CancellationToken.None).Confusion, run.Engine.SaveAnswering());
        Result(state, confusion, run.JudgedName);
        looked = Stopwatch.GetTimestamp();
        var slow = LookShare * Stopwatch.GetElapsedTime(start, looked);
        lookAfter = slow > BetweenLooks ? slow : BetweenLooks;
    }

    private Func<object> Rows()
    {
        var (last, count, isFullBatch) = (rows.LastOnes(), rows.Count, run.Plan.Batches is null);
        return () => LiveParts.Rows(last, count, isFullBatch);
    }
}
