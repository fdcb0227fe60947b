using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>
/// What model files and checkpoints tell of the run behind them: the options under their own names, the history, and
/// how good it became.
/// </summary>
internal static class TrainMetadata
{
    /// <summary>What a checkpoint calls its images for people; "data" is what --data finds them by.</summary>
    public const string SourceKey = "source";

    /// <summary>The name of a run that has checkpoints: what it wrote has it too.</summary>
    public const string RunKey = "run";

    /// <summary>The name of the run that these are of; null for none, or what is no such name.</summary>
    public static string? RunOf(IReadOnlyDictionary<string, string> metadata) =>
        Guid.TryParseExact(metadata.GetValueOrDefault(RunKey), "N", out var run) ? run.ToString("N") : null;

    /// <summary>The metadata of a model.</summary>
    public static Dictionary<string, string> Create(
        TrainRequest request, INetworkEngine engine, DigitData data, TrainingPosition position, TrainRun run)
    {
        var record = Create(request, engine, data, position, run.Seed);
        TrainingRecord.AddResults(record, run.Images, run.Development?.Accuracy, run.Training, run.Test?.Accuracy);
        return record;
    }

    /// <summary>The metadata of a model that is not evaluated yet.</summary>
    public static Dictionary<string, string> Create(
        TrainRequest request, INetworkEngine engine, DigitData data, TrainingPosition position, ulong seed)
    {
        var record = TrainingRecord.Of(OptionsOn(engine, request), Source(request, data), data.Shape, data.IsDark, seed,
            engine.Name, position);
        // One of a committee's networks is what its seed gives alone.
        record[CommitteeFile.CountKey] = "1";
        return record;
    }

    /// <summary>Whether a model's images were kept as they are, whatever their polarity.</summary>
    public static bool IsAsIs(IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(TrainSettings.KeepsPolarity.Key) == CommonOptions.AsIs;

    /// <summary>The options, and which kernels they came to on this engine.</summary>
    public static Dictionary<string, string> OptionsOn(INetworkEngine engine, TrainRequest request)
    {
        var options = Options(request);
        foreach (var (key, text) in new AllEngines().FactsOf(engine))
        {
            options[key] = text;
        }

        if (request.RunName is { } run)
        {
            options[RunKey] = run;
        }

        return options;
    }

    /// <summary>
    /// The options that a run is told by, those at their defaults included: the library's as it writes them, then what
    /// only the command has.
    /// </summary>
    private static Dictionary<string, string> Options(TrainRequest request)
    {
        var library = TrainingRecord.Options(request.Options);
        // The command's limit may wait for the data.
        library.Remove(TrainSettings.Limit.Key);
        var options = new Dictionary<string, string> { [TrainingRecord.ProgramKey] = TrainingRecord.Program };
        foreach (var (setting, own) in TrainSettings.Texts(request.Parsed))
        {
            options[setting.Key] = library.GetValueOrDefault(setting.Key, own);
            if (setting == TrainSettings.Product)
            {
                options["math"] = ProductNames.NameOf(request.Kernels.Rounding);
            }
        }

        return options;
    }

    /// <summary>
    /// What the data were called when the run began: they are the same, wherever a resumed run found them.
    /// </summary>
    public static string Source(TrainRequest request, DigitData data) =>
        request.Resumed?.Metadata.GetValueOrDefault(SourceKey) ?? data.Source;
}
