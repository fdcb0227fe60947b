using MnistGpu.Data.Sources;
using MnistGpu.Files;
using MnistGpu.Gpu;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>Does what <c>predict</c> is asked of a file of many images.</summary>
internal static class PredictRowsJob
{
    /// <returns>The exit code.</returns>
    public static int Run(PredictRequest asked)
    {
        using var interruption = new Interruption();
        var choice = Engines.Choose(asked.Device);
        using var network = Network.Open(asked.Model, choice, new AllEngines(), opensLater: true);
        var shape = network.Images;
        foreach (var (option, path) in ((string, string?)[])[("--csv", asked.Csv), ("--kaggle", asked.Kaggle)])
        {
            if (path is not null)
            {
                AtomicFile.RequireOwn(option, path, [("the model", asked.Model), ("the images", asked.Names[0]),
                    .. ImageRows.Files(asked.Names[0]).Select(file => ("the images", (string?)file))]);
                AtomicFile.RequireWritable(path);
            }
        }

        AtomicFile.RequireOwn("--kaggle", asked.Kaggle, ("--csv", asked.Csv));
        var images = ImageRows.Read(asked.Names[0], shape, asked.ReadAs);
        OptionWords.Translate(images.Log.Guesses);
        OptionWords.Translate(images.Log.LeftOut);
        network.StartEngine();
        var answers = RowAnswers.Ask(network, asked.Model, shape, images, interruption.Token);
        if (asked.Csv is { } csv)
        {
            RowAnswersView.WriteCsv(csv, answers, asked.Probabilities);
        }

        if (asked.Kaggle is { } kaggle)
        {
            RowAnswersView.WriteKaggle(kaggle, answers);
        }

        if (asked.Json)
        {
            RowAnswersView.WriteJson(answers);
        }
        else
        {
            RowAnswersView.Write(answers, asked);
        }

        return ExitCode.Done;
    }
}
