using System.Text.Json;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Simd;

namespace MnistGpu.Bench.Commands;

/// <summary>Where the time of a training step goes: the wall clock of each phase, all threads at work in it.</summary>
internal static class PhasesCommand
{
    /// <summary>Measures and prints.</summary>
    /// <exception cref="UserErrorException">There is no such data or job.</exception>
    public static int Run(string filter, CommonOptions options, CancellationToken cancel)
    {
        var jobs = ((TrainingJob[])[.. TrainingJob.All, TrainingJob.Modern])
            .Where(job => job.Size.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (jobs.Length == 0)
        {
            throw new UserErrorException("There is no such job", where: $"--filter {filter}",
                expected: string.Join(", ", TrainingJob.All.Append(TrainingJob.Modern).Select(job => $"'{job.Size}'")),
                found: "none of them", todo: "leave out --filter");
        }

        var images = options.Images(cancel);
        var machine = Machine.Read();
        foreach (var line in Report.Heading(machine))
        {
            options.Say(line);
        }

        var rows = new List<object>();
        foreach (var job in jobs)
        {
            cancel.ThrowIfCancellationRequested();
            using var loop = new TrainingLoop(SimdEngine.Create(job.Shape, options.Threads), job, images);
            var whole = Timing.Measure(steps => loop.Run(steps), options.Seconds).Median;
            var times = new PhaseTimes();
            ((IPhased)loop.Engine).Times = times;
            var steps = Math.Max(1, (int)(options.Seconds / whole));
            loop.Run(steps);
            options.Say($"\n{job.Size}: {Report.Time(whole)} a step");
            // The clock costs time too: shares are of the phases' sum.
            var table = new Table(new Column("phase", 26, false), new("time", 9), new("share", 6));
            options.Say(table.Header);
            foreach (var (phase, seconds) in times.Seconds)
            {
                options.Say(table.Add(phase, Report.Time(seconds / steps),
                    Report.Percent(seconds / times.Seconds.Sum(t => t.Seconds))));
                rows.Add(new { job = job.Size, phase, seconds = seconds / steps });
            }
        }

        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { machine, rows }, Report.Json));
        }

        return 0;
    }
}
