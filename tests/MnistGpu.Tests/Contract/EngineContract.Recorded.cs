using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Contract;

/// <summary>The runs recorded in NumPy and PyTorch (Oracle/README.md).</summary>
public abstract partial class EngineContract
{
    private static readonly UpdateRule Rule = new(0.1);

    [Theory]
    [InlineData("seed-784-10-10", 1)]
    public void TheTutorialsRunInNumPyIsReproduced(string recorded, int steps)
    {
        var run = new RecordedRun(recorded);
        using var engine = Create(run.Shape);
        engine.Load(run.State(0));
        engine.Attach(RecordedRun.X.AsMemory(0, 784 * 1000), RecordedRun.Labels.AsMemory(0, 1000));
        for (var step = 0; step < steps; step++)
        {
            engine.Step(Rule);
        }

        Agreement.Relative(run.State(steps), engine.Save(), Tolerance(engine));
    }

    public static TheoryData<string, Activation, object, double> RecordedRuns => new()
    {
        { "nesterov-784-8-6-10", Activation.ReLU, new UpdateRule(0.05, Optimizer.Nesterov), 0 },
        { "rmsprop-784-8-6-10", Activation.ReLU, new UpdateRule(1e-3, Optimizer.RMSprop), 0 },
        { "leaky-relu-784-8-6-10", Activation.LeakyReLU, new UpdateRule(0.1), 0 },
    };

    public static TheoryData<string, Activation, object, double> LongRuns => new()
    {
        { "sgd-784-32-16-10", Activation.ReLU, new UpdateRule(0.1), 0 },
        { "momentum-784-32-16-10", Activation.ReLU, new UpdateRule(0.05, Optimizer.Momentum), 0 },
        { "adam-784-32-16-10", Activation.ReLU, new UpdateRule(1e-3, Optimizer.Adam), 0 },
        {
            "adamw-smooth-784-32-16-10", Activation.ReLU,
            new UpdateRule(1e-3, Optimizer.AdamW) { WeightDecay = 0.01 }, 0.1
        },
    };

    [Theory]
    [MemberData(nameof(RecordedRuns))]
    public void AMinibatchRunInPyTorchIsReproduced(
        string recorded, Activation activation, object rule, double smoothing)
    {
        var run = new RecordedRun(recorded, activation);
        using var engine = Create(run.Shape);
        engine.Regularization = new() { LabelSmoothing = smoothing };
        engine.Load(run.State(0));
        engine.Attach(RecordedRun.X, RecordedRun.Labels);
        for (var step = 0; step < 20; step++)
        {
            engine.Step([.. Enumerable.Range(64 * step, 64)], (UpdateRule)rule);
        }

        Agreement.Relative(run.State(20), engine.Save(), Tolerance(engine));
    }

    private static double Tolerance(INetworkEngine engine) => engine.IsDouble ? 1e-9 : 1e-4;

    [Theory]
    [InlineData("sgd-784-32-16-10", 0)]
    [InlineData("adamw-smooth-784-32-16-10", 0.1)]
    public void TheFirstGradientsOfARunInPyTorchAreReproduced(string recorded, double smoothing)
    {
        var run = new RecordedRun(recorded);
        using var engine = Create(run.Shape);
        engine.Regularization = new() { LabelSmoothing = smoothing };
        engine.Load(run.State(0));
        engine.Attach(RecordedRun.X, RecordedRun.Labels);
        var expected = run.FirstGradients();
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, 64)]);
        for (var l = 0; l < run.Shape.Layers; l++)
        {
            Agreement.Relative($"dW{l + 1}", expected.dW[l], gradients.dW[l], Tolerance(engine));
            Agreement.Relative($"db{l + 1}", expected.db[l], gradients.db[l], Tolerance(engine));
        }
    }
}
