using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Reports;
using MnistGpu.Simd;
using MnistGpu.Training;

namespace MnistGpu.Tests.Reports;

/// <summary>Outcomes of trainings as a test wants them, on an engine with drawn parameters.</summary>
internal sealed class Outcomes : IDisposable
{
    private readonly INetworkEngine engine;
    private readonly NetworkState state;
    private readonly DigitSet test;

    public Outcomes(string network, int images = 300, string source = "drawn digits")
    {
        var shape = NetworkShape.Parse(network);
        state = Initialization.Draw(shape, MnistGpu.Start.He, 1);
        engine = SimdEngine.Create(shape);
        engine.Load(state);
        var drawn = SyntheticDigits.Draw(images, 1, SyntheticPart.Test);
        test = new DigitSet(drawn.X, drawn.Labels, source);
    }

    public static EpochRow[] Rows(int count) =>
        [.. Enumerable.Range(1, count).Select(e =>
        new EpochRow(e, 10L * e, 2.0 / e, 1 - 0.5 / e, 0.9 - 0.3 / e, 0.1, 1e6))];

    public string Page(string arguments, IReadOnlyList<EpochRow>? history = null,
        TrainingEnd end = TrainingEnd.Finished, int runs = 1, bool diverged = false)
    {
        var outcome = Of(arguments, history, end, runs, diverged);
        return TrainingPage.Render(outcome, state, outcome.Best.Evaluation, test, "Test set",
            new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    }

    /// <param name="arguments">The options.</param>
    /// <param name="history">The rows; null for ten.</param>
    /// <param name="end">How each run ended.</param>
    /// <param name="runs">How many there are.</param>
    /// <param name="diverged">Whether one more diverged.</param>
    /// <param name="loss">The sum of the loss over a run's 1,000 training images.</param>
    /// <param name="hits">How many of its 10,000 test images are read right.</param>
    public TrainOutcome Of(string arguments, IReadOnlyList<EpochRow>? history = null,
        TrainingEnd end = TrainingEnd.Finished, int runs = 1, bool diverged = false, double loss = 500,
        int hits = 7000)
    {
        var command = TrainCommand.Create();
        var request = TrainReader.Read(command, command.Parse(arguments));
        var all = Enumerable.Range(0, runs)
            .Select(i => new TrainRun(request.Seed + (ulong)i, 1000,
            new TrainingResult(end, 200, 200, 200, 200_000, TimeSpan.FromSeconds(2)), null,
            new Totals(1000, loss + i % 7, 800 + i % 151), new Totals(100, 50, 70 + i % 23),
                new Totals(10_000, 5000, hits + i % 2503))).ToArray();
        var position = new TrainingPosition { Step = 200, History = [.. history ?? Rows(10)] };
        var phases = new Phases();
        phases.Add("load", TimeSpan.FromSeconds(0.5));
        phases.Add("train", TimeSpan.FromSeconds(2));
        var evaluation = Evaluation.Create(engine, test, CancellationToken.None);
        var setup = new TrainSetup(new DigitData(test, test, test.Source, null), engine,
            new EngineChoice("simd", "CPU", "here"));
        var best = new BestRun(all[0], position, evaluation, test, "Test set");
        var files = new WrittenFiles("model.safetensors", null, null);
        return new TrainOutcome(request, setup, all, best, files, phases) { Diverged = diverged };
    }

    public void Dispose() => engine.Dispose();
}
