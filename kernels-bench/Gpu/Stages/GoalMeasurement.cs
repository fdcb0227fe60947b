using System.Diagnostics;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Simd;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>Measures a goal's step on the device, at a size that fits into the time.</summary>
internal sealed class GoalMeasurement(StageContext context, GoalJob goal, Func<ProductChoice> products)
{
    private const int CheckedSteps = 10;
    private const int ProbeImages = 64;
    private const int FewestImages = 16;

    // Steps that a measurement takes at least: to warm up, to be checked, timed, and timed by events.
    private const int FewestSteps = 24;

    /// <summary>Checks the step against the CPU engine, then times it.</summary>
    public PieceOutput Run()
    {
        var job = Fitting();
        var simd = SimdLoss(job);
        using var loop = new TrainingLoop(Engine(context.Device, job), job, context.Data.Train);
        var engine = (GpuEngine)loop.Engine;
        loop.Run(CheckedSteps);
        var set = job.Of(context.Data.Train);
        var loss = engine.Evaluate(set.X.Span, set.Labels.Span).MeanLoss;
        if (!(Math.Abs(loss - simd) <= goal.Tolerance * Math.Abs(simd)))
        {
            return new([], new { loss, simd }, $"the loss after {CheckedSteps} steps is {loss:G7}, where simd has "
                + $"{simd:G7}: it is not measured");
        }

        var before = engine.Work;
        var seconds = Timing.Measure(n => loop.Run(n), context.PieceShare);
        var work = engine.Work.Since(before);
        var result = new GoalResult(job.Images, job.Batch, seconds, Events(job, seconds.Median),
            (double)work.Launches / work.Steps, work.Bytes / work.Steps, work.Flops / work.Steps, loss, simd,
            engine.Products.Description);
        return new([Row(result)], result);
    }

    /// <summary>The row of a table.</summary>
    public string[] Row(GoalResult result)
    {
        var peak = StageRecord.Values<DevicePeak>(context.Other(FactsStage.Name).Find(FactsStage.Peaks));
        var seconds = result.Seconds.Median;
        return [Size(goal, result), "here", Report.Time(seconds),
            $"{Report.Time(result.Seconds.LowerQuartile)}–{Report.Time(result.Seconds.UpperQuartile)}",
            result.DeviceSeconds is { } device ? Report.Time(device) : "", Report.Digits(result.Launches),
            $"{Report.Digits(result.Bytes / 1e6)} MB", Share(result.Flops / 1e9, peak?.GigaflopsPerSecond),
            Share(result.Bytes / 1e9, peak?.GigabytesPerSecond), $"{result.Loss:F5}", ""];

        string Share(double amount, double? best) => best is null ? "" : Report.Percent(amount / seconds / best.Value);
    }

    /// <summary>The goal's name, and what was measured in its place.</summary>
    public static string Size(GoalJob goal, GoalResult result) =>
        result.Images == goal.Job.Images && result.Batch == goal.Job.Batch ? goal.Name
            : $"{goal.Name} (smaller: {(result.Batch == 0 ? result.Images : result.Batch):N0})";

    // The largest step that can be taken often enough.
    private TrainingJob Fitting()
    {
        var full = goal.Job.M;
        if (goal.Job.Images > context.Data.Train.Count)
        {
            throw new NotRunException($"there are {context.Data.Train.Count:N0} images only");
        }

        var probe = goal.With(Math.Min(ProbeImages, full));
        double seconds;
        using (var loop = new TrainingLoop(Engine(context.Device, probe), probe, context.Data.Train))
        {
            loop.Run(1);
            seconds = Timing.Time(n => loop.Run(n), 1);
        }

        var fits = context.PieceLeft / FewestSteps / seconds * probe.M;
        return fits >= full ? goal.Job
            : fits >= FewestImages ? goal.With(1 << (int)Math.Log2(fits))
            : throw new NotRunException(
                $"a step of {probe.M} images takes {Report.Time(seconds)}, and there are "
                + $"{Report.Time(context.PieceLeft)} left",
                needsTime: true);
    }

    private double SimdLoss(TrainingJob job)
    {
        using var loop = new TrainingLoop(SimdEngine.Create(job.Shape, Environment.ProcessorCount), job,
            context.Data.Train);
        loop.Run(CheckedSteps);
        var set = job.Of(context.Data.Train);
        return loop.Engine.Evaluate(set.X.Span, set.Labels.Span).MeanLoss;
    }

    private GpuEngine Engine(MnistGpu.Gpu.Devices.GpuDevice device, TrainingJob job)
    {
        var choice = goal.Rung is null ? products() : ProductChoice.Create(device, goal.Rung);
        var engine = new GpuEngine(device, job.Shape, products: choice, fuse: ProofStage.MayFuse(context));
        engine.Prepare(job.M);
        return engine;
    }

    // On a device of its own, because markers slow a step down.
    private double? Events(TrainingJob job, double perStep)
    {
        if (context.PieceShare < 5 * perStep)
        {
            return null;
        }

        using var device = context.Info.Open(profile: true);
        using var loop = new TrainingLoop(Engine(device, job), job, context.Data.Train);
        loop.Run(1);
        var engine = (GpuEngine)loop.Engine;
        engine.ReadKernelTimes();
        var start = Stopwatch.GetTimestamp();
        var steps = 0;
        do
        {
            loop.Run(1);
            steps++;
        }
        while (steps < 200 && Stopwatch.GetElapsedTime(start).TotalSeconds < context.PieceShare / 2);

        return engine.ReadKernelTimes().Sum(kernel => kernel.Time.TotalSeconds) / steps;
    }
}
