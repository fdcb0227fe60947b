using System.CommandLine;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>What a user asked of <c>train</c>. The defaults are the tutorial's job.</summary>
internal sealed class TrainOptions
{
    private const string DefaultNetwork = "784-10-10";
    public const int TutorialImages = 42_000;
    public const int TutorialDevelopment = 1000;
    private const int TutorialSteps = 2000;
    private const double DescentRate = 0.1;
    private const double MomentumRate = 0.01;
    private const double AdamRate = 0.001;
    public const string DefaultSave = "model.safetensors";

    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<int?> limit = CommonOptions.WholeOrNone("--limit", $"take the first n images in file order (default {TutorialImages:N0}, or all where there are fewer)", "n", 1);
    private readonly Option<string> order = CommonOptions.OneOf("--order", "the order of the images taken", "shuffled", "shuffled", "file");
    private readonly Option<int?> dev = CommonOptions.WholeOrNone("--dev", $"images held out as the development set; 0 trains on all (default {TutorialDevelopment:N0}, or a tenth of fewer than 10,000)", "n", 0);
    private readonly Option<NetworkShape?> network = CommonOptions.Parsed<NetworkShape?>("--network", $"widths from input to output (default {DefaultNetwork}, or those of --start)", "784-…-10", null, NetworkShape.Parse);
    private readonly Option<string> init = CommonOptions.OneOf("--init", "how the parameters start", "normal", [.. OptionNames.Starts.Keys]);
    private readonly Option<string?> start = CommonOptions.FileOrNone("--start", "start from a model file (safetensors, F32 or F64)");
    private readonly Option<int?> iterations = CommonOptions.WholeOrNone("--iterations", $"steps to take (default {TutorialSteps:N0})", "n", 0);
    private readonly Option<int?> epochs = CommonOptions.WholeOrNone("--epochs", "passes over the training images, instead of --iterations", "n", 0, 1_000_000);
    private readonly Option<int?> batch = CommonOptions.Parsed<int?>("--batch", "images in a step, in a fresh order each epoch, or full for all of them (default full)", "n|full", null, CommonOptions.ParseBatch);
    private readonly Option<string> optimizer = CommonOptions.OneOf("--optimizer", "what a step makes of the gradients", "gd", [.. OptionNames.Optimizers.Keys]);
    private readonly Option<double?> rate = CommonOptions.Parsed<double?>("--rate", $"α, the learning rate (default {DescentRate}; momentum {MomentumRate}, adam and adamw {AdamRate})", "alpha", null, text => CommonOptions.ParseRate(text));
    private readonly Option<string> schedule = CommonOptions.OneOf("--schedule", "how the rate changes over the run", "constant", [.. OptionNames.Schedules.Keys]);
    private readonly Option<double> decay = CommonOptions.Parsed("--decay", "λ, the weight decay", "lambda", 0.0, text => CommonOptions.ParseShare("--decay", text));
    private readonly Option<double> smoothing = CommonOptions.Parsed("--smoothing", "ε of label smoothing", "epsilon", 0.0, text => CommonOptions.ParseShare("--smoothing", text));
    private readonly Option<ulong> seed = CommonOptions.Seed();
    private readonly Option<string> device = CommonOptions.Device();
    private readonly Option<int> threads = CommonOptions.Threads();
    private readonly Option<string?> save = CommonOptions.FileOrNone("--save", $"where to save the model (default {DefaultSave})");
    private readonly Option<int> repeat = CommonOptions.Whole("--repeat", "train with n seeds from --seed on; report mean ± deviation, save the best on the development set", "n", 1, 1, 10_000);
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<bool> quiet = new("--quiet") { Description = "print the result only" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[data, limit, order, dev, network, init, start, iterations, epochs, batch, optimizer, rate, schedule, decay, smoothing, seed, device, threads, save, repeat, json, quiet])
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

        if (parsed.GetValue(iterations) is not null && parsed.GetValue(epochs) is not null)
        {
            throw new UserErrorException("The length of the run is given twice", where: "--iterations and --epochs", expected: "one of them", found: "both",
                todo: "leave one out");
        }

        var kind = OptionNames.Optimizers[parsed.GetValue(optimizer)!];
        var alpha = parsed.GetValue(rate) ?? (kind switch { Optimizer.GradientDescent => DescentRate, Optimizer.Momentum => MomentumRate, _ => AdamRate });
        return new TrainRequest
        {
            Data = parsed.GetValue(data)!,
            Limit = parsed.GetValue(limit),
            Shuffled = parsed.GetValue(order) == "shuffled",
            Development = parsed.GetValue(dev),
            Network = parsed.GetValue(network) ?? (startFile is null ? NetworkShape.Parse(DefaultNetwork) : null),
            Init = OptionNames.Starts[parsed.GetValue(init)!],
            StartFile = startFile,
            Iterations = parsed.GetValue(iterations) ?? (parsed.GetValue(epochs) is null ? TutorialSteps : null),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            Rule = new UpdateRule(alpha, kind) { WeightDecay = parsed.GetValue(decay) },
            Schedule = OptionNames.Schedules[parsed.GetValue(schedule)!],
            LabelSmoothing = parsed.GetValue(smoothing),
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

    /// <summary>Steps to take; null where <see cref="Epochs"/> says how long.</summary>
    public required long? Iterations { get; init; }

    /// <summary>Passes over the training images; null where <see cref="Iterations"/> says how long.</summary>
    public required long? Epochs { get; init; }

    /// <summary>Images in a step; null or 0 for all of them.</summary>
    public required int? Batch { get; init; }

    public required Schedule Schedule { get; init; }

    public required double LabelSmoothing { get; init; }

    public required UpdateRule Rule { get; init; }

    public required ulong Seed { get; init; }

    public required string Device { get; init; }

    public required int Threads { get; init; }

    /// <summary>Null for the default, which may fail to be written without failing the run.</summary>
    public required string? SaveFile { get; init; }

    public required int Repeat { get; init; }

    public required bool Json { get; init; }

    public required bool Quiet { get; init; }

    /// <summary>The steps for so many training images.</summary>
    public TrainingPlan Plan(int images, ulong seed)
    {
        if (Batch > images)
        {
            throw new UserErrorException("A batch cannot be larger than the training set", where: "--batch", expected: $"1 to {images}, the images left after --limit and --dev, or full", found: $"{Batch}",
                todo: "make it smaller, or take more images with --limit");
        }

        var batches = Batch is { } size and > 0 ? new Batches(images, size, seed) : null;
        return new TrainingPlan(Iterations ?? Epochs!.Value * (batches?.PerEpoch ?? 1), Rule) { Batches = batches, Schedule = Schedule };
    }
}
