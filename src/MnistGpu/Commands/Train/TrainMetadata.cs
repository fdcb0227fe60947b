using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu.Program.Commands.Train;

/// <summary>What a model file tells of the run behind it: the options under their own names, and how good it became.</summary>
internal static class TrainMetadata
{
    public static Dictionary<string, string> Of(TrainRequest request, INetworkEngine engine, DigitData data, TrainRun run) => new(Of(request, engine, data, run.Seed))
    {
        ["images"] = $"{run.Images}",
        ["loss"] = Number(run.Training.MeanLoss),
        ["train_accuracy"] = Number(run.Training.Accuracy),
        ["dev_accuracy"] = Number(run.Development?.Accuracy),
        ["test_accuracy"] = Number(run.Test?.Accuracy),
    };

    public static Dictionary<string, string> Of(TrainRequest request, INetworkEngine engine, DigitData data, ulong seed) => new()
    {
        ["program"] = "mnistgpu",
        ["data"] = data.Source,
        ["seed"] = $"{seed}",
        ["init"] = request.StartFile ?? OptionNames.Of(OptionNames.Starts, request.Init),
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
        ["device"] = engine.Name,
    };

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
