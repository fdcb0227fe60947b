using MnistGpu.Bench.Measuring;
using static MnistGpu.Bench.Measuring.Report;

namespace MnistGpu.Bench.Ladder;

/// <summary>The ladder's tables, for the console and for pages.</summary>
internal static class LadderTables
{
    public static Table PeakTable() =>
        new(new Column("best of this machine", 40, false), new("threads", 7), new("rate", 14));

    public static Table LadderTable() => new(
        new Column("operation", 24, false), new("size", 36, false), new("device", 9, false), new("threads", 7),
            new("error/bound", 11),
        new("median", 7), new("quartiles", 15), new("rate", 13), new("of peak", 7));

    public static Table FactTable() => new(new Column("simd", 42, false), new("figure", 18), new("how", 0, false));

    public static string[] Cells(Row row) =>
    [
        row.Operation, row.Size + (row.Smaller ? " (smaller)" : ""), row.Device, row.Threads?.ToString() ?? "",
        row.Check is { } check ? check.Share.ToString("G2") : "",
        row.Failure is null ? Time(row.Seconds!.Value.Median) : "FAILED",
        row.Failure is null ? $"{Time(row.Seconds!.Value.LowerQuartile)}–{Time(row.Seconds.Value.UpperQuartile)}"
            : row.Failure,
        row.GflopsPerSecond is { } flops ? $"{Digits(flops)} GFLOP/s" : row.GigabytesPerSecond is { } bytes
            ? $"{Digits(bytes)} GB/s"
            : row.ImagesPerSecond is { } images ? $"{Digits(images)} im/s" : "",
        row.ShareOfPeak is { } share ? Percent(share) : "",
    ];

    public static string[] Cells(Fact fact) =>
        [fact.What, fact.Failed ? $"FAILED: {Digits(fact.Value)} {fact.Unit}" : $"{Digits(fact.Value)} {fact.Unit}",
            fact.Detail];
}
