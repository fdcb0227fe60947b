using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Settings;
using MnistGpu.Ranks;
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

    /// <summary>Those of the options that the library has; <see cref="Limit"/> waits for the data.</summary>
    public TrainingOptions Options { get; } = new()
    {
        Shuffle = TrainSettings.Shuffle.In(parsed) == "shuffled",
        Development = TrainSettings.Development.In(parsed),
        Activation = TrainSettings.Activation.In(parsed) is { } name ? OptionNames.Activations[name] : null,
        Init = OptionNames.Starts[TrainSettings.Init.In(parsed)],
        Epochs = TrainSettings.Epochs.In(parsed) ?? 0,
        Iterations = TrainSettings.Iterations.In(parsed),
        Batch = TrainSettings.Batch.In(parsed) is { } size and > 0 ? size : null,
        Parts = TrainSettings.Parts.In(parsed),
        Optimizer = OptionNames.Optimizers[TrainSettings.Optimizer.In(parsed)],
        Rate = TrainSettings.Rate.In(parsed),
        Schedule = OptionNames.Schedules[TrainSettings.Schedule.In(parsed)],
        Decay = TrainSettings.Decay.In(parsed),
        FinalRate = TrainSettings.FinalRate.In(parsed),
        Smoothing = TrainSettings.Smoothing.In(parsed),
        Dropout = TrainSettings.Dropout.In(parsed),
        Averaging = TrainSettings.Averaging.In(parsed),
        Clip = TrainSettings.Clip.In(parsed),
        Deform = DeformText.Parse(TrainSettings.Deform.In(parsed)),
        Patience = TrainSettings.Patience.In(parsed),
        KeepBest = TrainSettings.KeepBest.In(parsed) is { } keep ? keep == "best" : null,
        Seed = TrainSettings.Seed.In(parsed),
        Committee = TrainSettings.Committee.In(parsed),
        Device = TrainSettings.Device.In(parsed),
        Threads = TrainSettings.Threads.In(parsed),
    };

    public string Data => TrainSettings.Data.In(parsed);

    /// <summary>The first n images in file order; null for the tutorial's number or all there are, 0 for all.</summary>
    public int? Limit => TrainSettings.Limit.In(parsed);

    /// <summary>The widths; null where <see cref="Hidden"/> or the start file says them.</summary>
    public NetworkShape? Network => TrainSettings.Network.In(parsed);

    /// <summary>The widths between the data's; null where the network is given whole or by the start file.</summary>
    public string? Hidden => TrainSettings.Hidden.In(parsed)
        ?? (Network is null && StartFile is null ? TrainSettings.DefaultHidden : null);

    public Start Init => Options.Init;

    public string? StartFile => TrainSettings.From.In(parsed);

    /// <summary>Steps to take; null where <see cref="Epochs"/> says how long.</summary>
    public long? Iterations => Options.Iterations;

    /// <summary>Passes over the training images; null where <see cref="Iterations"/> says how long.</summary>
    public long? Epochs => TrainSettings.Epochs.In(parsed);

    /// <summary>Images in a step; null for all of them.</summary>
    public int? Batch => Options.Batch;

    /// <summary>Parts that a batch is cut into, from 1.</summary>
    public int Parts => Options.Parts;

    public UpdateRule Rule => Options.Rule();

    public Deformation? Deformation => Options.Deform;

    public double Dropout => Options.Dropout;

    /// <summary>Epochs without a better one after which the run ends; 0 for never.</summary>
    public int Patience => Options.Patience;

    /// <summary>Whether the best epoch's parameters are the model; null where nothing is asked.</summary>
    public bool? KeepBest => Options.KeepBest;

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

    public Preset Preset { get; } = Preset.Named(TrainSettings.Preset.In(parsed)!);

    public bool MustReach => TrainSettings.MustReach.In(parsed);

    public ulong Seed => Options.Seed;

    public string Device => Options.Device;

    public int Threads => Options.Threads;

    /// <summary>How kernels compute, on devices that run them.</summary>
    public KernelOptions Kernels { get; } = CommonOptions.Kernels(
        TrainSettings.Product.In(parsed), TrainSettings.Fusion.In(parsed), TrainSettings.Profile.In(parsed));

    /// <summary>Null for the default, which may fail to be written without failing the run.</summary>
    public string? SaveFile => TrainSettings.Save.In(parsed);

    /// <summary>Runs, each with a seed of its own: to know how much hangs on the seed, or for a committee.</summary>
    public int Runs => Math.Max(TrainSettings.Repeat.In(parsed), Options.Committee);

    /// <summary>Whether all runs' networks answer together, rather than the best one's alone.</summary>
    public bool IsCommittee => Options.Committee > 1;

    public bool Json => TrainSettings.Json.In(parsed);

    public bool Quiet => TrainSettings.Quiet.In(parsed);

    /// <summary>What to read of the data.</summary>
    public DataRequest DataRequest =>
        ReadOptions.Request(TrainSettings.Read.In(parsed), TrainSettings.KeepsPolarity.In(parsed)) with
        {
            Limit = Limit is 0 ? null : Limit ?? TrainSettings.TutorialImages,
            Seed = Seed,
        };

    /// <summary>The images to train on and those held out.</summary>
    /// <exception cref="UserErrorException">There are fewer than asked for, or none to judge the epochs by.</exception>
    public DevelopmentSplit Split(DigitData data, ulong seed) => OptionsFor(data, seed).HoldOut(data.Train, seed);

    /// <summary>The network: the widths and the activation asked for, or those of the start.</summary>
    /// <param name="start">The network of the start; null for none.</param>
    /// <param name="images">The data's images; null for MNIST's.</param>
    /// <exception cref="UserErrorException">The start is of another network, or a setting does not go with the network
    /// or the images.</exception>
    public NetworkShape Shape(NetworkShape? start, DataShape? images = null)
    {
        images ??= Mnist.Shape;
        // Refuses images that cannot be bent.
        TrainingSteps.Bend(Deformation, images);
        var widths = Network ?? (Hidden is { } hidden ? CommonOptions.Between(hidden, images) : start);
        var shape = widths!.With(Options.Activation ?? start?.Activation ?? Activation.ReLU);
        if (start is not null && !shape.Equals(start))
        {
            throw new UserErrorException("The start is a model of another network", where: StartFile,
                expected: $"{Name(shape)}, as asked for", found: Name(start),
                todo: "leave out --network, --hidden and --activation, or start from another file");
        }

        Options.RequireDroppable(shape);
        return shape;
    }

    /// <summary>The run of a seed, ready to begin.</summary>
    /// <param name="data">The images.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="ranks">Who trains together.</param>
    /// <param name="phases">The clock of its work.</param>
    /// <exception cref="UserErrorException">There are fewer images than asked for, a batch is larger than the training
    /// set, or the checkpoint is past the run's end.</exception>
    public TrainingRun Run(DigitData data, ulong seed, IRanks ranks, Phases phases)
    {
        var run = new TrainingRun(OptionsFor(data, seed), data.Train, resumed?.Position, Every ?? 0)
        {
            Ranks = ranks,
            Do = phases.Time,
        };
        return resumed?.Position.Step > run.Plan.Steps
            ? throw new UserErrorException("A run cannot go on from this file", where: $"{resumed.Path}, run_step",
                expected: $"at most {run.Plan.Steps}, the steps of its run", found: $"{resumed.Position.Step}",
                todo: "take another copy")
            : run;
    }

    private TrainingOptions OptionsFor(DigitData data, ulong seed) => Options with
    {
        Limit = Limit is 0 ? null : Limit ?? Math.Min(TrainSettings.TutorialImages, data.Train.Count),
        Seed = seed,
    };

    private static string Name(NetworkShape shape) =>
        $"{shape} {OptionNames.Of(OptionNames.Activations, shape.Activation)}";
}
