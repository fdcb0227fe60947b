using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Training;

namespace MnistGpu;

public sealed partial class Network
{
    /// <summary>Trains a network, or a committee of them. The same options on the same device give the same
    /// bits.</summary>
    /// <param name="training">The images to train on; some of them are held out to judge the epochs by, see
    /// <see cref="TrainingOptions.Development"/>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancel">Gives up after the step under way; what was learnt is lost, all networks of a committee
    /// with it. To stop early and keep the network, see <see cref="TrainingOptions.StopWhen"/>.</param>
    /// <exception cref="UserErrorException">An option cannot be used with these images, the device does not start or
    /// has no room, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static Network Train(ImageSet training, TrainingOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        options ??= new TrainingOptions();
        options.RequireUsable();
        cancel.ThrowIfCancellationRequested();
        var engines = EngineLists.Found;
        var choice = engines.ChooseReal(options.Device);
        var start = options.From?.Model.RequireOne(options.From.Source).State;
        var set = options.From is { } from
            ? from.Fit(new DigitData(training.Digits, null, training.Source, null)).Train : training.Digits;
        var shape = options.Shape(start?.Shape, set.Shape);
        var models = new List<(string, ModelFile)>();
        using (var engine = engines.Create(choice, shape, options.Threads))
        {
            for (var i = 0; i < options.Committee; i++)
            {
                var seeded = options with { Seed = unchecked(options.Seed + (ulong)i) };
                var run = new TrainingRun(seeded, set);
                run.Begin(engines, engine, start);
                run.Take(watch: null, cancel);
                cancel.ThrowIfCancellationRequested();
                var learnt = run.Learnt() ?? throw Diverged(run, seeded.Seed);
                models.Add((Trained, new ModelFile(learnt,
                    Describe(training, seeded, choice, engines.FactsOf(engine), run))));
            }
        }

        var model = CommitteeFile.Join(models);
        return new Network(Trained, model, choice, engines, options.Threads, opensLater: true);
    }

    /// <summary>The same on a thread of its own.</summary>
    /// <inheritdoc cref="Train"/>
    public static Task<Network> TrainAsync(ImageSet training, TrainingOptions? options = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        return Task.Factory.StartNew(() => Train(training, options, cancel), cancel, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private static UserErrorException Diverged(TrainingRun run, ulong seed) =>
        new("The training diverged: the loss is no longer a number",
            where: $"{nameof(TrainingOptions)}.{nameof(TrainingOptions.Rate)}",
            expected: "steps small enough to make the loss fall",
            found: $"no finite loss after step {run.Result.LastGoodStep}, seed {seed}",
            todo: $"try a lower rate than {run.Plan.Rule.Alpha.ToString(CultureInfo.InvariantCulture)}");

    private static Dictionary<string, string> Describe(ImageSet training, TrainingOptions options, EngineChoice choice,
        IReadOnlyDictionary<string, string> facts, TrainingRun run)
    {
        var images = run.Split.Training;
        var record = TrainingRecord.Options(options, images.Count);
        foreach (var (key, text) in facts)
        {
            record[key] = text;
        }

        if (training.IsDark)
        {
            record[TrainingRecord.PolarityKey] = TrainingRecord.AsIs;
        }

        record = TrainingRecord.Of(record, training.Source, images.Shape, training.IsDark, options.Seed, choice.Name,
            run.Position);
        var told = (run.Plan.KeepsBest ? run.Position.BestRow : null) ?? run.Position.History.LastOrDefault();
        TrainingRecord.AddResults(record, images.Count, told?.Development);
        return record;
    }
}
