using System.Diagnostics;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>How a run of training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were taken.</summary>
    Finished,

    /// <summary>The loss stopped being a number.</summary>
    Diverged,

    /// <summary>The user stopped it; the step under way was finished.</summary>
    Cancelled,
}

/// <summary>Where a run is.</summary>
/// <param name="Step">Steps taken in this run.</param>
/// <param name="Steps">Steps to take in this run.</param>
/// <param name="Recent">The totals of the steps since the last report, each of the parameters before its update.</param>
/// <param name="Elapsed">Time in training so far.</param>
public readonly record struct TrainingProgress(long Step, long Steps, Totals Recent, TimeSpan Elapsed);

/// <summary>How a run went.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="LastGoodStep">The last step known to have had a finite loss; below <paramref name="Steps"/> only where it diverged.</param>
/// <param name="Images">Images in all these steps.</param>
/// <param name="Elapsed">Time in training.</param>
public readonly record struct TrainingResult(TrainingEnd End, long Steps, long LastGoodStep, long Images, TimeSpan Elapsed);

/// <summary>The loop: steps over the attached images, all of them at once or in batches.</summary>
public static class Trainer
{
    // Reading the totals waits for the device, some ten microseconds on a GPU: once in this time it costs under one
    // percent. Steps longer than this are read one by one, so a run that diverges stops at that very step.
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromMilliseconds(2);

    /// <summary>Takes steps until they are done, the loss is no number, or the user stops.</summary>
    /// <param name="engine">An engine with parameters loaded and a training set attached.</param>
    /// <param name="plan">The steps to take.</param>
    /// <param name="report">Told of each reading, on this thread; must be quick.</param>
    /// <param name="cancel">Stops after the step under way.</param>
    public static TrainingResult Run(INetworkEngine engine, TrainingPlan plan, Action<TrainingProgress>? report, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var read = TimeSpan.Zero;
        var steps = plan.Steps;
        long step = 0, lastGood = 0, images = 0, perReading = 1;
        engine.ReadTotals();
        while (step < steps && !cancel.IsCancellationRequested)
        {
            for (var i = 0; i < perReading && step < steps && !cancel.IsCancellationRequested; i++, step++)
            {
                if (plan.Batches is { } batches)
                {
                    engine.Step(batches.Of(step), plan.RuleAt(step), plan.EpochOf(step));
                }
                else
                {
                    engine.Step(plan.RuleAt(step), plan.EpochOf(step));
                }
            }

            if (step == lastGood)
            {
                break; // Cancelled before the first step of this reading.
            }

            var totals = engine.ReadTotals();
            var now = clock.Elapsed;
            images += totals.Images;
            if (!double.IsFinite(totals.Loss))
            {
                return new TrainingResult(TrainingEnd.Diverged, step, lastGood, images, now);
            }

            report?.Invoke(new TrainingProgress(step, steps, totals, now));
            var perStep = (now - read) / (step - lastGood);
            perReading = Math.Clamp((long)(BetweenReadings / perStep), 1, 2 * perReading);
            (read, lastGood) = (clock.Elapsed, step);
        }

        return new TrainingResult(step < steps ? TrainingEnd.Cancelled : TrainingEnd.Finished, step, lastGood, images, clock.Elapsed);
    }
}
