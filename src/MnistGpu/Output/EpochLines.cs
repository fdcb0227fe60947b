using System.Globalization;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Output;

/// <summary>A run's rows as lines of a table; an asterisk marks each that was the best so far.</summary>
internal static class EpochLines
{
    public static string Header(bool hasDevelopment) => $"  {"epoch",9}  {"loss",8}  {"training",9}{(hasDevelopment ? $"  {"development",13}" : "")}  {"rate",9}  {"images/s",11}";

    public static string Row(EpochRow row, bool isBest, long epochs) => string.Create(CultureInfo.InvariantCulture,
        $"  {$"{row.Epoch}/{epochs}",9}  {row.Loss,8:0.0000}  {Readable.Percent(row.Accuracy),9}{(row.Development is { } dev ? $"  {Readable.Percent(dev) + (isBest ? " *" : "  "),13}" : "")}  {row.Rate,9:0.0#####}  {Readable.Count((long)row.ImagesPerSecond),11}");
}
