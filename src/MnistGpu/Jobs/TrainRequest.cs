using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>
/// The job that <c>train</c> is asked to do: its options as the types that the rest of the program has.
/// </summary>
/// <param name="parsed">The options, those of a preset or a checkpoint included.</param>
/// <param name="resumed">The checkpoint that the run goes on from; null for a new run.</param>
internal sealed class TrainRequest(ParseResult parsed, Checkpoint? resumed = null)
{
    /// <summary>The options.</summary>
    public ParseResult Parsed => parsed;

    /// <summary>The checkpoint that the run goes on from.</summary>
    public Checkpoint? Resumed => resumed;

    /// <summary>The options as they were written; null for a switch.</summary>
    public IReadOnlyDictionary<string, string?> Given { get; } = TrainArguments.Given(parsed);

    /// <summary>The options that the user typed, without those of a recipe or a checkpoint.</summary>
    public IReadOnlyDictionary<string, string?> Typed { get; init; } = TrainArguments.Given(parsed);

    public string Data => TrainSettings.Data.In(parsed);

    /// <summary>The first n images in file order; null for the tutorial's number or all there are, 0 for all.</summary>
    public int? Limit => TrainSettings.Limit.In(parsed);

    public bool Shuffled => TrainSettings.Order.In(parsed) == "shuffled";

    /// <summary>Images held out; null for the tutorial's number or a tenth.</summary>
    public int? Development => TrainSettings.Development.In(parsed);

    /// <summary>The widths; null where <see cref="Hidden"/> or the start file says them.</summary>
    public NetworkShape? Network => TrainSettings.Network.In(parsed);

    /// <summary>The widths between the data's; null where the network is given whole or by the start file.</summary>
    public string? Hidden => TrainSettings.Hidden.In(parsed)
        ?? (Network is null && StartFile is null ? TrainSettings.DefaultHidden : null);

    /// <summary>Null for that of the start file, else ReLU.</summary>
    public Activation? Activation =>
        TrainSettings.Activation.In(parsed) is { } name ? OptionNames.Activations[name] : null;

    public Start Init => OptionNames.Starts[TrainSettings.Init.In(parsed)];

    public string? StartFile => TrainSettings.Start.In(parsed);

    /// <summary>Steps to take; null where <see cref="Epochs"/> says how long.</summary>
    public long? Iterations => TrainSettings.Iterations.In(parsed);

    /// <summary>Passes over the training images; null where <see cref="Iterations"/> says how long.</summary>
    public long? Epochs => TrainSettings.Epochs.In(parsed);

    /// <summary>Images in a step; null or 0 for all of them.</summary>
    public int? Batch => TrainSettings.Batch.In(parsed);

    public UpdateRule Rule { get; } = new(
        TrainSettings.Rate.In(parsed)!.Value, OptionNames.Optimizers[TrainSettings.Optimizer.In(parsed)])
    {
        WeightDecay = TrainSettings.Decay.In(parsed),
        ClipNorm = TrainSettings.Clip.In(parsed),
        Averaging = TrainSettings.Averaging.In(parsed),
    };

    public Schedule Schedule { get; } = OptionNames.Schedules[TrainSettings.Schedule.In(parsed)];

    /// <summary>Where the exponential schedule ends; null for its default.</summary>
    public double? FinalRate => TrainSettings.FinalRate.In(parsed);

    public double LabelSmoothing => TrainSettings.Smoothing.In(parsed);

    public double Dropout => TrainSettings.Dropout.In(parsed);

    public Deformation? Deformation { get; } = DeformText.Parse(TrainSettings.Deform.In(parsed));

    /// <summary>Epochs without a better one after which the run ends; 0 for never.</summary>
    public int Patience => TrainSettings.Patience.In(parsed);

    /// <summary>Whether the best epoch's parameters are the model; null where nothing is asked.</summary>
    public bool? KeepBest => TrainSettings.Keep.In(parsed) is { } keep ? keep == "best" : null;

    /// <summary>A name that no other run has; null where there are no checkpoints.</summary>
    public string? RunName { get; } = TrainSettings.Checkpoint.In(parsed) is null ? null
        : (resumed is null ? null : TrainMetadata.RunOf(resumed.Metadata)) ?? Guid.NewGuid().ToString("N");

    public string? CheckpointFile => TrainSettings.Checkpoint.In(parsed);

    /// <summary>Steps between checkpoints; null for an epoch's.</summary>
    public int? Every => TrainSettings.Every.In(parsed);

    public string? HistoryFile => TrainSettings.History.In(parsed);

    /// <summary>The folder of TensorBoard's events; null for none.</summary>
    public string? TensorBoardFolder => TrainSettings.TensorBoard.In(parsed);

    /// <summary>Where the report goes; null for none.</summary>
    public string? ReportPath => TrainSettings.Report.In(parsed);

    /// <summary>The port of the page that shows the training live, 0 for any that is free; null for no page.</summary>
    public int? LivePort =>
        TrainSettings.Live.IsGivenIn(parsed) ? TrainSettings.Live.In(parsed) ?? TrainSettings.LivePort : null;

    public Preset Preset { get; } = Presets.Named(TrainSettings.Preset.In(parsed)!);

    public bool MustReach => TrainSettings.MustReach.In(parsed);

    public ulong Seed => TrainSettings.Seed.In(parsed);

    public string Device => TrainSettings.Device.In(parsed);

    public int Threads => TrainSettings.Threads.In(parsed);

    /// <summary>How kernels compute, on devices that run them.</summary>
    public KernelOptions Kernels { get; } = CommonOptions.Kernels(
        TrainSettings.Product.In(parsed), TrainSettings.Fusion.In(parsed), TrainSettings.Profile.In(parsed));

    /// <summary>Null for the default, which may fail to be written without failing the run.</summary>
    public string? SaveFile => TrainSettings.Save.In(parsed);

    public int Repeat => TrainSettings.Repeat.In(parsed);

    public bool Json => TrainSettings.Json.In(parsed);

    public bool Quiet => TrainSettings.Quiet.In(parsed);

    /// <summary>What to read of the data.</summary>
    public DataRequest DataRequest =>
        new()
        {
            Limit = Limit is 0 ? null : Limit ?? TrainSettings.TutorialImages,
            Seed = Seed,
            ReadAs = ReadText.Parse(TrainSettings.Read.In(parsed)),
            PolarityAsIs = TrainSettings.Polarity.In(parsed) == CommonOptions.AsIs,
        };

    /// <summary>What keeps the network from learning the images by heart.</summary>
    public Regularization Regularization(ulong seed) =>
        new()
        {
            LabelSmoothing = LabelSmoothing,
            Dropout = new Dropout(Dropout),
            Deformation = Deformation,
            Seed = seed
        };

    /// <summary>The images to train on and those held out.</summary>
    /// <exception cref="UserErrorException">There are fewer than asked for, or none to judge the epochs by.</exception>
    public DevelopmentSplit Split(DigitData data, ulong seed)
    {
        var limit = Limit is 0 ? data.Train.Count : Limit ?? Math.Min(TrainSettings.TutorialImages, data.Train.Count);
        var heldOut = Development ?? Math.Min(TrainSettings.TutorialDevelopment, limit / 10);
        var split = DevelopmentSplit.Make(data.Train, limit, heldOut, Shuffled ? seed : null);
        var judging = Patience > 0 ? "--patience" : "--keep best";
        return (Patience == 0 && KeepBest != true) || split.Development is not null
            ? split
            : throw new UserErrorException("Without a development set no epoch is better than another",
                where: judging, expected: "images held out", found: "none",
                todo: $"hold some out with --dev, or leave out {judging}");
    }

    /// <summary>The network: the widths and the activation asked for, or those of the start.</summary>
    /// <param name="start">The network of the start; null for none.</param>
    /// <param name="images">The data's images; null for MNIST's.</param>
    /// <exception cref="UserErrorException">The start is of another network, or a setting does not go with the network
    /// or the images.</exception>
    public NetworkShape Shape(NetworkShape? start, DataShape? images = null)
    {
        images ??= Mnist.Shape;
        RequireSquares(images);
        var widths = Network ?? (Hidden is { } hidden ? CommonOptions.Between(hidden, images) : start);
        var shape = widths!.With(Activation ?? start?.Activation ?? MnistGpu.Activation.ReLU);
        if (start is not null && !shape.Equals(start))
        {
            throw new UserErrorException("The start is a model of another network", where: StartFile,
                expected: $"{Name(shape)}, as asked for", found: Name(start),
                todo: "leave out --network, --hidden and --activation, or start from another file");
        }

        if (Dropout > 0 && shape.Layers == 1)
        {
            throw new UserErrorException("There is nothing to drop out", where: "--dropout",
                expected: "a network with hidden layers, such as 784-128-10", found: $"{shape}",
                todo: "leave out --dropout, or add a layer");
        }

        return shape;
    }

    /// <summary>The steps for so many training images.</summary>
    /// <exception cref="UserErrorException">A batch is larger than the training set.</exception>
    public TrainingPlan Plan(int images, ulong seed)
    {
        if (Batch > images)
        {
            throw new UserErrorException("A batch cannot be larger than the training set", where: "--batch",
                expected: $"1 to {images}, the images left after --limit and --dev, or full", found: $"{Batch}",
                todo: "make it smaller, or take more images with --limit");
        }

        var batches = Batch is { } size and > 0 ? new Batches(images, size, seed) : null;
        var steps = Iterations ?? Epochs!.Value * (batches?.PerEpoch ?? 1);
        if (resumed?.Position.Step > steps)
        {
            throw new UserErrorException("A run cannot go on from this file", where: $"{resumed.Path}, run_step",
                expected: $"at most {steps}, the steps of its run", found: $"{resumed.Position.Step}",
                todo: "take another copy");
        }

        return new TrainingPlan(steps, Rule)
        {
            Batches = batches,
            Schedule = Schedule,
            Patience = Patience,
            KeepBest = KeepBest,
            CheckpointEvery = Every ?? 0,
            Last = FinalRate / Rule.Alpha ?? Schedules.ExponentialLast,
        };
    }

    private void RequireSquares(DataShape images)
    {
        if (Deformation is not null
            && (images.Width != images.Height || images.Channels != 1 || images.Width > Deformation.MaxSide))
        {
            throw new UserErrorException("These images cannot be bent", where: DeformText.Option,
                expected: $"square grey images of up to {Deformation.MaxSide} pixels a side", found: images.Size,
                todo: $"leave out {DeformText.Option}");
        }
    }

    private static string Name(NetworkShape shape) =>
        $"{shape} {OptionNames.Of(OptionNames.Activations, shape.Activation)}";
}
