using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

public sealed partial class Network
{
    /// <summary>Trains a network. The same options on the same device give the same bits.</summary>
    /// <param name="training">The images to train on; some of them are held out to judge the epochs by, see
    /// <see cref="TrainingOptions.Development"/>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancel">Gives up after the step under way; what was learnt is lost. To stop early and keep the
    /// network, see <see cref="TrainingOptions.StopWhen"/>.</param>
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
        var start = options.From?.Model.State;
        var set = options.From is { } from
            ? from.Fit(new DigitData(training.Digits, null, training.Source, null)).Train : training.Digits;
        var shape = options.Shape(start?.Shape, set.Shape);
        var split = options.HoldOut(set, options.Seed);
        var plan = options.Plan(split.Training.Count, options.Seed);
        var position = new TrainingPosition();
        NetworkState trained;
        using (var engine = engines.Create(choice, shape, options.Threads))
        {
            options.BringTo(engine, start, split.Training, options.Seed);
            options.Prepare(engines, engine, split.Training.Count);
            trained = Run(engine, plan, position, split, options, cancel);
        }

        var model = new ModelFile(trained, Describe(training, options, choice, position, set.Shape));
        return new Network("the trained network", model, choice, engines, options.Threads, opensLater: true);
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

    private static NetworkState Run(INetworkEngine engine, TrainingPlan plan, TrainingPosition position,
        DevelopmentSplit split, TrainingOptions options, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var result = Trainer.Run(engine, plan, new TrainingWatch
        {
            Development = split.Development is { } held
                ? () => Evaluation.Totals(engine, held, CancellationToken.None) : null,
            Row = (row, _) =>
            {
                options.OnEpoch?.Invoke(row);
                options.Progress?.Report(row);
                if (options.StopWhen?.Invoke(row) == true)
                {
                    stop.Cancel();
                }
            },
        }, stop.Token, position);
        cancel.ThrowIfCancellationRequested();
        var trained = position.Trained(engine);
        return result.End != TrainingEnd.Diverged && trained.IsFinite ? trained
            : throw new UserErrorException("The training diverged: the loss is no longer a number",
                where: $"{nameof(TrainingOptions)}.{nameof(TrainingOptions.Rate)}",
                expected: "steps small enough to make the loss fall",
                found: $"no finite loss after step {result.LastGoodStep}",
                todo: $"try a lower rate than {plan.Rule.Alpha.ToString(CultureInfo.InvariantCulture)}");
    }

    private static Dictionary<string, string> Describe(ImageSet training, TrainingOptions options, EngineChoice choice,
        TrainingPosition position, DataShape images)
    {
        var metadata = new Dictionary<string, string>
        {
            ["data"] = training.Source,
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["device"] = choice.Name,
            [HistoryKey] = TrainingHistory.ToCsv(position),
        };
        if ((position.BestRow ?? position.History.LastOrDefault())?.Development is { } accuracy)
        {
            metadata["dev_accuracy"] = accuracy.ToString("R", CultureInfo.InvariantCulture);
        }

        ModelImages.Add(metadata, images);
        if (training.IsDark)
        {
            ModelImages.AddDark(metadata);
        }

        return metadata;
    }
}
