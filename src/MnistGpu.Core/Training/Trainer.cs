using System.Diagnostics;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>The loop: steps over the attached images, all of them at once or in batches.</summary>
public static class Trainer
{
    // Reading the totals waits for the device, some ten microseconds on a GPU: once in this time it costs under one
    // percent. Steps longer than this are read one by one, so a run that diverges stops at that very step.
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Takes steps until they are done, the loss is no number, no row gets better, or the user stops.
    /// </summary>
    /// <param name="engine">An engine with parameters loaded and a training set attached.</param>
    /// <param name="plan">The steps to take.</param>
    /// <param name="watch">What to call during the run; null for nothing.</param>
    /// <param name="cancel">Stops after the step under way.</param>
    /// <param name="position">Where to go on; null for the beginning. It is moved along.</param>
    public static TrainingResult Run(INetworkEngine engine, TrainingPlan plan, TrainingWatch? watch,
        CancellationToken cancel, TrainingPosition? position = null)
    {
        var at = position ?? new TrainingPosition();
        var (from, saved, lastGood, count, perReading) = (at.Step, at.Step, at.Step, 0L, 1L);
        var (read, rowStart, rowImages) = (TimeSpan.Zero, TimeSpan.Zero, 0L);
        engine.ReadTotals();
        var clock = Stopwatch.StartNew();
        while (!plan.IsDone(at) && !cancel.IsCancellationRequested)
        {
            if (plan.BeginsCount(at.Step))
            {
                at.Row = default;
            }

            var steps = 0;
            do
            {
                TakeStep(engine, plan, at.Step, isFirst: at.Step == from);
                at.Step++;
            }
            while (++steps < perReading && !IsStop(plan, at.Step) && !cancel.IsCancellationRequested);

            var totals = engine.ReadTotals();
            var now = clock.Elapsed;
            count += totals.Images;
            rowImages += totals.Images;
            if (!double.IsFinite(totals.Loss))
            {
                return new TrainingResult(TrainingEnd.Diverged, at.Step, lastGood, at.Step - from, count, now);
            }

            at.Row += totals;
            watch?.Progress?.Invoke(new TrainingProgress(at.Step, plan.Steps, totals, at.Step - from, now));
            perReading = Math.Clamp((long)(BetweenReadings / ((now - read) / steps)), 1, 2 * perReading);
            lastGood = at.Step;

            // Judging, saving and showing are no training: the clock stands still meanwhile.
            clock.Stop();
            if (plan.EndsRow(at.Step))
            {
                var (row, isBest) = at.EndRow(plan, watch?.Development?.Invoke(),
                    rowImages / (now - rowStart).TotalSeconds);
                at.Best = isBest && plan.KeepsBest ? engine.SaveEvaluationParameters() : at.Best;
                watch?.Row?.Invoke(row, isBest);
                (rowStart, rowImages) = (clock.Elapsed, 0);
            }

            if (watch?.Checkpoint is { } save && plan.IsCheckpoint(at.Step) && !plan.IsDone(at))
            {
                save(at);
                saved = at.Step;
            }

            watch?.Pause?.Invoke();
            clock.Start();
            read = clock.Elapsed;
        }

        clock.Stop();
        if (at.Step != saved)
        {
            watch?.Checkpoint?.Invoke(at);
        }

        var end = at.Step >= plan.Steps ? TrainingEnd.Finished
            : plan.RanOut(at) ? TrainingEnd.RanOut
            : TrainingEnd.Cancelled;
        return new TrainingResult(end, at.Step, lastGood, at.Step - from, count, clock.Elapsed);
    }

    private static void TakeStep(INetworkEngine engine, TrainingPlan plan, long step, bool isFirst)
    {
        if (plan.Batches is { } batches)
        {
            // An epoch's order goes to the device once; its steps then send nothing.
            if (isFirst || batches.BeginsEpoch(step))
            {
                engine.SetOrder(batches.OrderAt(step));
            }

            var (first, count) = batches.PartAt(step);
            engine.Step(first, count, plan.RuleAt(step), plan.EpochOf(step));
        }
        else
        {
            engine.Step(plan.RuleAt(step), plan.EpochOf(step));
        }
    }

    /// <summary>Whether the totals must be read after <paramref name="steps"/> steps.</summary>
    private static bool IsStop(TrainingPlan plan, long steps) =>
        plan.EndsRow(steps) || plan.BeginsCount(steps) || plan.IsCheckpoint(steps);
}
