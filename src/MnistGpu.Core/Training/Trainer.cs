using System.Diagnostics;
using MnistGpu.Model;
using MnistGpu.Ranks;

namespace MnistGpu.Training;

/// <summary>The loop: steps over the attached images, all of them at once or in batches.</summary>
internal static class Trainer
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
    /// <param name="ranks">Who trains together, each rank with an engine of its own, the same parameters, images, plan
    /// and position; null for this process alone.</param>
    public static TrainingResult Run(INetworkEngine engine, TrainingPlan plan, TrainingWatch? watch,
        CancellationToken cancel, TrainingPosition? position = null, IRanks? ranks = null)
    {
        var at = position ?? new TrainingPosition();
        var steps = new StepTaker(engine, plan, ranks ?? OneRank.Instance, cancel);
        var (from, saved, lastGood, count, perReading) = (at.Step, at.Step, at.Step, 0L, 1L);
        var (read, rowStart, rowImages) = (TimeSpan.Zero, TimeSpan.Zero, 0L);
        engine.ReadTotals();
        var clock = Stopwatch.StartNew();
        while (!plan.IsDone(at) && !steps.IsStopped)
        {
            if (plan.BeginsCount(at.Step))
            {
                at.Row = default;
            }

            var unread = 0;
            do
            {
                steps.Take(at.Step, isFirst: at.Step == from);
                at.Step++;
            }
            while (++unread < perReading && !IsStop(plan, at.Step) && !steps.IsStopped);

            var totals = steps.ReadTotals();
            var now = clock.Elapsed;
            count += totals.Images;
            rowImages += totals.Images;
            if (!double.IsFinite(totals.Loss))
            {
                return new TrainingResult(TrainingEnd.Diverged, at.Step, lastGood, at.Step - from, count, now);
            }

            at.Row += totals;
            watch?.Progress?.Invoke(new TrainingProgress(at.Step, plan.Steps, totals, at.Step - from, now));
            perReading = steps.ReadsEach ? 1
                : Math.Clamp((long)(BetweenReadings / ((now - read) / unread)), 1, 2 * perReading);
            lastGood = at.Step;

            // Judging, saving and showing are no training: the clock stands still meanwhile.
            clock.Stop();
            if (plan.EndsRow(at.Step))
            {
                var (row, isBest) = at.EndRow(plan, steps.FromRankZero(watch?.Development),
                    rowImages / (now - rowStart).TotalSeconds);
                at.Best = isBest && plan.KeepsBest ? engine.SaveEvaluationParameters() : at.Best;
                watch?.Row?.Invoke(row, isBest);
                (rowStart, rowImages) = (clock.Elapsed, 0);
            }

            if (watch?.Checkpoint is { } save && plan.IsCheckpoint(at.Step) && !plan.IsDone(at))
            {
                steps.GatherMoments(at.Step);
                save(at);
                saved = at.Step;
            }

            watch?.Pause?.Invoke();
            clock.Start();
            read = clock.Elapsed;
        }

        clock.Stop();
        if (at.Step != saved && watch?.Checkpoint is { } saveLast)
        {
            steps.GatherMoments(at.Step);
            saveLast(at);
        }

        var end = at.Step >= plan.Steps ? TrainingEnd.Finished
            : plan.RanOut(at) ? TrainingEnd.RanOut
            : TrainingEnd.Cancelled;
        return new TrainingResult(end, at.Step, lastGood, at.Step - from, count, clock.Elapsed);
    }

    /// <summary>Whether the totals must be read after <paramref name="steps"/> steps.</summary>
    private static bool IsStop(TrainingPlan plan, long steps) =>
        plan.EndsRow(steps) || plan.BeginsCount(steps) || plan.IsCheckpoint(steps);
}
