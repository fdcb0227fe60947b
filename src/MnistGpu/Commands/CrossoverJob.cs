using MnistGpu.Data.Sources;
using MnistGpu.Gpu;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;

namespace MnistGpu.Program.Commands;

/// <summary>Does what <c>compare --crossover</c> is asked.</summary>
internal static class CrossoverJob
{
    /// <returns>The exit code.</returns>
    public static int Run(string source, DataRequest asked, NetworkShape? network, string? device, int threads,
        bool json)
    {
        using var interruption = new Interruption();
        // simd is what the others have to overtake.
        var named = device is null ? null : Engines.Choose(device);
        EngineChoice[] choices = [.. Engines.List()
            .Where(choice => choice.Name == "simd"
            || (named is null ? !choice.IsHostSimulation && choice.Name != "reference" : choice.Name == named.Name))];
        var (data, images) = CompareCommand.Load(source, asked, network, json, interruption.Token);
        if (!json)
        {
            Console.WriteLine(Readable.Row("data", $"{data.Source}, {Readable.Count(images.Count)} images"));
            Console.WriteLine($"\n  {"images/s",-31} {"batch",7} "
                + $"{string.Concat(choices.Select(choice => $"{choice.Name,14}"))}  fastest");
        }

        var groups = new List<IReadOnlyList<CrossoverRow>>();
        foreach (var shape in network is null ? Crossover.Networks(images.Shape) : [network])
        {
            var rows = Crossover.Run(images, shape, choices, threads, asked.Seed, interruption.Token);
            groups.Add(rows);
            foreach (var row in json ? [] : rows)
            {
                var speeds = row.Speeds.Select(speed =>
                    $"{(speed.ImagesPerSecond is { } rate ? Readable.Count((long)rate) : "-"),14}");
                Console.WriteLine(
                    $"  {row.Network,-31} {Readable.Count(row.Batch),7} {string.Concat(speeds)}  {row.Fastest}");
            }
        }

        if (json)
        {
            JsonOutput.Write(new
            {
                Data = data.Source,
                Images = images.Count,
                Threads = threads,
                Rows = groups.SelectMany(rows => rows)
            });
            return ExitCode.Done;
        }

        Console.WriteLine();
        foreach (var rows in groups)
        {
            Console.WriteLine($"  {Crossover.Verdict(rows)}");
        }

        Console.WriteLine("\n  Plain gradient descent, steps in a row and one wait at their end; - where a step would "
            + "take over two seconds."
            + (choices.Length == 1 ? " There is no other device here to set beside simd." : ""));
        return ExitCode.Done;
    }
}
