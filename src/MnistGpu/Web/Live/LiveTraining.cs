using System.Diagnostics;
using System.Net;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Web.Live;

/// <summary>
/// Shows a training on a page of its own server. The training's thread hands over copies, a few times a second, and
/// waits for nobody; the engine is only read, so the run is the same whoever looks.
/// </summary>
internal sealed class LiveTraining : IDisposable
{
    // Figures are cheap to write out; curves cost a core some milliseconds, which the training lacks.
    private static readonly TimeSpan BetweenFigures = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenCurves = TimeSpan.FromSeconds(1);

    // Weights and confusion cost an evaluation. They are taken only while somebody looks, and in at most one part in a
    // hundred of the time.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);
    private const int LookShare = 100;

    /// <summary>The matrix of a larger set would take long, and say no more.</summary>
    private const int MostJudged = 10_000;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly LiveFeed feed = new();
    private readonly WebServer server;
    private readonly CancellationToken stopped;
    private readonly List<string> seeds = [];
    private LiveRun? run;
    private LiveCurve curve = new();
    private LiveRows rows = new();
    private long rowsShown;
    private TrainingProgress before;
    private LivePoint recent;
    private LiveMoment? moment;
    private long updated;
    private long drawn;
    private long looked;
    private TimeSpan lookAfter;

    /// <summary>Listens on this machine only.</summary>
    /// <param name="port">Where; 0 for any port that is free.</param>
    /// <param name="stop">What the page's button does; called on another thread.</param>
    /// <param name="stopped">Signalled when that, or anything else, has stopped the training.</param>
    /// <exception cref="UserErrorException">Nothing can listen there.</exception>
    public LiveTraining(int port, Action stop, CancellationToken stopped)
    {
        this.stopped = stopped;
        // Another server is another training: a page that finds one begins anew.
        var id = Guid.NewGuid();
        feed.Publish("server", () => new { Id = id });
        Say("waiting", "Reading the images");
        server = WebServer.Start(
            new IPEndPoint(IPAddress.Loopback, port), new WebLimits(), new LivePage(feed, stop).Map,
                portOption: "--live")
            .GetAwaiter().GetResult();
    }

    public Uri Url => server.Url;

    /// <summary>A run begins.</summary>
    public void Begin(LiveRun begun)
    {
        var isLarge = begun.Judged.Count > MostJudged;
        run = isLarge ? begun with
        {
            Judged = begun.Judged.Slice(0, MostJudged),
            JudgedName = $"{begun.JudgedName}, the first {Readable.Count(MostJudged)}",
            IsDevelopment = false,
        } : begun;
        (curve, rows, before, recent, updated, drawn, looked, lookAfter) = (new LiveCurve(), new LiveRows(), default,
            default, 0, 0, Stopwatch.GetTimestamp(), BetweenFigures);
        long step = 0;
        EpochRow? best = null;
        foreach (var row in run.Earlier)
        {
            var images = Math.Max(1, (row.Step - step) * run.Images / (run.Plan.Batches?.PerEpoch ?? 1));
            curve.Add(new LivePoint(row.Step, new Totals(images, images * row.Loss, (long)(images * row.Accuracy)),
                row.Rate, TimeSpan.FromSeconds(images / Math.Max(1, row.ImagesPerSecond))));
            var isBest = row.Development is { } accuracy && (best is null || accuracy > best.Development);
            best = isBest ? row : best;
            rows.Add(row, isBest);
            step = row.Step;
        }

        moment = new LiveMoment(run.Plan, new TrainingProgress(step, run.Plan.Steps, default, 0, default), default,
            null);
        ShowRows();
        Say("training", "Training begins");
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
        Update(isDrawn: true);
        Say("waiting", stopped.IsCancellationRequested
            ? "Stopped; evaluating and saving what was learnt" : "Evaluating and saving");
    }

    /// <summary>A seed is done.</summary>
    public void SeedDone(string line)
    {
        seeds.Add(line);
        var copy = seeds.TakeLast(LiveRows.Last).Reverse().ToArray();
        feed.Publish("seeds", () => new { Seeds = copy });
    }

    /// <summary>What the run came to.</summary>
    /// <param name="final">The run whose model it is, evaluated.</param>
    /// <param name="state">Its parameters.</param>
    /// <param name="confusion">What they make of the images judged.</param>
    /// <param name="judgedName">What these are called.</param>
    public void Result(TrainRun final, NetworkState state, int[,] confusion, string judgedName)
    {
        moment = moment is { } at ? at with { Final = final } : null;
        Show(state, confusion, judgedName);
    }

    private void Show(NetworkState state, int[,] confusion, string judgedName)
    {
        var shape = run!.Judged.Shape;
        feed.Publish("confusion", () => LiveParts.Confusion(confusion, shape, judgedName, state.Step));
        feed.Publish("weights", () => LiveParts.Weights(state, shape));
    }

    /// <summary>All is over: the page says how it went.</summary>
    /// <param name="line">How.</param>
    /// <param name="isDone">Whether nothing was left to do.</param>
    public void End(string line, bool isDone = false)
    {
        if (!feed.HasEnded)
        {
            Say("ended", line, isDone);
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

    private void Read(TrainingProgress now)
    {
        var point = new LivePoint(now.Step, now.Recent, run!.Plan.RuleAt(now.Step - 1).Alpha,
            now.Elapsed - before.Elapsed);
        curve.Add(point);
        recent = recent.Then(point);
        before = now;
        UpdateInTime();
    }

    private void UpdateInTime()
    {
        if (Stopwatch.GetElapsedTime(updated) >= BetweenFigures)
        {
            Update(Stopwatch.GetElapsedTime(drawn) >= BetweenCurves);
        }
    }

    private void Update(bool isDrawn)
    {
        updated = Stopwatch.GetTimestamp();
        var last = recent.Step > 0 ? recent : moment!.Value.Recent;
        recent = default;
        if (last.Step == 0)
        {
            // A run that was resumed at its end.
            return;
        }

        moment = new LiveMoment(run!.Plan, before, last, rows.LastDevelopment)
        {
            DevelopmentLoss = rows.LastDevelopmentLoss,
        };
        if (isDrawn)
        {
            drawn = updated;
            Draw();
        }

        Say("training", stopped.IsCancellationRequested ? "Stopping after this step" : "Training");
    }

    private void Draw()
    {
        var (points, development, best, perUnit) = (curve.Copy(), rows.Development(), rows.Best,
            run!.Plan.Batches?.PerEpoch ?? 1.0);
        feed.Publish("curves", () => LiveParts.Curves(points, development, best, perUnit));
        if (rows.Count > rowsShown)
        {
            ShowRows();
        }
    }

    private void Say(string phase, string line, bool isDone = false)
    {
        var (lead, at) = (run?.Lead ?? "", moment);
        feed.Publish("status", () => LiveParts.Status(phase, line, lead, at, isDone));
    }

    private void ShowRows()
    {
        rowsShown = rows.Count;
        var (last, count, isFullBatch) = (rows.LastOnes(), rows.Count, run!.Plan.Batches is null);
        feed.Publish("rows", () => LiveParts.Rows(last, count, isFullBatch));
    }

    private void Look()
    {
        var start = Stopwatch.GetTimestamp();
        var (confusion, state) = (Evaluation.Create(run!.Engine, run.Judged, CancellationToken.None).Confusion,
            run.Engine.SaveEvaluationParameters());
        Show(state, confusion, run.JudgedName);
        if (rows.Count == 0 && run.IsDevelopment)
        {
            // The first row of a full-batch run may be long in coming.
            rows.Look(confusion);
        }

        looked = Stopwatch.GetTimestamp();
        var slow = LookShare * Stopwatch.GetElapsedTime(start, looked);
        lookAfter = slow > BetweenLooks ? slow : BetweenLooks;
    }
}
