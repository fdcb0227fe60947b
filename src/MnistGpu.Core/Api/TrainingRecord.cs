using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Deformations;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>
/// What models and checkpoints tell of the training behind them, the library's and the program's alike: under the keys
/// that <c>train</c> has as its options.
/// </summary>
internal static class TrainingRecord
{
    /// <summary>The key of who trained it, with the one name that there is.</summary>
    public const string ProgramKey = "program", Program = "mnistgpu";

    /// <summary>The key of the file that it started from.</summary>
    public const string StartKey = "start";

    /// <summary>The key of whether the images' polarity was kept, and the word for it.</summary>
    public const string PolarityKey = "polarity", AsIs = "as-is";

    private const string InitKey = "init";

    /// <summary>The options, those at their defaults included, as text under their keys. Those that say nothing, such
    /// as a device or a file's name, are not among them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="images">Images to train on, which the usual batch shrinks to; null where nobody left it
    /// out.</param>
    public static Dictionary<string, string> Options(TrainingOptions options, int? images = null)
    {
        var record = new Dictionary<string, string>
        {
            ["limit"] = options.Limit is { } limit ? Text(limit) : "all",
            ["order"] = options.Shuffle ? "shuffled" : "file",
            [InitKey] = options.Init.Name(),
            ["batch"] = options.Batch is { } batch ? Text(images is { } count ? options.ImagesInStep(count) : batch)
                : "full",
            ["parts"] = Text(options.Parts),
            ["optimizer"] = options.Optimizer.Name(),
            ["rate"] = Text(options.Rate ?? options.Optimizer.DefaultRate()),
            ["schedule"] = options.Schedule.Name(),
            ["decay"] = Text(options.Decay),
            ["smoothing"] = Text(options.Smoothing),
            ["dropout"] = Text(options.Dropout),
            ["averaging"] = Text(options.Averaging),
            ["clip"] = Text(options.Clip),
            ["deform"] = DeformationNames.Text(options.Deform),
            ["patience"] = Text(options.Patience),
            ["committee"] = Text(options.Committee),
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
        };
        Add("dev", options.Development);
        Add(options.Iterations is null ? "epochs" : "iterations", options.Iterations ?? options.Epochs);
        if (options.From is { } from)
        {
            record[StartKey] = from.Source;
        }

        if (options.FinalRate is { } final)
        {
            record["final-rate"] = Text(final);
        }

        if (options.KeepBest is { } best)
        {
            record["keep"] = best ? "best" : "last";
        }

        return record;

        void Add(string key, long? value)
        {
            if (value is { } number)
            {
                record[key] = Text(number);
            }
        }
    }

    /// <summary>The whole record of a model that is not evaluated yet.</summary>
    /// <param name="options">The options as texts, and what else is told of them.</param>
    /// <param name="source">Where the images come from, for people.</param>
    /// <param name="images">The images.</param>
    /// <param name="isDark">Whether they are dark on light.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="device">What trained.</param>
    /// <param name="position">Where the run ended, with its history.</param>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> options, string source,
        DataShape images, bool isDark, ulong seed, string device, TrainingPosition position)
    {
        var record = new Dictionary<string, string>(options)
        {
            [ProgramKey] = Program,
            ["data"] = source,
            ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
            [InitKey] = options.GetValueOrDefault(StartKey) ?? options[InitKey],
            ["device"] = device,
            [Network.HistoryKey] = TrainingHistory.ToCsv(position),
        };
        ModelImages.Add(record, images);
        if (isDark)
        {
            ModelImages.AddDark(record);
        }

        return record;
    }

    /// <summary>Adds how good it became: nothing where it was not measured.</summary>
    /// <param name="record">What is told already.</param>
    /// <param name="images">Images it was trained on.</param>
    /// <param name="development">The share read right of the images held out.</param>
    /// <param name="training">Loss and hits on the images trained on.</param>
    /// <param name="test">The share read right of the test images.</param>
    public static void AddResults(Dictionary<string, string> record, int images, double? development,
        Totals? training = null, double? test = null)
    {
        record["images"] = Text(images);
        record["loss"] = Text(training?.MeanLoss);
        record["train_accuracy"] = Text(training?.Accuracy);
        record["dev_accuracy"] = Text(development);
        record["test_accuracy"] = Text(test);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
