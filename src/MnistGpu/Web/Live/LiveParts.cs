using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Reports;

namespace MnistGpu.Program.Web.Live;

/// <summary>The parts of the live page as its script (Pages/live.js) reads them.</summary>
internal static class LiveParts
{
    /// <summary>How far the run is, in a line and in figures.</summary>
    /// <param name="phase">waiting, training or ended.</param>
    /// <param name="line">What is done now, or how it went.</param>
    /// <param name="lead">What is trained.</param>
    /// <param name="moment">Where the run is; null before it begins.</param>
    /// <param name="isDone">Whether nothing is left to do; a run may be done early.</param>
    public static object Status(string phase, string line, string lead, LiveMoment? moment, bool isDone) => new
    {
        Phase = phase,
        Line = line,
        Lead = lead,
        Percent = isDone ? 100 : moment is { } at ? Math.Floor(100.0 * at.Now.Step / Math.Max(1, at.Now.Steps)) : 0,
        Figures = (moment is { Recent.Step: > 0 } shown ? Figures(shown, phase == "ended") : [])
            .Select(figure => new { figure.Name, figure.Value }),
    };

    /// <summary>Loss, accuracy, rate and speed.</summary>
    /// <param name="points">The run so far.</param>
    /// <param name="development">Accuracies and losses on the development set after so many steps.</param>
    /// <param name="best">The best row.</param>
    /// <param name="perUnit">Steps of what the axis counts: of an epoch, or 1.</param>
    public static object Curves(LivePoint[] points,
        (double Step, double Accuracy, double? Loss)[] development, EpochRow? best, double perUnit)
    {
        var unit = perUnit > 1 ? "epoch" : "step";
        var last = points[^1];
        var losses = new List<Line> { Drawn("step loss", point => point.Totals.MeanLoss) };
        var held = development.Where(row => row.Loss is not null).ToArray();
        if (held.Length > 0)
        {
            losses.Add(new Line("development", "development",
                [.. held.Select(row => (row.Step / perUnit, row.Loss!.Value))]));
        }

        var accuracies = new List<Line> { Drawn("training", point => 100 * point.Totals.Accuracy) };
        if (development.Length > 0)
        {
            accuracies.Add(new Line("development", "development",
                [.. development.Select(row => (row.Step / perUnit, 100 * row.Accuracy))]));
        }

        var atBest = best is null
            ? ""
            : $"; {Readable.Percent(best.Development!.Value)} on the development set at best";
        var charts = new[]
        {
            ("loss", new LineChart("Loss",
                $"{last.Totals.MeanLoss.ToString("0.0000", CultureInfo.InvariantCulture)} now", unit,
                losses) { YLimits = (0, double.PositiveInfinity), IsLogarithmic = true }),
            ("accuracy", new LineChart("Accuracy",
                $"{Readable.Percent(last.Totals.Accuracy)} on the training images now{atBest}", unit, accuracies)
            {
                YLimits = (0, 100),
                YText = (value, step) => $"{Ticks.Text(value, step)} %",
                Mark = best is not null && development.Length > 1
                    ? (best.Step / perUnit, 100 * best.Development!.Value,
                    $"best {Readable.Percent(best.Development.Value)}") : null,
            }),
            ("rate", new LineChart("Rate", $"{Rate(last.Rate)} now", unit,
                [Drawn("rate", point => point.Rate)]) { FromZero = true }),
            ("speed", new LineChart("Images per second", $"{Readable.Count((long)last.ImagesPerSecond)} now", unit,
                [Drawn("images/s", point => point.ImagesPerSecond)]) { FromZero = true }),
        };
        return charts.ToDictionary(chart => chart.Item1, chart =>
        {
            var drawn = chart.Item2 with { HasWholeX = perUnit <= 1 };
            return (drawn.Lines.Count > 1 ? Markup.Join([drawn.Legend(), drawn.ToSvg()]) : drawn.ToSvg()).ToString();
        });

        Line Drawn(string name, Func<LivePoint, double> y) =>
            new(name, "training", [.. points.Select(point => (point.Step / perUnit, y(point)))]);
    }

    /// <summary>The last rows of the history.</summary>
    public static object Rows((EpochRow Row, bool IsBest)[] rows, long count, bool isFullBatch) => new
    {
        Unit = isFullBatch ? "step" : "epoch",
        Count = count,
        Rows = rows.Select(row => new
        {
            row.Row.Epoch,
            row.Row.Step,
            Loss = row.Row.Loss.ToString("0.0000", CultureInfo.InvariantCulture),
            Training = Readable.Percent(row.Row.Accuracy),
            DevelopmentLoss = row.Row.DevelopmentLoss is { } loss ? Loss(loss) : null,
            Development = row.Row.Development is { } accuracy ? Readable.Percent(accuracy) : null,
            Rate = Rate(row.Row.Rate),
            ImagesPerSecond = Readable.Count((long)row.Row.ImagesPerSecond),
            row.IsBest,
        }),
    };

    /// <summary>
    /// The confusion matrix. The page's policy forbids styles within the text: the script takes each shade from an
    /// attribute.
    /// </summary>
    public static object Confusion(int[,] confusion, DataShape shape, string set, long step) => new
    {
        Note = $"{ConfusionPart.Note(confusion, shape, set)} After step {Readable.Count(step)}.",
        Table = ConfusionPart.Table(confusion, shape, shade => Markup.From($"data-shade=\"{shade:0.###}\"")).ToString(),
    };

    /// <summary>
    /// W1: for each unit shown a signed byte for each pixel, ±127 the strongest colour; of a pixel in colour that of
    /// its strongest weight.
    /// </summary>
    public static object Weights(NetworkState state, DataShape shape)
    {
        var W1 = state.W[0];
        var units = WeightsPart.Chosen(W1, state.Shape.Out(0));
        var scale = WeightsPart.Scale(W1, state.Shape.Out(0), units);
        var pixels = shape.Width * shape.Height;
        var levels = new byte[units.Length * pixels];
        for (var i = 0; i < levels.Length; i++)
        {
            var w = WeightsPart.Strongest(W1.AsSpan(
                units[i / pixels] * shape.Pixels + i % pixels * shape.Channels, shape.Channels));
            levels[i] = (byte)(sbyte)Math.Round(127 * Math.Clamp(w / scale, -1, 1));
        }

        return new
        {
            Title = WeightsPart.Title(state.Shape, shape),
            Note = $"{WeightsPart.Note(state.Shape, shape)} After step {Readable.Count(state.Step)}.",
            Name = WeightsPart.Name(state.Shape, shape),
            shape.Width,
            shape.Height,
            Scale = scale.ToString("0.###", CultureInfo.InvariantCulture),
            Units = units,
            Levels = levels,
        };
    }

    private static (string Name, string Value)[] Figures(LiveMoment at, bool hasEnded)
    {
        var (plan, now, recent) = (at.Plan, at.Now, at.Recent);
        var left = (now.Steps - now.Step) * now.Elapsed / Math.Max(1, now.Taken);
        return
        [
            plan.Batches is { PerEpoch: var size }
                ? ("epoch", $"{Readable.Count((now.Step + size - 1) / size)} of "
                    + $"{Readable.Count((plan.Steps + size - 1) / size)}") : ("step", $"{Readable.Count(now.Step)} of "
                    + $"{Readable.Count(plan.Steps)}"),
            .. at.Final is { } final
                ? Results(final.Training, final.Development?.Accuracy, final.Development?.MeanLoss, "loss")
                : Results(recent.Totals, at.Development, at.DevelopmentLoss, "step loss"),
            ("rate", Rate(recent.Rate)),
            ("images/s", Readable.Count((long)recent.ImagesPerSecond)),
            ("in training", Readable.Duration(now.Elapsed)),
            .. hasEnded ? ((string, string)[])[] : [("left", Readable.Duration(left))],
        ];
    }

    private static (string Name, string Value)[] Results(Totals training, double? accuracy, double? loss,
        string name) =>
    [
        (name, Loss(training.MeanLoss)),
        ("development loss", loss is { } held ? Loss(held) : "–"),
        ("training", Readable.Percent(training.Accuracy)),
        ("development", accuracy is { } share ? Readable.Percent(share) : "–"),
    ];

    private static string Loss(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Rate(double alpha) =>
        alpha.ToString(alpha >= 1e-4 ? "G3" : "0.00e0", CultureInfo.InvariantCulture);
}
