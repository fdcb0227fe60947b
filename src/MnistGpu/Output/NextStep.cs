using System.Globalization;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Output;

/// <summary>The one thing to do next that would help most, judged by what came of the run.</summary>
/// <param name="Text">What, in words.</param>
/// <param name="Command">The command that does it.</param>
internal sealed record NextStep(string Text, string Command)
{
    // What is read right by so much is worth to be used.
    private const double Good = 0.9;

    /// <summary>What to do next; null where nothing comes to mind.</summary>
    public static NextStep? After(TrainOutcome outcome)
    {
        var request = outcome.Request;
        var run = outcome.Best.Run;
        if (Verdict.Judge(outcome) is not null)
        {
            return Verdict.IsRateHigh(request)
                ? With(request, "a lower rate keeps the steps small enough", TrainSettings.Rate.Name, Usual(request))
                : Started(request);
        }

        if (outcome.Setup.Data.Notice is not null)
        {
            return new NextStep("these digits are drawn by a program, so the figures say nothing of handwriting. "
                + "--data FOLDER takes real ones that are at hand; this fetches MNIST",
                StartedAs.Command("data", "download"));
        }

        if (outcome.Setup.Choice.IsHostSimulation || outcome.Setup.Engine.IsDouble)
        {
            return With(request, "the same on this CPU, "
                + $"{(outcome.Setup.Choice.IsHostSimulation ? "hundreds" : "dozens")} of times faster",
                TrainSettings.Device.Name, "simd");
        }

        var accuracy = (run.Test ?? run.Development ?? run.Training).Accuracy;
        if (accuracy >= Good)
        {
            return outcome.Files.Model is { } model
                ? new NextStep(outcome.Setup.Data.Shape.IsDigits
                    ? "draw digits on a page and see what the network reads"
                    : "give pictures to a page and see what the network reads",
                    StartedAs.Command("serve", model))
                : null;
        }

        if (request.StartFile is null && request.Init == Start.Normal)
        {
            return TrainSettings.All.Any(s => s.Role == SettingRole.Result && s.IsGivenIn(request.Parsed))
                ? Started(request)
                : new NextStep($"{Readable.Percent(accuracy)} is what the tutorial's start can give: most of its "
                    + "hidden units are saturated or dead from the first step on, and the seed decides. The recipe "
                    + $"quick reaches {Preset.Quick.Expected}, in {Preset.Quick.Time}",
                    GoOn.Command(request, [], (TrainSettings.Preset.Name, "quick")));
        }

        return outcome.Setup.Engine.Shape.ParameterCount < 50_000 && request.StartFile is null
            ? With(request, "more hidden units tell the classes apart better", TrainSettings.Hidden.Name, "128")
            : request.Rule is { Optimizer: Optimizer.GradientDescent, Alpha: < 0.5 }
            ? With(request, "a higher rate learns faster, as long as the loss still falls", TrainSettings.Rate.Name,
                "0.5")
            : null;
    }

    private static NextStep? Started(TrainRequest request) =>
        request.StartFile is not null || request.Init == Start.He ? null
        : With(request, "parameters that start at a size that fits the layer leave far fewer units saturated or dead",
            TrainSettings.Init.Name, "he");

    private static NextStep With(TrainRequest request, string text, string option, string value) =>
        new(text, GoOn.Command(request, [], (option, value)));

    private static string Usual(TrainRequest request) =>
        request.Rule.Optimizer.DefaultRate().ToString(CultureInfo.InvariantCulture);
}
