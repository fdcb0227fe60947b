using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>The same job on every engine present, side by side.</summary>
internal static class CompareCommand
{
    private const int TutorialTraining = TrainSettings.TutorialImages - TrainSettings.TutorialDevelopment;

    // Every engine runs up to this many images, so that each is compared with each; those fast enough run the whole job
    // too.
    private const int SmallSize = 1000;

    // What ILGPU's CPU accelerator, the slowest engine, was measured to do at least: the small size must be small for
    // it.
    private const double SlowestFlops = 0.1e9;

    public static Command Create()
    {
        var data = CommonOptions.Data();
        var reading = new ReadOptions();
        var limit = CommonOptions.WholeOrNone("--limit",
            $"take the first n images (default {TutorialTraining:N0}, the tutorial's training set, or all where there "
                + "are fewer)", "n", 1);
        var network = CommonOptions.Parsed<NetworkShape?>("--network",
            $"widths from input to output (default one hidden layer of {TrainSettings.DefaultHidden}; with --crossover "
                + "several)", "784-…-10", null, NetworkShape.Parse);
        var steps = CommonOptions.Whole("--iterations",
            "full-batch steps on each engine, after a warm-up that is not counted", "n", 10, 1, 1_000_000);
        var budget = CommonOptions.Whole("--seconds",
            "an engine that would need longer than this for its steps runs the small size only", "n", 30, 1);
        var seed = CommonOptions.Seed();
        var threads = CommonOptions.Threads();
        var device = CommonOptions.DeviceOrNone("run on this device only");
        var product = CommonOptions.Product();
        var crossover = new Option<bool>("--crossover")
        {
            Description = "from which network and batch on which device "
            + "is the fastest; simulators and the reference only where --device names one"
        };
        var report = CommonOptions.Report("the comparison");
        var json = CommonOptions.Json();
        var wide = CommonOptions.Switch("--wide",
            "show all that was measured, in some 130 columns: compilation, upload, kernels and differences too");
        var command = new Command("compare",
            "Run the same job, start and number of steps on every engine and device present.") { data, reading.Read,
            reading.Polarity, limit, network, steps, device, product, budget, seed, threads, crossover, wide, report,
            json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(crossover))
            {
                foreach (var other in (Option[])[steps, product, budget, wide, report])
                {
                    CommonOptions.RefuseBoth(parsed.GetResult(other) is { Implicit: false },
                        "This does not go with a crossover", $"--crossover and {other.Name}",
                        $"leave out {other.Name}");
                }

                return CrossoverJob.Run(parsed.GetValue(data)!, Asked(parsed), parsed.GetValue(network),
                    parsed.GetValue(device), parsed.GetValue(threads), parsed.GetValue(json));
            }

            var file = parsed.GetValue(report);
            ReportFile.Require(file, ("--data", parsed.GetValue(data)));
            var contenders = Contender.List(parsed.GetValue(device), CommonOptions.Kernels(parsed.GetValue(product)!));
            var outcome = Run(parsed.GetValue(data)!, Asked(parsed), parsed.GetValue(network),
                parsed.GetValue(steps), contenders, parsed.GetValue(budget),
                parsed.GetValue(threads), parsed.GetValue(json), parsed.GetValue(wide));
            if (file is not null)
            {
                ReportFile.Write(file, ComparisonPage.Render(outcome with { Given = TrainArguments.Given(parsed) },
                    DateTimeOffset.Now));
            }

            return ExitCode.Done;
        });
        return command;

        DataRequest Asked(ParseResult parsed) => reading.Request(parsed) with
        {
            Limit = parsed.GetValue(limit),
            Seed = parsed.GetValue(seed),
        };
    }

    private static ComparisonOutcome Run(string source, DataRequest asked, NetworkShape? network, int steps,
        IReadOnlyList<Contender> contenders, int budget, int threads, bool json, bool isWide)
    {
        using var interruption = new Interruption();
        var cancel = interruption.Token;
        IReadOnlyList<EngineChoice> choices = [.. contenders.Select(c => c.Choice).Distinct()];
        var (data, images) = Load(source, asked, network, json, cancel);
        var seed = asked.Seed;
        var shape = network ?? CommonOptions.Between(TrainSettings.DefaultHidden, images.Shape);
        var start = Initialization.Draw(shape, Start.Normal, seed);
        var small = (int)Math.Clamp(budget * SlowestFlops / (shape.FlopsPerImage * (steps + 1.0)), 1,
            Math.Min(SmallSize, images.Count));
        var groups = new List<ComparisonGroup> { Measure(images.Slice(0, small), contenders) };
        if (images.Count > small)
        {
            var growth = images.Count / (double)small;
            var fast = contenders.Where(c => groups[0].Rows.Where(row => row.Device == c.Choice.Name)
                .Max(row => row.MillisecondsPerStep) * growth * steps / 1000 <= budget).ToArray();
            if (fast.Length > 0)
            {
                groups.Add(Measure(images, fast));
            }
        }

        var outcome = new ComparisonOutcome(data.Source, images.Count, shape, steps, seed, choices, groups,
            new Dictionary<string, string?>());
        if (json)
        {
            JsonOutput.Write(new
            {
                Network = shape.ToString(),
                Data = data.Source,
                Steps = steps,
                Threads = threads,
                Groups = groups
            });
        }
        else
        {
            ComparisonText.Write(outcome, isWide);
        }

        return outcome;

        ComparisonGroup Measure(DigitSet set, IReadOnlyList<Contender> engines) =>
            Comparison.Run(set, shape, start, steps, engines, threads, cancel);
    }

    /// <summary>The images to train on, as the file has them.</summary>
    /// <exception cref="UserErrorException">There are none, or fewer than asked for, or the network does not fit
    /// them.</exception>
    internal static (DigitData Data, DigitSet Images) Load(string source, DataRequest asked, NetworkShape? network,
        bool json, CancellationToken cancel)
    {
        var request = asked with { Limit = asked.Limit ?? TutorialTraining };
        var data = Loading.Load(source, request, json, cancel);
        if (!json)
        {
            Loading.SayNotice(data);
        }

        data = network is null ? data : data.WithClasses(network.Outputs);
        network?.RequireFits(data.Shape.Pixels, data.Shape.Classes);
        var count = asked.Limit ?? Math.Min(TutorialTraining, data.Train.Count);
        return (data, DevelopmentSplit.Make(data.Train, count, 0, shuffleSeed: null).Training);
    }
}
