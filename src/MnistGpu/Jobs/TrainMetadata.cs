using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>What model files and checkpoints tell of the run behind them: the options under their own names, the history, and how good it became.</summary>
internal static class TrainMetadata
{
    /// <summary>Where --history's file is named: "history" holds the rows themselves.</summary>
    public const string HistoryFileKey = "history_file";

    /// <summary>What a checkpoint calls its images for people; "data" is what --data finds them by.</summary>
    public const string SourceKey = "source";

    /// <summary>Which kernels --product came to.</summary>
    public const string ProductsKey = "products";

    public static Dictionary<string, string> Of(TrainRequest request, INetworkEngine engine, DigitData data, TrainingPosition position, TrainRun run) => new(Of(request, engine, data, position, run.Seed))
    {
        ["images"] = $"{run.Images}",
        ["loss"] = Number(run.Training.MeanLoss),
        ["train_accuracy"] = Number(run.Training.Accuracy),
        ["dev_accuracy"] = Number(run.Development?.Accuracy),
        ["test_accuracy"] = Number(run.Test?.Accuracy),
    };

    public static Dictionary<string, string> Of(TrainRequest request, INetworkEngine engine, DigitData data, TrainingPosition position, ulong seed) => new(OptionsOn(engine, request))
    {
        ["data"] = Source(request, data),
        ["seed"] = $"{seed}",
        ["init"] = request.StartFile ?? OptionNames.Of(OptionNames.Starts, request.Init),
        ["device"] = engine.Name,
        ["history"] = TrainingHistory.ToCsv(position),
    };

    /// <summary>The options, and which kernels they came to on this engine.</summary>
    public static Dictionary<string, string> OptionsOn(INetworkEngine engine, TrainRequest request)
    {
        var options = Options(request);
        if (engine is IKernelEngine kernels)
        {
            options[ProductsKey] = kernels.Products.Description;
        }

        return options;
    }

    /// <summary>The options that a run is told by, those at their defaults included.</summary>
    public static Dictionary<string, string> Options(TrainRequest request) => new Dictionary<string, string>
    {
        ["program"] = "mnistgpu",
        ["preset"] = request.Preset.Name,
        ["data"] = DataSource.IsWord(request.Data) ? request.Data : Path.GetFullPath(request.Data),
        ["limit"] = request.Limit is 0 ? "all" : $"{request.Limit}",
        ["order"] = request.Shuffled ? "shuffled" : "file",
        ["dev"] = $"{request.Development}",
        ["init"] = OptionNames.Of(OptionNames.Starts, request.Init),
        ["start"] = request.StartFile ?? "",
        ["iterations"] = $"{request.Iterations}",
        ["epochs"] = $"{request.Epochs}",
        ["batch"] = request.Batch is { } size and > 0 ? $"{size}" : "full",
        ["optimizer"] = OptionNames.Of(OptionNames.Optimizers, request.Rule.Optimizer),
        ["rate"] = Number(request.Rule.Alpha),
        ["schedule"] = OptionNames.Of(OptionNames.Schedules, request.Schedule),
        ["final-rate"] = Number(request.FinalRate),
        ["decay"] = Number(request.Rule.WeightDecay),
        ["smoothing"] = Number(request.LabelSmoothing),
        ["dropout"] = Number(request.Dropout),
        ["averaging"] = Number(request.Rule.Averaging),
        ["clip"] = Number(request.Rule.ClipNorm),
        ["deform"] = DeformText.Of(request.Deformation),
        ["fusion"] = request.Kernels.Fuse ? "on" : "off",
        ["product"] = request.Kernels.Product,
        ["math"] = ProductNames.Of(request.Kernels.Rounding),
        ["patience"] = $"{request.Patience}",
        ["seed"] = $"{request.Seed}",
        ["save"] = request.SaveFile ?? "",
        ["report"] = request.ReportFile ?? "",
        ["every"] = $"{request.Every}",
        [HistoryFileKey] = request.HistoryFile ?? "",
    }.Where(pair => pair.Value.Length > 0).ToDictionary();

    /// <summary>What the data were called when the run began: they are the same, wherever a resumed run found them.</summary>
    public static string Source(TrainRequest request, DigitData data) => request.Resumed?.Metadata.GetValueOrDefault(SourceKey) ?? data.Source;

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
