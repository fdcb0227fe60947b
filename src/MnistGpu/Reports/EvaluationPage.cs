using System.Globalization;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Reports;

/// <summary>The report of <c>evaluate</c>.</summary>
internal static class EvaluationPage
{
    // What a model's metadata keep beside the options that trained it.
    private static readonly HashSet<string> NoOptions =
        ["program", "history", "images", "loss", "train_accuracy", "dev_accuracy", "test_accuracy", "format",
            TrainMetadata.RunKey, ModelImages.SizeKey, ModelImages.ClassesKey];

    public static string Render(EvaluationOutcome outcome, DateTimeOffset when)
    {
        var (totals, metadata, state) = (outcome.Totals, outcome.Model.Metadata, outcome.Model.Networks[0]);
        var of = outcome.Model.IsCommittee ? " Of the first network." : "";
        var name = outcome.Part == "test" ? "Test set" : "Training set";
        return ReportPage.Render("Evaluation report",
            $"{Readable.Percent(totals.Accuracy)} of the {(outcome.Part == "test" ? "test" : "training")} images read "
                + "right", $"{outcome.Path}, {outcome.Model.Title}, on {outcome.Data.Source}", when, Markup.Join(
        [
            outcome.Data.Notice is { } notice ? Markup.From($"<ul class=\"notices card\"><li>{notice}</li></ul>\n")
                : Markup.Empty,
            ReportPage.Facts("figures", [("accuracy", Readable.Percent(totals.Accuracy)),
                ("read right", Readable.Count(totals.Hits)), ("of", Readable.Count(totals.Images)),
                ("loss", totals.MeanLoss.ToString("0.0000", CultureInfo.InvariantCulture))]),
            ConfusionPart.Render(outcome.Evaluation.Confusion, outcome.Set.Shape, name),
            MistakesPart.Render(outcome.Evaluation, outcome.Set, name),
            WeightsPart.Render(state.EvaluationParameters, outcome.Set.Shape, of),
            CurvesPart.Render(outcome.Network.History, metadata.GetValueOrDefault("batch") == "full",
                " As the model's file tells of its training."),
            PhasesPart.Render(outcome.Phases),
            RunPart.Render(Command(outcome),
                [
                    ("model", $"{outcome.Path}: {outcome.Model.Title}, {Readable.Count(outcome.Model.ParameterCount)} "
                        + $"parameters, step {Readable.Count(state.Step)}"),
                    ("data", $"{outcome.Data.Source}, {outcome.Part} images"),
                    ("device", $"{outcome.Network.Device}: {outcome.Network.Description}"),
                ],
                metadata.Where(pair => !NoOptions.Contains(pair.Key) && !CommitteeFile.IsPrefixed(pair.Key)
                    && !pair.Key.StartsWith("sha256", StringComparison.Ordinal) && !TrainSettings.IsUnlisted(pair.Key))
                    .Select(pair => ($"trained {pair.Key}", pair.Value)), outcome.Network.HasKernels),
        ]));
    }

    private static string Command(EvaluationOutcome outcome) =>
        StartedAs.Command(["evaluate", outcome.Path,
        .. CommandText.Words(outcome.Given, "--report", "--json", "--device"), "--device", outcome.Network.Device]);
}
