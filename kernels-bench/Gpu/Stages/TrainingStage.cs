using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>Recipes trained for real: how soon the test set is read how well.</summary>
internal static class TrainingStage
{
    private static readonly double[] Marks = [0.98, 0.99, 0.994];

    public static Stage Create() => new("6-training", "Training", 1.6,
        ["recipe", "to 98 %", "to 99 %", "to 99.4 %", "at the end", "epochs", "training", "images/s"], Pieces)
    {
        About = "Seconds of training until the test set is read so well, which is looked at after each epoch while the "
            + "clock stands still. Accuracies are of the test set.",
    };

    private static IEnumerable<Piece> Pieces(StageContext context)
    {
        yield return new("start to first step", () => FirstStep(context), Most: 0.4);
        yield return new("quick", () => Train(context, "quick"), Weight: 2);
        yield return new("modern", () => Train(context, "modern"), Weight: 6);
    }

    private static PieceOutput Train(StageContext context, string preset)
    {
        var test = context.Data.Test ?? throw new NotRunException("these images have none to test on");
        var command = TrainCommand.Create();
        var request = TrainReader.Read(command, command.Parse(["--preset", preset]));
        var split = request.Split(context.Data, request.Seed);
        var shape = request.Shape(null);
        using var engine = new GpuEngine(context.Device, shape,
            products: TuningStage.Choice(context, isTuned: false), fuse: ProofStage.MayFuse(context));
        engine.Regularization = request.Options.MakeRegularization(request.Seed, split.Training.Shape);
        engine.Load(Initialization.Draw(shape, request.Init, request.Seed));
        engine.Attach(split.Training.X, split.Training.Labels);
        engine.Prepare(request.Batch!.Value);
        var plan = request.Options.Plan(split.Training.Count, request.Seed);
        using var stop = new CancellationTokenSource();
        var elapsed = TimeSpan.Zero;
        var epochs = new List<(double Seconds, double Accuracy)>();
        var result = Trainer.Run(engine, plan, new TrainingWatch
        {
            Progress = progress =>
            {
                elapsed = progress.Elapsed;
                if (context.PieceLeft <= 0)
                {
                    stop.Cancel();
                }
            },
            Development = () => Evaluation.Totals(engine, test, default),
            Row = (row, _) => epochs.Add((elapsed.TotalSeconds, row.Development!.Value)),
        }, stop.Token);
        return result.End == TrainingEnd.Diverged
            ? new([], null, $"the loss was no number after step {result.LastGoodStep}")
            : Output(preset, result, epochs, plan.Steps, request.Epochs!.Value);
    }

    private static PieceOutput Output(string preset, TrainingResult result,
        List<(double Seconds, double Accuracy)> epochs, long steps, long planned)
    {
        var seconds = result.Elapsed.TotalSeconds;
        var reached = Marks.Select(mark => epochs.Where(epoch => epoch.Accuracy >= mark)
            .Select(epoch => (double?)epoch.Seconds).FirstOrDefault()).ToArray();
        var isWhole = result.End == TrainingEnd.Finished;
        return new([[preset, .. reached.Select(at => at is { } time ? Report.Time(time) : "–"),
            epochs.Count == 0 ? "–" : $"{100 * epochs[^1].Accuracy:F2} %",
            isWhole ? $"{planned}" : $"{epochs.Count} of {planned}, for want of time", Report.Time(seconds),
            $"{result.Images / seconds:N0}"]],
            new
            {
                preset,
                reached,
                seconds,
                steps = result.Steps,
                planned = steps,
                imagesPerSecond = result.Images / seconds,
                epochs = epochs.Select(epoch => new { epoch.Seconds, epoch.Accuracy })
            });
    }

    private static PieceOutput FirstStep(StageContext context)
    {
        var model = Path.Combine(context.WorkFolder, "model.safetensors");
        try
        {
            var (json, seconds) = ProgramCommand.Run(context, ["train", "--device", context.DeviceName,
                "--data", context.Source, "--network", "784-256-10", "--init", "he", "--batch", "256",
                "--limit", "2000", "--iterations", "1", "--save", model, .. ProofStage.Options(context)]);
            return new([["a process that reads, takes one step, evaluates and saves", "", "", "", "", "",
                Report.Time(seconds), ""]], new { seconds, phases = json["phases"]?.DeepClone() });
        }
        finally
        {
            File.Delete(model);
        }
    }
}
