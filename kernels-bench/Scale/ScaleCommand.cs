using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MnistGpu.Bench.Measuring;
using MnistGpu.Model;

namespace MnistGpu.Bench.Scale;

/// <summary>How a training would get faster with many machines, by a model; see <see cref="ScaleModel"/>.</summary>
internal static class ScaleCommand
{
    private const int MostRanks = 1 << 14;

    // The recipe `modern`, and the network of ciresan2010, whose own batch of one image no ranks can share.
    private static readonly (string Network, int Batch)[] Usual =
        [("784-1024-1024-1024-10", 1024), ("784-2500-2000-1500-1000-500-10", 1024)];

    public static Command Create(Func<Func<int>, Task<int>> guarded, Func<ParseResult, CommonOptions> common)
    {
        var ranks = new Option<string>("--ranks")
        {
            Description = "from how many to how many ranks, doubling",
            HelpName = "n..n",
            DefaultValueFactory = _ => "1..1024",
        };
        var latency = new Option<string>("--latency")
        {
            Description = "what any message costs",
            HelpName = "5us",
            DefaultValueFactory = _ => "5us",
        };
        var bandwidth = new Option<string>("--bandwidth")
        {
            Description = "of each rank's link, in and out at once",
            HelpName = "12.5GB/s",
            DefaultValueFactory = _ => "12.5GB/s",
        };
        var stepMs = new Option<double?>("--step-ms")
        {
            Description = "milliseconds of one rank's step, shared by the images; without it the gradients of each "
                + "share are measured here",
            HelpName = "ms",
        };
        var network = new Option<string?>("--network") { Description = "one network only", HelpName = "784-…-10" };
        var batch = new Option<int?>("--batch") { Description = "images of a step, of all ranks", HelpName = "n" };
        var command = new Command("scale", "Models how fast a step is on 1 to 1,024 ranks, from counted bytes and "
            + "measured arithmetic, and measures 2 and 4 ranks here beside it.")
            { ranks, latency, bandwidth, stepMs, network, batch };
        command.SetAction((parse, _) => guarded(() => Run(
            [.. parse.GetValue(network) is { } one ? [(one, parse.GetValue(batch) ?? Usual[0].Batch)]
                : Usual.Select(usual => (usual.Network, parse.GetValue(batch) ?? usual.Batch))],
            Doublings(parse.GetValue(ranks)!),
            new Wire(Quantity("--latency", parse.GetValue(latency)!, ("us", 1e-6), ("ms", 1e-3), ("ns", 1e-9)),
                Quantity("--bandwidth", parse.GetValue(bandwidth)!, ("GB/s", 1e9), ("MB/s", 1e6), ("Gbit/s", 1.25e8))),
            parse.GetValue(stepMs), common(parse))));
        return command;
    }

    private static int Run(
        (string Network, int Batch)[] jobs, int[] ranks, Wire wire, double? stepMs, CommonOptions options)
    {
        options.Say("A model, not a measurement: counted bytes, a fixed cost per message, arithmetic that scales as "
            + "one rank's does.");
        options.Say(string.Create(CultureInfo.InvariantCulture,
            $"Messages: {wire.Latency * 1e6:0.##} us each, {wire.Bandwidth / 1e9:0.###} GB/s; one part a rank."));
        var results = jobs.Select(job => Scale(job.Network, job.Batch, ranks, wire, stepMs, options)).ToArray();
        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(results, Report.Json));
        }

        return 0;
    }

    private static object Scale(
        string network, int batch, int[] ranks, Wire wire, double? stepMs, CommonOptions options)
    {
        var shape = NetworkShape.Parse(network);
        if (batch < 1 || ranks[0] > batch)
        {
            throw new UserErrorException("Each rank needs an image of the batch", where: "--batch",
                expected: $"{ranks[0]} images or more", found: $"{batch}", todo: "take a larger batch, or fewer ranks");
        }

        if (stepMs is { } given && !(given > 0 && double.IsFinite(given)))
        {
            throw new UserErrorException("This is no time of a step", where: "--step-ms",
                expected: "milliseconds above 0", found: string.Create(CultureInfo.InvariantCulture, $"{given}"));
        }

        var measured = new ScaleMeasurement(shape, batch, options.Seconds);
        var times = new Dictionary<int, double>();
        var update = stepMs is null ? measured.Update(options.Threads) : 0;
        double Gradients(int images)
        {
            return stepMs is { } step ? step / 1000 * images / batch
                : times.TryGetValue(images, out var known) ? known
                : times[images] = measured.Gradients(images, options.Threads);
        }

        var model = new ScaleModel(shape.ParameterCount, batch, wire, Gradients, update);
        var table = new Table(new Column("ranks", 5), new("images", 6), new("compute ms", 10), new("exchange ms", 11),
            new("step ms", 9), new("images/s", 11), new("speedup", 7), new("MB sent", 8));
        options.Say("");
        options.Say(string.Create(CultureInfo.InvariantCulture, $"{network}, batches of {batch} images, "
            + $"{shape.ParameterCount:N0} parameters, {(stepMs is null ? $"simd with {options.Threads} threads a rank"
                : $"{stepMs} ms a step on one rank")}"));
        options.Say(table.Header);
        var steps = ranks.Where(count => count <= batch).Select(count => new Point(count, model.Step(count))).ToArray();
        var first = steps[0].Ranks == 1 ? steps[0].Cost.Total : model.Step(1).Total;
        foreach (var (count, cost) in steps)
        {
            options.Say(table.Add($"{count}", $"{batch / count}", Ms(cost.Compute), Ms(cost.Exchange), Ms(cost.Total),
                $"{batch / cost.Total:N0}", $"{first / cost.Total:0.0}", $"{cost.SentBytes / 1e6:0.0}"));
        }

        var over = steps.FirstOrDefault(step => step.Cost.Exchange > step.Cost.Compute)?.Ranks ?? 0;
        var fastest = steps.MinBy(step => step.Cost.Total)!.Ranks;
        options.Say((over > 0 ? $"From {over} ranks on, the exchange takes longer than the arithmetic"
            : "The arithmetic takes longer than the exchange throughout") + $"; {fastest} ranks are the fastest.");
        var here = stepMs is null ? Here(measured, shape, batch, options) : [];
        return new
        {
            Network = network,
            Batch = batch,
            Steps = steps,
            TakesOverAt = over,
            Fastest = fastest,
            Here = here,
        };
    }

    /// <summary>The model of ranks that are threads of this machine, beside the same steps measured.</summary>
    private static object[] Here(ScaleMeasurement measured, NetworkShape shape, int batch, CommonOptions options)
    {
        var cores = Environment.ProcessorCount;
        return [.. ((int[])[2, 4]).Select(ranks =>
        {
            var threads = Math.Max(1, cores / ranks);
            // More ranks than cores take turns.
            var turns = Math.Max(1, (double)ranks * threads / cores);
            var wire = measured.Threads(ranks);
            var model = new ScaleModel(shape.ParameterCount, batch, wire,
                images => turns * measured.Gradients(images, threads), turns * measured.Update(threads));
            var (modelled, real) = (model.Step(ranks).Total, measured.Step(ranks, threads));
            options.Say($"{ranks} ranks as threads on the {cores} cores here: modelled {Ms(modelled)} ms a step, "
                + $"measured {Ms(real)} ms");
            return (object)new { Ranks = ranks, Modelled = modelled, Measured = real };
        })];
    }

    /// <summary>A point of the curve.</summary>
    private sealed record Point(int Ranks, StepCost Cost);

    private static string Ms(double seconds) =>
        (1000 * seconds).ToString(seconds < 0.1 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    /// <summary>The numbers that double from the first to the last, these two included.</summary>
    internal static int[] Doublings(string text)
    {
        var parts = text.Split("..");
        var numbers = parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) && number is > 0 and <= MostRanks ? number : 0).ToArray();
        if (numbers.Length is < 1 or > 2 || numbers.Contains(0) || numbers[0] > numbers[^1])
        {
            throw new UserErrorException("These are no ranks", where: "--ranks",
                expected: $"two numbers from 1 to {MostRanks}, such as 1..1024", found: $"'{text}'");
        }

        var found = new List<int>();
        for (var ranks = numbers[0]; ranks < numbers[^1]; ranks *= 2)
        {
            found.Add(ranks);
        }

        return [.. found, numbers[^1]];
    }

    /// <summary>A number with its unit, in the unit that has factor 1.</summary>
    internal static double Quantity(string option, string text, params (string Name, double Factor)[] units)
    {
        foreach (var (name, factor) in units)
        {
            if (text.EndsWith(name, StringComparison.Ordinal)
                && double.TryParse(
                    text[..^name.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && number > 0 && double.IsFinite(number))
            {
                return number * factor;
            }
        }

        throw new UserErrorException("This is no quantity", where: option,
            expected: $"a number above 0 with its unit: {string.Join(", ", units.Select(unit => unit.Name))}",
            found: $"'{text}'");
    }
}
