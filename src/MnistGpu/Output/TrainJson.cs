using MnistGpu.Gpu;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Output;

/// <summary>What <c>train --json</c> tells at its end.</summary>
internal static class TrainJson
{
    public static void Write(TrainOutcome outcome)
    {
        var (request, best) = (outcome.Request, outcome.Best.Run);
        JsonOutput.Write(new
        {
            Device = outcome.Setup.Engine.Name,
            Network = outcome.Setup.Engine.Shape.ToString(),
            Activation = OptionNames.Of(OptionNames.Activations, outcome.Setup.Engine.Shape.Activation),
            best.Images,
            best.Result.Steps,
        }, TrainSettings.All.Where(setting => setting.IsInJson)
            .ToDictionary(setting => setting.JsonName, setting => setting.JsonIn(request.Parsed)), new
            {
                Init = request.StartFile ?? OptionNames.Of(OptionNames.Starts, request.Init),
                SecondsSetup =
                    (outcome.Phases["load"] + outcome.Phases["compile"] + outcome.Phases["upload"]).TotalSeconds,
                SecondsTraining = best.Result.Elapsed.TotalSeconds,
                MsPerStep = best.MillisecondsPerStep,
                ImagesPerSecond = best.ImagesPerSecond,
                LaunchesPerStep = best.Work is { } work ? work.Launches / (double)work.Steps : (double?)null,
                BytesPerStep = best.Work?.Bytes / best.Work?.Steps,
                UploadedBytesPerStep = best.Work?.UploadedBytes / (double?)best.Work?.Steps,
                Ranks = outcome.Setup.Ranks.Count,
                RankLibrary = outcome.Setup.Ranks.Count > 1 ? outcome.Setup.Ranks.Library : null,
                SentBytesPerStep = outcome.Setup.Ranks.Count > 1 ? best.SentBytesPerStep : (double?)null,
                Products = (outcome.Setup.Engine as IKernelEngine)?.Products.Description,
                Loss = best.Training.MeanLoss,
                Warning = Verdict.Judge(outcome),
                TrainAccuracy = best.Training.Accuracy,
                DevLoss = best.Development?.MeanLoss,
                TestLoss = best.Test?.MeanLoss,
                DevAccuracy = best.Development?.Accuracy,
                TestAccuracy = best.Test?.Accuracy,
                Model = outcome.Files.Model,
                Replaced = outcome.Files.Replaced?.Path,
                outcome.Files.Report,
                Data = outcome.Setup.Data.Source,
                outcome.Setup.Data.Notice,
                outcome.Setup.Data.LeftOut,
                outcome.Setup.Data.Guesses,
                best.Seed,
                Interrupted = outcome.IsInterrupted,
                Preset = request.Preset.Name,
                PassMark = outcome.Mark?.Mark,
                PassMarkReached = outcome.Mark?.IsReached,
                Checkpoint = outcome.Files.CheckpointStep is null ? null : request.CheckpointFile,
                // A committee's networks have histories of their own.
                BestEpoch = request.IsCommittee ? null : outcome.Best.Position.BestRow?.Epoch,
                History = request.IsCommittee ? null : outcome.Best.Position.History.Select(row => new
                {
                    row.Epoch,
                    row.Step,
                    row.Loss,
                    TrainAccuracy = row.Accuracy,
                    DevAccuracy = row.Development,
                    DevLoss = row.DevelopmentLoss,
                    row.Rate,
                    row.ImagesPerSecond,
                }),
                Profile = outcome.Profile?.Kernels.Select(kernel => new
                {
                    kernel.Kernel,
                    kernel.Launches,
                    Seconds = kernel.Time.TotalSeconds,
                    kernel.GigabytesPerSecond,
                    kernel.GigaflopsPerSecond,
                    ShareOfPeak = outcome.Profile.Peak?.Share(kernel),
                }),
                PeakGigabytesPerSecond = outcome.Profile?.Peak?.GigabytesPerSecond,
                PeakGigaflopsPerSecond = outcome.Profile?.Peak?.GigaflopsPerSecond,
                Runs = outcome.Runs.Select(run => new
                {
                    run.Seed,
                    Loss = run.Training.MeanLoss,
                    TrainAccuracy = run.Training.Accuracy,
                    DevAccuracy = run.Development?.Accuracy,
                    DevLoss = run.Development?.MeanLoss,
                    TestAccuracy = run.Test?.Accuracy,
                    SecondsTraining = run.Result.Elapsed.TotalSeconds,
                }),
            });
    }
}
