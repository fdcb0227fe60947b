using System.Text.Json.Nodes;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Bench.Peers;
using MnistGpu.Data;
using MnistGpu.Data.Formats;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>
/// PyTorch beside our figures: on the GPU where ours is one, on the CPU where ours runs on the CPU.
/// </summary>
internal sealed class TorchPeer : IDisposable
{
    private const int Turns = 5;
    private const int CheckedSteps = 10;

    private readonly string device;
    private PeerProcess process;
    private bool hasImages;
    private double? gigaflops;
    private bool isGone;

    private TorchPeer(PeerProcess process, string device) => (this.process, this.device) = (process, device);

    private bool IsOnGpu => device != "cpu";

    private string Name => IsOnGpu ? process.Version : $"{process.Version} on the CPU";

    /// <summary>Starts it.</summary>
    /// <param name="context">What tells whether ours is a GPU.</param>
    /// <param name="wanted">The Python to use; null for the one that has PyTorch.</param>
    /// <exception cref="NotRunException">There is none that could be compared with.</exception>
    public static TorchPeer Start(StageContext context, string? wanted = null)
    {
        try
        {
            var (python, hasTorch) = PeerProcess.Find(wanted);
            if (!hasTorch)
            {
                throw new NotRunException($"{python} has no PyTorch");
            }

            var cores = Environment.ProcessorCount;
            var process = PeerProcess.Start(python, "torch", new PeerThreads(cores, cores),
                folder: context.WorkFolder);
            // What its kernels on the CPU are matters only where it computes there.
            var refusal = !context.Info.IsGpu ? process.Refusal : process.HasCuda ? null : "it has no CUDA";
            if (refusal is not null)
            {
                process.Dispose();
                throw new NotRunException($"{process.Version} is no fair comparison: {refusal}");
            }

            return new(process, context.Info.IsGpu ? "cuda" : "cpu");
        }
        catch (UserErrorException e)
        {
            throw new NotRunException($"no PyTorch to compare with: {e.Message.Split('\n')[0]}");
        }
    }

    /// <summary>Takes the steps that were measured here, and compares.</summary>
    public PieceOutput Train(StageContext context, GoalJob goal, bool graph)
    {
        if (graph && !IsOnGpu)
        {
            throw new NotRunException("CUDA graphs need a CUDA GPU and a PyTorch for it");
        }

        var ours = GoalsStage.Find(context, goal) ?? throw new NotRunException("there is no figure of ours beside it");
        if (goal.Rung is not null && !IsOnGpu)
        {
            throw new NotRunException("PyTorch rounds to TF32 on a GPU only");
        }

        Revive(context);
        var job = goal.With(ours.Batch == 0 ? ours.Images : ours.Batch) with { Images = ours.Images };
        try
        {
            Make(context, goal, job, graph);
            var loss = process.Result(CheckedSteps);
            if (!(Math.Abs(loss - ours.Loss) <= goal.Tolerance * Math.Abs(ours.Loss)))
            {
                return new([], new { loss, ours = ours.Loss }, $"no ratio, the work is not equal: its loss after "
                    + $"{CheckedSteps} steps is {loss:G7}, ours {ours.Loss:G7}");
            }

            var seconds = Time(context);
            var by = Name + (graph ? ", CUDA graph" : IsOnGpu ? ", eager" : "");
            return new([[GoalMeasurement.Size(goal, ours), by, Report.Time(seconds.Median),
                $"{Report.Time(seconds.LowerQuartile)}–{Report.Time(seconds.UpperQuartile)}", "", "", "", "", "",
                $"{loss:F5}", $"{seconds.Median / ours.Seconds.Median:F2}×"]],
                new { by, seconds, loss, ratio = seconds.Median / ours.Seconds.Median });
        }
        catch (UserErrorException)
        {
            isGone = true;
            throw;
        }
        finally
        {
            if (!isGone)
            {
                process.Drop();
            }
        }
    }

    /// <summary>GFLOP/s of its product, and of the same with operands rounded to TF32, where that is a
    /// choice.</summary>
    public (double Full, double? Tf32) Multiply(StageContext context, (int Rows, int Inner, int M) size)
    {
        var flops = 2.0 * size.Rows * size.Inner * size.M;
        if (gigaflops is { } known && 5 * flops / known / 1e9 > context.PieceLeft)
        {
            throw new NotRunException("by the speed so far, a run of it takes too long for the time that there is",
                needsTime: true);
        }

        Revive(context);
        return (Speed(tf32: false), IsOnGpu ? Speed(tf32: true) : null);

        double Speed(bool tf32)
        {
            isGone = true;
            process.Make(new JsonObject
            {
                ["make"] = "torch-product",
                ["m"] = size.Rows,
                ["k"] = size.Inner,
                ["n"] = size.M,
                ["device"] = device,
                ["tf32"] = tf32,
            });
            var seconds = Time(context).Median;
            process.Drop();
            isGone = false;
            gigaflops = Math.Max(gigaflops ?? 0, flops / seconds / 1e9);
            return flops / seconds / 1e9;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => process.Dispose();

    // A job that ended its process, for want of memory or by a fault, leaves the next one a fresh one.
    private void Revive(StageContext context)
    {
        if (isGone)
        {
            process.Dispose();
            var (python, _) = PeerProcess.Find(null);
            process = PeerProcess.Start(python, "torch", process.Threads, folder: context.WorkFolder);
            isGone = false;
        }
    }

    private void Make(StageContext context, GoalJob goal, TrainingJob job, bool graph)
    {
        var train = context.Data.Train;
        if (!hasImages)
        {
            IdxWriter.Write(context.WorkFolder, new DigitData(train, null, train.Source, null));
            hasImages = true;
        }

        var place = Directory.CreateDirectory(Path.Combine(context.WorkFolder, "job"));
        var request = new TrainingPeerJob(job, train, "torch", "torch", "PyTorch").Prepare(place.FullName);
        request["device"] = device;
        request["graph"] = graph;
        request["tf32"] = goal.Rung is not null;
        process.Make(request);
        place.Delete(recursive: true);
    }

    // As long as there is time, in turns that are not too short.
    private Spread Time(StageContext context)
    {
        var first = process.Run(3, 1);
        var perStep = first.Seconds / 3;
        var steps = (int)Math.Clamp(context.PieceShare / Turns / perStep, 1, 10_000);
        var warm = Math.Max(1, steps / 10);
        var samples = new double[perStep * Turns * (steps + warm) > 2 * context.PieceLeft ? 1 : Turns];
        for (var turn = 0; turn < samples.Length; turn++)
        {
            samples[turn] = process.Run(steps, warm).Seconds / steps;
        }

        return Spread.From(samples);
    }
}
