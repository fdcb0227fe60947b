using System.Text.Json;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Data;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Ladder;

/// <summary>What a device reached at best.</summary>
/// <param name="Device">Which.</param>
/// <param name="What">Multiply-adds of some width, or a copy.</param>
/// <param name="Threads">Host threads, or null for a device of its own.</param>
/// <param name="Rate">GFLOP/s or GB/s.</param>
/// <param name="Unit">Which of the two.</param>
internal sealed record Peak(string Device, string What, int? Threads, double Rate, string Unit);

/// <summary>The ladder from the options to the exit code.</summary>
internal static class LadderCommand
{
    // Larger than the caches of most machines; what a machine with more makes of it is said by the size beside it.
    private const long CopyBytes = 512L << 20;

    /// <summary>Measures and prints. Returns 0, or 1 where a verification failed.</summary>
    /// <exception cref="UserErrorException">There is no such device or data, or the filter leaves nothing.</exception>
    public static int Run(string? names, string filter, CommonOptions options, CancellationToken cancel)
    {
        var devices = BenchDevice.Open(names, options.Threads, options.Seconds);
        try
        {
            return Run(devices, filter, options, cancel);
        }
        finally
        {
            foreach (var device in devices)
            {
                device.Dispose();
            }
        }
    }

    private static int Run(IReadOnlyList<BenchDevice> devices, string filter, CommonOptions options,
        CancellationToken cancel)
    {
        var machine = Machine.Read();
        foreach (var line in Report.Heading(machine).Concat(devices.Select(d => $"{d.Name}: {d.Description}")))
        {
            options.Say(line);
        }

        var peaks = new List<Peak>();
        var peakTable = LadderTables.PeakTable();
        options.Say($"\n{peakTable.Header}");
        foreach (var peak in devices.SelectMany(Peaks))
        {
            cancel.ThrowIfCancellationRequested();
            peaks.Add(peak);
            options.Say(peakTable.Add($"{peak.Device}: {peak.What}", peak.Threads?.ToString() ?? "",
                $"{Report.Digits(peak.Rate)} {peak.Unit}"));
        }

        var images = new Lazy<DigitSet>(() => options.Images(cancel));
        var rows = new List<Row>();
        var tables = devices.ToDictionary(d => d.Name, _ => LadderTables.LadderTable());
        options.Say($"\n{LadderTables.LadderTable().Header}");
        foreach (var row in new LadderRows(devices, () => images.Value, filter, options.Seconds).Run())
        {
            cancel.ThrowIfCancellationRequested();
            rows.Add(row);
            options.Say(tables[row.Device].Add(LadderTables.Cells(row)));
        }

        var facts = new List<Fact>();
        var factTable = LadderTables.FactTable();
        foreach (var fact in devices.OfType<SimdDevice>()
            .SelectMany(d => Facts.Run(d, () => images.Value, options.Data, filter, options.Seconds)))
        {
            cancel.ThrowIfCancellationRequested();
            if (facts.Count == 0)
            {
                options.Say($"\n{factTable.Header}");
            }

            facts.Add(fact);
            options.Say(factTable.Add(LadderTables.Cells(fact)));
        }

        if (rows.Count + facts.Count == 0)
        {
            throw new UserErrorException("No row has this text in its names", where: "--filter", found: $"'{filter}'",
                expected: "part of an operation, a size or a device: step, softmax, Z =, 784-10-10, scaling, "
                    + "allocation, resident, simd");
        }

        var notes = devices.OfType<SimdDevice>().SelectMany(Disturbances).ToArray();
        foreach (var note in notes)
        {
            Console.Error.WriteLine(note);
        }

        var failed = rows.Count(r => r.Failure is not null) + facts.Count(f => f.Failed);
        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { machine, peaks, rows, facts, notes, failed },
                Report.Json));
        }

        if (options.Results)
        {
            WriteResults(devices, machine, peaks, tables, factTable, notes, images, options);
        }

        if (failed > 0)
        {
            Console.Error.WriteLine($"{failed} of {rows.Count + facts.Count} rows failed.");
        }

        return failed > 0 ? 1 : 0;
    }

    private static void WriteResults(IReadOnlyList<BenchDevice> devices, Machine machine, List<Peak> peaks,
        Dictionary<string, Table> tables,
        Table facts, string[] notes, Lazy<DigitSet> images, CommonOptions options)
    {
        foreach (var device in devices.Where(d => !tables[d.Name].IsEmpty))
        {
            var peakTable = LadderTables.PeakTable();
            foreach (var peak in peaks.Where(p => p.Device == device.Name))
            {
                peakTable.Add(peak.What, peak.Threads?.ToString() ?? "", $"{Report.Digits(peak.Rate)} {peak.Unit}");
            }

            string[] more = [device.Description, .. images.IsValueCreated
                ? [CommonOptions.Describe(images.Value)] : Array.Empty<string>(), .. notes];
            var path = Report.Write($"{device.Name} {device.Model}", options.CommandLine, machine, more, peakTable,
                tables[device.Name],
                device is SimdDevice ? facts : LadderTables.FactTable());
            options.Say($"written: {path}");
        }
    }

    // The peak once more: on a quiet machine it is the same after the rows as before them.
    private static IEnumerable<string> Disturbances(SimdDevice device)
    {
        var before = device.PeakArithmetic(device.Threads)!.Value;
        var after = CpuPeak.MultiplyAdd(VectorWidths.Widest, device.Threads, device.PeakSeconds);
        if (Math.Abs(after - before) > 0.05 * before)
        {
            yield return $"Disturbed: multiply-adds reached {Report.Digits(before)} GFLOP/s before the rows and "
                + $"{Report.Digits(after)} after; measure again when nothing else runs.";
        }
    }

    private static IEnumerable<Peak> Peaks(BenchDevice device)
    {
        if (device is SimdDevice simd)
        {
            foreach (var width in CpuPeak.Widths)
            {
                foreach (var threads in Facts.ThreadCounts(device.Threads))
                {
                    var rate = width == VectorWidths.Widest
                        ? device.PeakArithmetic(threads)!.Value : CpuPeak.MultiplyAdd(width, threads, simd.PeakSeconds);
                    yield return new Peak(device.Name, width == VectorWidth.Scalar
                        ? "multiply-adds, no vectors" : $"multiply-adds, {32 * (int)width}-bit vectors", threads, rate,
                        "GFLOP/s");
                }
            }

            foreach (var threads in Facts.ThreadCounts(device.Threads))
            {
                yield return Copy(threads);
            }
        }
        else if (device.PeakArithmetic(0) is { } rate)
        {
            yield return new Peak(device.Name, "multiply-adds", null, rate, "GFLOP/s");
            yield return Copy(0);
        }

        Peak Copy(int threads)
        {
            var bytes = device.IsSlow ? CopyBytes / 16 : CopyBytes;
            return new Peak(device.Name, $"copy, {bytes >> 20} MiB in all", threads == 0
                ? null : threads, device.PeakCopy(bytes, threads)!.Value, "GB/s");
        }
    }
}
