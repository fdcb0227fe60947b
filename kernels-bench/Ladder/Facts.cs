using System.Diagnostics;
using System.Globalization;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Data;
using MnistGpu.Simd;

namespace MnistGpu.Bench.Ladder;

/// <summary>A property of the simd engine that is no speed.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Detail">Its spread or how it came about.</param>
/// <param name="Failed">Whether it is not what it must be.</param>
internal sealed record Fact(string What, double Value, string Unit, string Detail, bool Failed = false);

/// <summary>What more threads bring, what a step allocates, and what memory the tutorial's job takes.</summary>
internal static class Facts
{
    /// <summary>The hidden command that runs the tutorial's job alone, for its memory.</summary>
    public const string ResidentCommand = "resident";

    private const int Rounds = 15;

    /// <summary>The facts whose name has the filter's text, each measured when it is asked for.</summary>
    public static IEnumerable<Fact> Run(SimdDevice device, Func<DigitSet> images, string data, string filter,
        double seconds)
    {
        foreach (var threads in ThreadCounts(device.Threads).Skip(1))
        {
            var what = $"scaling: tutorial step, 1 to {threads} threads";
            if (LadderRows.Matches(filter, what, "simd"))
            {
                yield return Scaling(what, device, images(), threads, seconds);
            }
        }

        foreach (var job in TrainingJob.All)
        {
            var what = $"allocation: {job.Size}";
            if (LadderRows.Matches(filter, what, "simd"))
            {
                yield return Allocation(what, device, job, images());
            }
        }

        const string resident = "resident memory: tutorial job";
        if (LadderRows.Matches(filter, resident, "simd"))
        {
            yield return Resident(resident, device.Threads, data);
        }
    }

    /// <summary>1, 2, 4 … and all.</summary>
    public static IReadOnlyList<int> ThreadCounts(int all)
    {
        var counts = new List<int>();
        for (var threads = 1; threads < all; threads *= 2)
        {
            counts.Add(threads);
        }

        counts.Add(all);
        return counts;
    }

    /// <summary>
    /// Takes the tutorial's steps and prints the most memory that this process had in physical memory, in bytes.
    /// </summary>
    public static void RunResident(DigitSet images, int threads)
    {
        using var loop = new TrainingLoop(SimdEngine.Create(TrainingJob.Tutorial.Shape, threads), TrainingJob.Tutorial,
            images);
        loop.Run(20);
        Console.WriteLine(PeakResident().ToString(CultureInfo.InvariantCulture));
    }

    // One thread and several in turn, so that both see the same minutes of the machine.
    private static Fact Scaling(string what, SimdDevice device, DigitSet images, int threads, double seconds)
    {
        var job = TrainingJob.Tutorial;
        using var one = new TrainingLoop(device.Engine(job.Shape, 1), job, images);
        using var several = new TrainingLoop(device.Engine(job.Shape, threads), job, images);
        one.Run(5);
        several.Run(5);
        var steps = (int)Math.Clamp(seconds / Timing.Time(n => one.Run(n), 5) * 5 / Rounds, 1, 1000);
        Span<double> ratios = stackalloc double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            ratios[round] = Timing.Time(n => one.Run(n), steps) / Timing.Time(n => several.Run(n), steps);
        }

        var spread = Spread.From(ratios);
        return new Fact(what, spread.Median, "×",
            $"quartiles {spread.LowerQuartile:F2} to {spread.UpperQuartile:F2} of {Rounds} rounds in turn");
    }

    private static Fact Allocation(string what, SimdDevice device, TrainingJob job, DigitSet images)
    {
        const int Steps = 20;
        using var loop = new TrainingLoop(device.Engine(job.Shape), job, images);
        loop.Run(Steps);
        // The runtime's own threads may allocate now and then; a step that did would show in every try.
        var fewest = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            loop.Run(Steps);
            fewest = Math.Min(fewest, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return new Fact(what, (double)fewest / Steps, "bytes per step",
            $"the least of 5 times {Steps} steps; must be 0", fewest != 0);
    }

    private static Fact Resident(string what, int threads, string data)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "kernels-bench.dll"));
        }

        foreach (var argument in (string[])[ResidentCommand, "--data", data, "--threads",
            threads.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var child = Process.Start(start)!;
        var text = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return long.TryParse(text, NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
            out var bytes)
            ? new Fact(what, bytes / 1e6, "MB", "the most that a process had that read the images and took 20 steps")
            : new Fact(what, double.NaN, "MB", $"the process ended with code {child.ExitCode}", true);
    }

    private static long PeakResident()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
