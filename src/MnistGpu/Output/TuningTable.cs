using System.Globalization;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Host;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Output;

/// <summary>What the tuning of a device found.</summary>
internal static class TuningTable
{
    public static void Write(EngineChoice choice, TuningResult result, string path)
    {
        Console.WriteLine(Readable.Row(choice.Name, choice.Description));
        var rungs = result.Products[0].Times.Select(time => time.Rung).ToArray();
        Console.WriteLine($"  {"product",-8} {"result",-26} {string.Concat(rungs.Select(rung => $"{rung,12}"))}  "
            + "fastest");
        foreach (var product in result.Products)
        {
            var times = string.Concat(product.Times.Select(time =>
                $"{(time.Microseconds is { } µs ? Readable.Duration(TimeSpan.FromMicroseconds(µs)) : "FAILED"),12}"));
            Console.WriteLine(
                $"  {ProductNames.NameOf(product.Case.Product),-8} {$"{Size(product)}, {product.Case}",-26} "
                + $"{times}  {product.Rung}");
        }

        foreach (var (rung, why) in result.Failures)
        {
            Console.WriteLine($"  {rung} FAILED its verification and is never chosen: {why}");
        }

        Console.WriteLine($"  Rows × columns of the result, and how many terms each sums; medians. Kept in {path}; "
            + "without that file the choice is the program's table.");
        Console.WriteLine();
    }

    public static object Json(EngineChoice choice, TuningResult result, string path) => new
    {
        choice.Name,
        Path = path,
        result.Failures,
        Products = result.Products.Select(product => new
        {
            Product = ProductNames.NameOf(product.Case.Product),
            Size = Size(product),
            product.Case.Rows,
            product.Case.Columns,
            product.Case.Depth,
            product.Rung,
            Microseconds = product.Times.ToDictionary(time => time.Rung, time => time.Microseconds),
        }),
    };

    private static string Size(TunedProduct product) => product.Size.ToString().ToLower(CultureInfo.InvariantCulture);
}
