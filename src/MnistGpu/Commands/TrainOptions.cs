using System.CommandLine;
using MnistGpu.Model;

namespace MnistGpu.Program.Commands;

/// <summary>What a user asked of <c>train</c>. The defaults are the tutorial's job.</summary>
internal sealed class TrainOptions
{
    private const string DefaultNetwork = "784-10-10";
    public const int TutorialImages = 42_000;
    public const int TutorialDevelopment = 1000;
    public const string DefaultSave = "model.safetensors";

    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<int?> limit = CommonOptions.WholeOrNone("--limit", $"take the first n images in file order (default {TutorialImages:N0}, or all where there are fewer)", "n", 1);
    private readonly Option<string> order = CommonOptions.OneOf("--order", "the order of the images taken", "shuffled", "shuffled", "file");
    private readonly Option<int?> dev = CommonOptions.WholeOrNone("--dev", $"images held out as the development set; 0 trains on all (default {TutorialDevelopment:N0}, or a tenth of fewer than 10,000)", "n", 0);
    private readonly Option<NetworkShape?> network = CommonOptions.Parsed<NetworkShape?>("--network", $"widths from input to output (default {DefaultNetwork}, or those of --start)", "784-…-10", null, NetworkShape.Parse);
    private readonly Option<string> init = CommonOptions.OneOf("--init", "how the parameters start", "normal", "normal", "uniform", "he");
    private readonly Option<string?> start = CommonOptions.FileOrNone("--start", "start from a model file (safetensors, F32 or F64)");
    private readonly Option<int> iterations = CommonOptions.Whole("--iterations", "full-batch steps", "n", 2000, 0);
    private readonly Option<double> rate = CommonOptions.Parsed("--rate", "α, the learning rate", "alpha", 0.1, CommonOptions.ParseRate);
    private readonly Option<ulong> seed = CommonOptions.Seed();
    private readonly Option<string> device = CommonOptions.Device();
    private readonly Option<int> threads = CommonOptions.Threads();
    private readonly Option<string?> save = CommonOptions.FileOrNone("--save", $"where to save the model (default {DefaultSave})");
    private readonly Option<int> repeat = CommonOptions.Whole("--repeat", "train with n seeds from --seed on; report mean ± deviation, save the best on the development set", "n", 1, 1, 10_000);
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<bool> quiet = new("--quiet") { Description = "print the result only" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[data, limit, order, dev, network, init, start, iterations, rate, seed, device, threads, save, repeat, json, quiet])
        {
            command.Options.Add(option);
        }
    }

    public TrainRequest Read(ParseResult parsed)
    {
        var startFile = parsed.GetValue(start);
        if (startFile is not null && parsed.GetResult(init) is { Implicit: false })
        {
            throw new UserErrorException("The start is given twice", where: "--start and --init", expected: "one of them", found: "both", todo: "leave out --init");
        }

        if (startFile is not null && parsed.GetValue(repeat) > 1)
        {
            throw new UserErrorException("A start from a file is the same for every seed", where: "--start and --repeat", expected: "one of them", found: "both",
                todo: "leave out --repeat, or draw the starts with --init");
        }

        return new TrainRequest
        {
            Data = parsed.GetValue(data)!,
            Limit = parsed.GetValue(limit),
            Shuffled = parsed.GetValue(order) == "shuffled",
            Development = parsed.GetValue(dev),
            Network = parsed.GetValue(network) ?? (startFile is null ? NetworkShape.Parse(DefaultNetwork) : null),
            Init = parsed.GetValue(init) switch { "uniform" => Start.Uniform, "he" => Start.He, _ => Start.Normal },
            StartFile = startFile,
            Iterations = parsed.GetValue(iterations),
            Rule = new UpdateRule(parsed.GetValue(rate)),
            Seed = parsed.GetValue(seed),
            Device = parsed.GetValue(device)!,
            Threads = parsed.GetValue(threads),
            SaveFile = parsed.GetValue(save),
            Repeat = parsed.GetValue(repeat),
            Json = parsed.GetValue(json),
            Quiet = parsed.GetValue(quiet),
        };
    }
}

/// <summary>The job that <c>train</c> is asked to do.</summary>
internal sealed record TrainRequest
{
    public required string Data { get; init; }

    /// <summary>The first n images in file order; null for the tutorial's number or all there are.</summary>
    public required int? Limit { get; init; }

    public required bool Shuffled { get; init; }

    /// <summary>Images held out; null for the tutorial's number or a tenth.</summary>
    public required int? Development { get; init; }

    /// <summary>Null for that of the start file.</summary>
    public required NetworkShape? Network { get; init; }

    public required Start Init { get; init; }

    public required string? StartFile { get; init; }

    public required int Iterations { get; init; }

    public required UpdateRule Rule { get; init; }

    public required ulong Seed { get; init; }

    public required string Device { get; init; }

    public required int Threads { get; init; }

    /// <summary>Null for the default, which may fail to be written without failing the run.</summary>
    public required string? SaveFile { get; init; }

    public required int Repeat { get; init; }

    public required bool Json { get; init; }

    public required bool Quiet { get; init; }
}
