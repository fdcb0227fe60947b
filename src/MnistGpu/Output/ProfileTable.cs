using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Output;

/// <summary>Where the device's time went, kernel by kernel.</summary>
internal static class ProfileTable
{
    public static void Write(TrainProfile profile)
    {
        var width = profile.Kernels.Select(kernel => kernel.Kernel.Length).Append("kernel".Length).Max();
        Console.WriteLine($"  {"kernel".PadRight(width)}  launches     total    share      mean     GB/s   GFLOP/s   "
            + "of peak");
        foreach (var kernel in profile.Kernels)
        {
            var share = profile.Peak is { } peak ? Readable.Percent(peak.Share(kernel)) : "unknown";
            Console.WriteLine(TextRow.Format(
                (kernel.Kernel, -width),
                (Readable.Count(kernel.Launches), 9),
                (Readable.Duration(kernel.Time), 9),
                (Readable.Percent(kernel.Time / profile.Total), 8),
                (Readable.Duration(kernel.Time / kernel.Launches), 9),
                ($"{kernel.GigabytesPerSecond:0.00}", 8),
                ($"{kernel.GigaflopsPerSecond:0.00}", 9),
                (share, 9)));
        }

        Console.WriteLine();
        Console.WriteLine("  Kernels of the training steps, timed by the device between two markers each, which slows "
            + "the steps down. Bytes and");
        Console.WriteLine("  operations are the least that the equation takes. Of peak: the greater share of the two "
            + "measured here:");
        Console.WriteLine(profile.Peak is { } measured
            ? $"  {measured.GigabytesPerSecond:0.0} GB/s copying its memory, {measured.GigaflopsPerSecond:0.0} "
                + "GFLOP/s of multiply-adds."
            : "  the device's peak could not be measured.");
        Console.WriteLine();
    }
}
