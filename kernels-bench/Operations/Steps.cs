using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Reference;

namespace MnistGpu.Bench.Operations;

/// <summary>
/// Training steps of one network on one set of images, plain gradient descent unless another optimizer is named.
/// </summary>
/// <param name="Network">The widths, joined by '-'.</param>
/// <param name="Images">How many images are attached: the first of the set.</param>
/// <param name="Batch">Images in a step; 0 for all of them.</param>
/// <param name="Start">How the parameters start.</param>
/// <param name="Alpha">α.</param>
/// <param name="Optimizer">What a step makes of the gradients.</param>
internal sealed record TrainingJob(string Network, int Images, int Batch, Start Start, double Alpha,
    Optimizer Optimizer = Optimizer.GradientDescent)
{
    private const ulong Seed = 1;

    /// <summary>The tutorial's: full batch of 41,000.</summary>
    public static TrainingJob Tutorial { get; } = new("784-10-10", 41_000, 0, Start.Normal, 0.1);

    /// <summary>The whole steps of the ladder, smallest network first.</summary>
    public static IReadOnlyList<TrainingJob> All { get; } =
        [Tutorial, new("784-128-10", 41_000, 128, Start.He, 0.1), new("784-800-800-10", 41_000, 256, Start.He, 0.1)];

    /// <summary>
    /// The layers, batch and optimizer of <c>train --preset modern</c>, at the rate where its one-cycle begins
    /// (0.002/25), without what it does against
    /// overfitting: to time beside a peer.
    /// </summary>
    public static TrainingJob Modern { get; } = new("784-1024-1024-1024-10", 41_000, 256, Start.He, 0.002 / 25,
        Optimizer.Adam);

    /// <summary>Smaller networks and few images, for slow devices.</summary>
    public static IReadOnlyList<TrainingJob> Smaller { get; } =
        [Tutorial with { Images = 256 }, new("784-128-10", 512, 32, Start.He, 0.1),
            new("784-100-100-10", 512, 32, Start.He, 0.1)];

    /// <summary>The widths.</summary>
    public NetworkShape Shape { get; } = NetworkShape.Parse(Network);

    /// <summary>Images in a step.</summary>
    public int M => Batch == 0 ? Images : Batch;

    /// <summary>For people.</summary>
    public string Size => (Batch == 0 ? $"{Network}, all {Images:N0}" : $"{Network}, batch {Batch}")
        + (Optimizer == Optimizer.GradientDescent ? "" : $", {Optimizer}");

    /// <summary>Batches in an epoch; an incomplete last one is left out.</summary>
    public int Batches => Images / M;

    /// <summary>The start, as float32 has it, so that every engine starts from the same numbers.</summary>
    public NetworkState State()
    {
        var state = Initialization.Draw(Shape, Start, Seed);
        foreach (var values in (ReadOnlySpan<double[]>)[.. state.W, .. state.b])
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)values[i];
            }
        }

        return state;
    }

    /// <summary>The attached images.</summary>
    /// <exception cref="UserErrorException">There are too few.</exception>
    public DigitSet Of(DigitSet set) => set.Count >= Images
        ? set.Slice(0, Images)
        : throw new UserErrorException("There are too few images for this job", where: $"--data, {set.Source}",
            expected: $"at least {Images:N0}",
            found: $"{set.Count:N0}", todo: "take --data synthetic, or leave the job out by --filter");

    /// <summary>The order in which the images are visited, epoch after epoch the same.</summary>
    public int[] Order() => Batch == 0 ? [.. Enumerable.Range(0, Images)] : Shuffle.Order(Images, Seed, 0);
}

/// <summary>The training loop of a job on an engine: the next step, over and over.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly TrainingJob job;
    private readonly NetworkState start;
    private readonly int[] order;
    private readonly UpdateRule rule;
    private int next;

    /// <summary>Attaches the images and loads the start. The loop owns the engine.</summary>
    public TrainingLoop(INetworkEngine engine, TrainingJob job, DigitSet images)
    {
        Engine = engine;
        this.job = job;
        start = job.State();
        order = job.Order();
        rule = new UpdateRule(job.Alpha, job.Optimizer);
        var set = job.Of(images);
        engine.Attach(set.X, set.Labels);
        engine.SetOrder(order);
        Reset();
    }

    /// <summary>The engine.</summary>
    public INetworkEngine Engine { get; }

    /// <summary>The first batch.</summary>
    public ReadOnlySpan<int> FirstBatch => order.AsSpan(0, job.M);

    /// <summary>Whether a loss was no number.</summary>
    public bool Diverged { get; private set; }

    /// <summary>Back to the start and to the first batch.</summary>
    public void Reset()
    {
        Engine.Load(start);
        Engine.ReadTotals();
        next = 0;
    }

    /// <summary>Takes steps and waits for the last.</summary>
    public Totals Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            if (job.Batch == 0)
            {
                Engine.Step(rule);
                continue;
            }

            Engine.Step(next * job.Batch, job.Batch, rule);
            next = next + 1 == job.Batches ? 0 : next + 1;
        }

        var totals = Engine.ReadTotals();
        Diverged |= steps > 0 && !double.IsFinite(totals.Loss);
        return totals;
    }

    /// <inheritdoc/>
    public void Dispose() => Engine.Dispose();
}

/// <summary>What the first step of a job must give, with the bounds of float32 arithmetic.</summary>
internal sealed class StepReference(TrainingJob job, DigitSet images)
{
    private readonly NetworkState before = job.State();
    private readonly Lazy<RoundingBounds> bounds = new(() =>
    {
        var batch = job.Of(images).Reorder(job.Order().AsSpan(0, job.M));
        return RoundingBounds.Create(job.State(), batch.X.Span, batch.Labels.Span);
    });

    /// <summary>Gradients, and parameters, loss and hits of one step, each within its bound.</summary>
    public Check Verify(TrainingLoop loop)
    {
        var reference = bounds.Value;
        loop.Reset();
        var gradients = loop.Engine.ComputeGradients(loop.FirstBatch);
        var totals = loop.Run(1);
        var after = loop.Engine.Save();
        var worst = Check.Compare([reference.MeanLoss, reference.Hits], [totals.MeanLoss, totals.Hits],
            [reference.MeanLossBound, reference.HitsBound]);
        for (var l = 0; l < job.Shape.Layers; l++)
        {
            worst = worst.And(Tensor(before.W[l], reference.Gradients.dW[l], reference.Bounds.dW[l], gradients.dW[l],
                after.W[l]));
            worst = worst.And(Tensor(before.b[l], reference.Gradients.db[l], reference.Bounds.db[l], gradients.db[l],
                after.b[l]));
        }

        return worst;
    }

    private Check Tensor(double[] start, double[] gradient, double[] bound, double[] actualGradient, double[] actual)
    {
        var expected = start.ToArray();
        Equations.Update(expected, gradient, job.Alpha);
        double[] updateBound = [.. expected.Select((value, i) =>
            RoundingBounds.UpdateBound(value, gradient[i], bound[i], job.Alpha))];
        return Check.Compare(gradient, actualGradient, bound).And(Check.Compare(expected, actual, updateBound));
    }
}

/// <summary>A job's steps as an operation.</summary>
internal sealed class StepOperation(TrainingLoop loop, TrainingJob job, StepReference reference, int threads)
    : Operation
{
    // Dense products, whatever an engine leaves out because it is zero.
    public override double Flops => (double)job.Shape.FlopsPerImage * job.M;

    public override int Threads => threads;

    public override Check Verify() => reference.Verify(loop);

    public override void Run(int count)
    {
        loop.Run(count);
        if (loop.Diverged)
        {
            throw new NotFiniteNumberException("the loss is no number");
        }
    }

    public override void Dispose() => loop.Dispose();
}
