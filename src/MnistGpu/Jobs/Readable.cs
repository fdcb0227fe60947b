using System.Globalization;

namespace MnistGpu.Program.Jobs;

/// <summary>Numbers as people read them.</summary>
internal static class Readable
{
    public static string Percent(double share) =>
        double.IsFinite(share) ? (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %" : "-";

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Duration(TimeSpan time) => time switch
    {
        var none when none == TimeSpan.Zero => "0 s",
        { TotalMilliseconds: < 1 } => $"{time.TotalMicroseconds:0} µs",
        { TotalMilliseconds: < 10 } => $"{time.TotalMilliseconds:0.00} ms",
        { TotalMilliseconds: < 1000 } => $"{time.TotalMilliseconds:0} ms",
        { TotalSeconds: < 59.95 } => $"{time.TotalSeconds:0.0} s",
        { TotalSeconds: < 3599.5 } => Parts((long)Math.Round(time.TotalSeconds), "min", "s"),
        _ => Parts((long)Math.Round(time.TotalMinutes), "h", "min"),
    };

    private static string Parts(long small, string large, string unit) => $"{small / 60} {large} {small % 60} {unit}";

    /// <summary>A number of things, in the plural where it is not one.</summary>
    public static string Count(double number, string thing) =>
        $"{number.ToString("#,0.##", CultureInfo.InvariantCulture)} {thing}{(number == 1 ? "" : "s")}";

    /// <summary>How many times as fast: three figures that say something, whatever the size.</summary>
    public static string Ratio(double ratio) => ratio switch
    {
        >= 100 => $"{ratio.ToString("N0", CultureInfo.InvariantCulture)}×",
        >= 0.01 => $"{ratio.ToString("0.00", CultureInfo.InvariantCulture)}×",
        _ => $"1/{(1 / ratio).ToString("N0", CultureInfo.InvariantCulture)}",
    };

    /// <summary>A label in a column, a value after it, in as many lines as it needs.</summary>
    public static string Row(string label, string value) =>
        $"  {label,-12} {Wrapping.Wrap(value, new string(' ', 15), Wrapping.Width)}";

    /// <summary>A command on a line of its own, which is never broken: it can be copied.</summary>
    public static string Command(string command) => $"\n    {command}";
}
