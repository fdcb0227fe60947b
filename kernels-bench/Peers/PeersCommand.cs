using System.Text.Json;
using MnistGpu.Bench.Ladder;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Data;
using MnistGpu.Data.Formats;

namespace MnistGpu.Bench.Peers;

/// <summary>One job, here and by a peer.</summary>
/// <param name="Job">What was done.</param>
/// <param name="Peer">Who else did it, and in which precision.</param>
/// <param name="PeerVersion">In which version.</param>
/// <param name="PeerThreads">The threads that are its best, found by trying.</param>
/// <param name="Threads">Ours.</param>
/// <param name="Steps">Steps in each turn, the same on both sides.</param>
/// <param name="Ours">Seconds a step here.</param>
/// <param name="Theirs">Seconds a step there.</param>
/// <param name="Ratio">Theirs over ours, round by round.</param>
/// <param name="OurRate">What that amounts to.</param>
/// <param name="TheirRate">What that amounts to there.</param>
internal sealed record Comparison(
    string Job, string Peer, string PeerVersion, string PeerThreads, int Threads, int Steps, Spread Ours, Spread Theirs,
        Spread Ratio, string OurRate, string TheirRate);

/// <summary>Ours and the peers in turn, A B A B …, so that both see the same minutes of the machine.</summary>
internal static class PeersCommand
{
    // OpenBLAS' threads look out for work for some 25 ms after their last: they must be asleep before the other side
    // starts.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly (int M, int K, int N)[] Products = [(1024, 1024, 1024), (512, 512, 512), (128, 784, 128),
        (800, 784, 256), (800, 800, 256), (10, 784, 41_000)];

    /// <summary>
    /// Measures and prints. Returns 0, or 1 where a comparison was refused: the work was not equal or the peer not at
    /// its best.
    /// </summary>
    /// <exception cref="UserErrorException">There is no NumPy, no such data, the filter leaves nothing, or .NET has no
    /// vectors.</exception>
    public static int Run(string filter, int rounds, string? wanted, CommonOptions options, CancellationToken cancel)
    {
        if (rounds is < 1 or > 1000)
        {
            throw new UserErrorException("This number of rounds cannot be taken", where: "--rounds",
                expected: "1 to 1000", found: $"{rounds}");
        }

        var (python, hasTorch) = PeerProcess.Find(wanted);
        var limit = PeerLimit.Here;
        var machine = Machine.Read();
        foreach (var line in Report.Heading(machine))
        {
            options.Say(line);
        }

        if (!hasTorch)
        {
            Console.Error.WriteLine($"{python} has no PyTorch: its jobs are left out (Debian: apt install "
                + "python3-torch).");
        }

        var folder = Directory.CreateTempSubdirectory("kernels-bench-");
        try
        {
            using var pool = new PeerPool(python, limit, options.Threads);
            var images = new Lazy<DigitSet>(() => Export(options, folder.FullName, cancel));
            var jobs = Jobs(images).Where(j => (hasTorch || j.Peer != "torch")
                && LadderRows.Matches(filter, j.Name, j.PeerName)).ToArray();
            if (jobs.Length == 0)
            {
                throw new UserErrorException("No job has this text in its names", where: "--filter",
                    found: $"'{filter}'", expected: "part of: step, SGEMM, 784-10-10, NumPy, PyTorch");
            }

            if (jobs.Any(job => job.NeedsImages))
            {
                options.Say(CommonOptions.Describe(images.Value));
            }

            var table = new Table(new Column("job", 39, false), new("peer", 14, false), new("threads", 9),
                new("ours", 7), new("", 17), new("peer's", 7), new("", 17),
                new("ratio", 6), new("min–max", 13), new("steps", 5));
            options.Say($"\n{table.Header}");
            var comparisons = new List<Comparison>();
            var refused = new List<string>();
            foreach (var make in jobs)
            {
                var job = make.Open();
                var place = Directory.CreateDirectory(Path.Combine(folder.FullName, "job"));
                try
                {
                    var comparison = Compare(job, place.FullName, pool, rounds, options, cancel);
                    comparisons.Add(comparison);
                    options.Say(table.Add(Cells(comparison)));
                }
                catch (UnfairComparisonException e)
                {
                    refused.Add($"{job.Name}, {job.PeerName}: {e.Message}");
                    Console.Error.WriteLine($"REFUSED: {refused[^1]}");
                }

                place.Delete(recursive: true);
            }

            var peers = pool.Versions
                .Select(p => new { p.Version, p.Libraries, p.Core, p.Kernels, p.Loops, p.Removed }).ToArray();
            string[] described =
            [
                .. limit is null ? Array.Empty<string>() : [limit.ToString()],
                .. peers.Select(p => $"{p.Version} with {p.Libraries}, kernels: {p.Kernels}, own loops: {p.Loops}"),
                .. peers.SelectMany(p => p.Removed).Distinct().Select(name => $"{name} is not passed on to the peers"),
            ];
            foreach (var line in described)
            {
                options.Say(line);
            }

            if (options.Json)
            {
                Console.WriteLine(JsonSerializer.Serialize(
                    new { machine, limit = limit?.ToString(), peers, comparisons, refused }, Report.Json));
            }

            if (options.Results)
            {
                var width = limit is null ? "" : $"{32 * (int)limit.Width}-bit ";
                options.Say("written: " + Report.Write($"peers {width}{machine.Cpu}", options.CommandLine, machine,
                    [.. images.IsValueCreated ? [CommonOptions.Describe(images.Value)] : Array.Empty<string>(),
                        .. described], table));
            }

            return refused.Count > 0 ? 1 : 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string Name, string Peer, string PeerName, bool NeedsImages, Func<PeerJob> Open)> Jobs(
        Lazy<DigitSet> images)
    {
        var tutorial = TrainingJob.Tutorial;
        yield return Training(tutorial, "numpy", "training64", "NumPy float64");
        yield return Training(tutorial, "numpy", "training32", "NumPy float32");
        foreach (var job in TrainingJob.All.Append(TrainingJob.Modern))
        {
            yield return Training(job, "torch", "torch", "PyTorch");
        }

        foreach (var (m, k, n) in Products)
        {
            yield return ($"SGEMM {m:N0} × {k:N0} × {n:N0}", "numpy", "NumPy float32", false, () =>
                new ProductPeerJob(m, k, n));
        }

        (string, string, string, bool, Func<PeerJob>) Training(TrainingJob job, string peer, string kind,
            string name) =>
            ("training step " + job.Size, peer, name, true, () =>
                new TrainingPeerJob(job, images.Value, peer, kind, name));
    }

    private static DigitSet Export(CommonOptions options, string folder, CancellationToken cancel)
    {
        var set = TrainingJob.Tutorial.Of(options.Images(cancel));
        IdxWriter.Write(folder, new DigitData(set, null, set.Source, null));
        return set;
    }

    private static Comparison Compare(PeerJob job, string folder, PeerPool pool, int rounds, CommonOptions options,
        CancellationToken cancel)
    {
        var request = job.Prepare(folder);
        using var ours = job.Open(options.Threads);
        var (peer, perStep) = pool.Best(job, request, options.Seconds, cancel);
        RequireEqualResults(ours.Result(job.CheckedSteps), peer.Result(job.CheckedSteps), job.Tolerance,
            job.CheckedSteps);
        var steps = (int)Math.Clamp(Math.Ceiling(options.Seconds / perStep), 3, 100_000);
        var warm = Math.Max(1, steps / 10);
        double[] a = new double[rounds], b = new double[rounds], ratio = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            Thread.Sleep(Pause);
            var here = ours.Run(steps, warm);
            Thread.Sleep(Pause);
            var there = peer.Run(steps, warm);
            if (here.Work != there.Work)
            {
                throw new UnfairComparisonException($"{here.Work} here, {there.Work} there");
            }

            (a[round], b[round], ratio[round]) = (here.Seconds / steps, there.Seconds / steps,
                there.Seconds / here.Seconds);
        }

        peer.Drop();
        Spread left = Spread.From(a), right = Spread.From(b);
        return new Comparison(job.Name, job.PeerName, peer.Version, peer.Threads.ToString(), options.Threads, steps,
            left, right, Spread.From(ratio), job.Rate(left.Median), job.Rate(right.Median));
    }

    /// <summary>Refuses two results that differ by more than a share of the peer's, or are no numbers.</summary>
    /// <exception cref="UnfairComparisonException">They do.</exception>
    public static void RequireEqualResults(double here, double there, double tolerance, int steps)
    {
        if (!(Math.Abs(here - there) <= tolerance * Math.Abs(there)))
        {
            throw new UnfairComparisonException(
                $"after {steps} steps the result is {here:G6} here and {there:G6} there");
        }
    }

    private static string[] Cells(Comparison c) =>
    [
        c.Job, c.Peer, c.PeerThreads, Report.Time(c.Ours.Median), c.OurRate, Report.Time(c.Theirs.Median), c.TheirRate,
        $"{Report.Digits(c.Ratio.Median)}×",
        $"{Report.Digits(c.Ratio.Min)}–{Report.Digits(c.Ratio.Max)}", $"{c.Steps}",
    ];
}

/// <summary>
/// The two sides did not do the same, or the peer could not do its best: their times are no comparison.
/// </summary>
internal sealed class UnfairComparisonException(string message) : Exception(message);
