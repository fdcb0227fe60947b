using System.Collections.Concurrent;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Training;

namespace MnistGpu.Tests.Exchange;

/// <summary>A small network for each activation, trained for an epoch on real images, once for all tests.</summary>
internal static class TrainedNetwork
{
    private static readonly ConcurrentDictionary<Activation, Lazy<NetworkState>> Trained = new();
    private static readonly ConcurrentDictionary<NetworkState, Lazy<double[]>> Answered = new();

    public static NetworkState On(DigitSet images, Activation activation) => Trained.GetOrAdd(activation,
        _ => new Lazy<NetworkState>(() => Train(images, activation))).Value;

    /// <summary>The float64 reference's probabilities.</summary>
    public static double[] Answers(NetworkState state, DigitSet images) => Answered.GetOrAdd(state,
        _ => new Lazy<double[]>(() => ForeignFiles.Predict(state, images.X.ToArray()))).Value;

    private static NetworkState Train(DigitSet images, Activation activation)
    {
        using var engine = SimdEngine.Create(NetworkShape.Parse("784-32-16-10").With(activation), threads: 1);
        engine.Load(Initialization.Draw(engine.Shape, Start.He, 0));
        engine.Attach(images.X, images.Labels);
        var batches = new Batches(images.Count, size: 128, seed: 0);
        var rule = new UpdateRule(0.001, Optimizer.Adam) { Averaging = 0.99 };
        Trainer.Run(engine, new TrainingPlan(batches.PerEpoch, rule) { Batches = batches }, watch: null,
            TestContext.Current.CancellationToken);
        return engine.SaveEvaluationParameters();
    }
}
