using System.Diagnostics;
using MnistGpu.Deformations;
using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// The fast CPU engine with vectors V and their operations O: float32, all cores. It reads the training set as bytes,
/// as <see cref="PackedImages"/> has them; <see cref="StepKinds"/> says how a step is cut into pieces.
/// </summary>
internal sealed unsafe partial class SimdEngine<V, O> : INetworkEngine, IStepParts, IPhased
    where V : struct
    where O : struct, IVectorOps<V>
{
    private readonly ParameterLayout layout;
    private readonly AlignedBuffer parameters;
    private readonly AlignedBuffer?[] moments = new AlignedBuffer?[2];
    private readonly Workers workers;
    private readonly TilePass<V, O>[] passes;
    private readonly Inference<V, O> inference;
    private readonly StepKind? forced;
    private StepByImages<V, O>? byImages;
    private StepByProducts<V, O>? byProducts;
    private UpdatePass<V, O>? updatePass;
    private PackedImages? set;
    private AlignedBuffer? average;
    private bool averages;
    private Deformer<V, O>? deformer;
    private long step;
    private MomentKind momentKind;
    private long momentSteps;
    private Totals totals;
    private int[] order = [];
    private int ordered;

    /// <summary>An engine for a network, its parameters zero.</summary>
    /// <param name="shape">The network's widths.</param>
    /// <param name="threads">How many threads work at once, from 1.</param>
    /// <param name="kind">How every step runs; null for the faster way.</param>
    public SimdEngine(NetworkShape shape, int threads, StepKind? kind)
    {
        forced = kind;
        Shape = shape;
        layout = new ParameterLayout(shape);
        parameters = AlignedBuffer.OfFloats(layout.Length);
        workers = new Workers(threads);
        passes = new TilePass<V, O>[threads];
        for (var i = 0; i < passes.Length; i++)
        {
            passes[i] = new TilePass<V, O>(layout);
        }

        inference = new Inference<V, O>(layout, workers, passes);
        Description = $"{CpuName.Read()}, {threads} thread{(threads == 1 ? "" : "s")}, "
            + (O.Count == 1 ? "no vectors" : $"{32 * O.Count}-bit vectors");
    }

    /// <inheritdoc/>
    public string Name => "simd";

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public bool IsDouble => false;

    /// <inheritdoc/>
    public NetworkShape Shape { get; }

    /// <inheritdoc/>
    public PhaseTimes? Times { get; set; }

    /// <inheritdoc/>
    public Regularization Regularization
    {
        get;
        set
        {
            field = EngineGuard.Regularization(Shape, value);
            deformer?.Dispose();
            deformer = value.Deformation is { } ranges
                ? new Deformer<V, O>(new DeformationTables(ranges, Shape.Inputs), value.Seed)
                : null;
        }
    }
    = Regularization.None;

    /// <inheritdoc/>
    public void Load(NetworkState state)
    {
        EngineGuard.State(Shape, state);
        layout.Load(state.W, state.b, parameters.Floats);
        step = state.Step;
        BeginMoments(state.Moments?.Kind ?? MomentKind.None);
        if (state.Moments is { } given)
        {
            layout.Load(given.First.dW, given.First.db, moments[0]!.Floats);
            if (given.Second is { } second)
            {
                layout.Load(second.dW, second.db, moments[1]!.Floats);
            }

            momentSteps = given.Steps;
        }

        averages = state.Average is not null;
        if (state.Average is { } kept)
        {
            layout.Load(kept.W, kept.b, (average ??= AlignedBuffer.OfFloats(layout.Length)).Floats);
        }
    }

    /// <inheritdoc/>
    public NetworkState Save()
    {
        var state = new NetworkState(Shape) { Step = step };
        layout.Save(parameters.Floats, 1, 1, state.W, state.b);
        if (momentKind != MomentKind.None)
        {
            state.Moments = new Moments(Shape, momentKind) { Steps = momentSteps };
            layout.Save(moments[0]!.Floats, 1, 1, state.Moments.First.dW, state.Moments.First.db);
            if (state.Moments.Second is { } second)
            {
                layout.Save(moments[1]!.Floats, 1, 1, second.dW, second.db);
            }
        }

        if (averages)
        {
            state.Average = new NetworkState(Shape);
            layout.Save(average!.Floats, 1, 1, state.Average.W, state.Average.b);
        }

        return state;
    }

    /// <inheritdoc/>
    public void Attach(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels)
    {
        EngineGuard.Images(Shape, X.Span, labels.Span);
        ordered = 0;
        set?.Dispose();
        set = null;
        set = new PackedImages(layout.Order, X, labels, workers);
    }

    /// <inheritdoc/>
    public void Step(UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Attached(Attached);
        Step(null, Attached, 0, rule, epoch);
    }

    /// <inheritdoc/>
    public void SetOrder(ReadOnlySpan<int> order)
    {
        EngineGuard.Batch(order, Attached);
        if (this.order.Length < order.Length)
        {
            this.order = new int[order.Length];
        }

        order.CopyTo(this.order);
        ordered = order.Length;
    }

    /// <inheritdoc/>
    public void Step(int first, int count, UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Part(first, count, ordered);
        fixed (int* indices = order)
        {
            Step(indices + first, count, ordered - first - count, rule, epoch);
        }
    }

    /// <inheritdoc/>
    public Totals ReadTotals()
    {
        var read = totals;
        totals = default;
        return read;
    }

    /// <inheritdoc/>
    public Gradients ComputeGradients(ReadOnlySpan<int> images, uint epoch = 0)
    {
        EngineGuard.Batch(images, Attached);
        BeginEpoch(epoch);
        var m = images.Length;
        var way = StepFor(m);
        fixed (int* indices = images)
        {
            way.Run(set!, indices, m, 0, Regularization, epoch, null);
        }

        var gradients = new Gradients(Shape);
        layout.Save(way.Sums, 1 / (255.0 * m), 1.0 / m, gradients.dW, gradients.db);
        return gradients;
    }

    /// <inheritdoc/>
    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        var m = EngineGuard.Images(Shape, X, labels);
        var sum = inference.Evaluate(EvaluationParameters, X, labels);
        return new Totals(m, sum.Loss, sum.Hits);
    }

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        EngineGuard.Answers(Shape, EngineGuard.Images(Shape, X), AL);
        inference.Predict(EvaluationParameters, X, AL);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        workers.Dispose();
        byImages?.Dispose();
        byProducts?.Dispose();
        updatePass?.Dispose();
        DisposeParts();
        inference.Dispose();
        set?.Dispose();
        deformer?.Dispose();
        parameters.Dispose();
        average?.Dispose();
        foreach (var buffer in moments)
        {
            buffer?.Dispose();
        }
    }

    private int Attached => set?.Count ?? 0;

    private float* EvaluationParameters => averages ? average!.Floats : parameters.Floats;

    private void Step(int* indices, int m, int following, UpdateRule rule, uint epoch)
    {
        BeginEpoch(epoch);
        CountMomentStep(rule);
        var share = BeginAverage(rule);
        var update = Update.Create(rule, m, parameters.Floats, Moments(0), Moments(1), momentSteps,
            averages ? average!.Floats : null, share);
        var way = StepFor(m);
        way.Times = Times;
        var apart = StepKinds.UpdatesApart(Shape, rule);
        var sum = way.Run(set!, indices, m, following, Regularization, epoch, apart ? null : update);
        if (apart)
        {
            var start = Times is null ? 0 : Stopwatch.GetTimestamp();
            (updatePass ??= new UpdatePass<V, O>(layout, parameters.Floats, workers)).Run(way.Sums, update,
                rule.ClipNorm);
            Times?.Add("update", start);
        }

        totals += new Totals(m, sum.Loss, sum.Hits);
        step++;
    }

    private void BeginEpoch(uint epoch)
    {
        set!.Deformer = deformer;
        deformer?.Epoch = epoch;
    }

    private IStep StepFor(int m) => (forced ?? StepKinds.Choose(Shape, m)) == StepKind.ByImages
        ? byImages ??= new StepByImages<V, O>(layout, parameters.Floats, workers, passes)
        : byProducts ??= new StepByProducts<V, O>(layout, parameters.Floats, workers);
}
