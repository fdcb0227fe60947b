using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>The job that <c>train</c> is asked to do.</summary>
internal sealed record TrainRequest
{
    public const int TutorialImages = 42_000;
    public const int TutorialDevelopment = 1000;

    public required string Data { get; init; }

    /// <summary>The first n images in file order; null for the tutorial's number or all there are, 0 for all.</summary>
    public required int? Limit { get; init; }

    public required bool Shuffled { get; init; }

    /// <summary>Images held out; null for the tutorial's number or a tenth.</summary>
    public required int? Development { get; init; }

    /// <summary>The widths; null for those of the start file.</summary>
    public required NetworkShape? Network { get; init; }

    /// <summary>Null for that of the start file, else ReLU.</summary>
    public required Activation? Activation { get; init; }

    public required Start Init { get; init; }

    public required string? StartFile { get; init; }

    /// <summary>Steps to take; null where <see cref="Epochs"/> says how long.</summary>
    public required long? Iterations { get; init; }

    /// <summary>Passes over the training images; null where <see cref="Iterations"/> says how long.</summary>
    public required long? Epochs { get; init; }

    /// <summary>Images in a step; null or 0 for all of them.</summary>
    public required int? Batch { get; init; }

    public required UpdateRule Rule { get; init; }

    public required Schedule Schedule { get; init; }

    /// <summary>Where the exponential schedule ends; null for its default.</summary>
    public required double? FinalRate { get; init; }

    public required double LabelSmoothing { get; init; }

    public required double Dropout { get; init; }

    public required Deformation? Deformation { get; init; }

    /// <summary>Epochs without a better one after which the run ends; 0 for never.</summary>
    public required int Patience { get; init; }

    public required string? CheckpointFile { get; init; }

    /// <summary>Steps between checkpoints; null for an epoch's.</summary>
    public required int? Every { get; init; }

    public required string? HistoryFile { get; init; }

    /// <summary>Where the report goes; null for none.</summary>
    public required string? ReportFile { get; init; }

    /// <summary>The port of the page that shows the training live, 0 for any that is free; null for no page.</summary>
    public required int? LivePort { get; init; }

    /// <summary>The options as they were written, those of a preset or a checkpoint included; null for a switch.</summary>
    public required IReadOnlyDictionary<string, string?> Given { get; init; }

    public required Preset Preset { get; init; }

    public required bool MustReach { get; init; }

    /// <summary>The checkpoint that the run goes on from.</summary>
    public Checkpoint? Resumed { get; init; }

    public required ulong Seed { get; init; }

    public required string Device { get; init; }

    public required int Threads { get; init; }

    /// <summary>How kernels compute, on devices that run them.</summary>
    public required KernelOptions Kernels { get; init; }

    /// <summary>Null for the default, which may fail to be written without failing the run.</summary>
    public required string? SaveFile { get; init; }

    public required int Repeat { get; init; }

    public required bool Json { get; init; }

    public required bool Quiet { get; init; }

    /// <summary>What to read of the data.</summary>
    public DataRequest DataRequest => new() { Limit = Limit is 0 ? null : Limit ?? TutorialImages, Seed = Seed };

    /// <summary>What keeps the network from learning the images by heart.</summary>
    public Regularization Regularization(ulong seed) => new() { LabelSmoothing = LabelSmoothing, Dropout = new Dropout(Dropout), Deformation = Deformation, Seed = seed };

    /// <summary>The images to train on and those held out.</summary>
    /// <exception cref="UserErrorException">There are fewer than asked for, or none to judge the epochs by.</exception>
    public DevelopmentSplit Split(DigitData data, ulong seed)
    {
        var limit = Limit is 0 ? data.Train.Count : Limit ?? Math.Min(TutorialImages, data.Train.Count);
        var split = DevelopmentSplit.Make(data.Train, limit, Development ?? Math.Min(TutorialDevelopment, limit / 10), Shuffled ? seed : null);
        return Patience == 0 || split.Development is not null
            ? split
            : throw new UserErrorException("Without a development set no epoch is better than another", where: "--patience", expected: "images held out", found: "none", todo: "hold some out with --dev, or leave out --patience");
    }

    /// <summary>The network: the widths and the activation asked for, or those of the start.</summary>
    /// <exception cref="UserErrorException">The start is of another network.</exception>
    public NetworkShape Shape(NetworkShape? start)
    {
        var shape = (Network ?? start)!.With(Activation ?? start?.Activation ?? Model.Activation.ReLU);
        if (start is not null && !shape.Equals(start))
        {
            throw new UserErrorException("The start is a model of another network", where: StartFile, expected: $"{Name(shape)}, as asked for", found: Name(start),
                todo: "leave out --network and --activation, or start from another file");
        }

        if (Dropout > 0 && shape.Layers == 1)
        {
            throw new UserErrorException("There is nothing to drop out", where: "--dropout", expected: "a network with hidden layers, such as 784-128-10", found: $"{shape}", todo: "leave out --dropout, or add a layer");
        }

        return shape;
    }

    /// <summary>The steps for so many training images.</summary>
    /// <exception cref="UserErrorException">A batch is larger than the training set.</exception>
    public TrainingPlan Plan(int images, ulong seed)
    {
        if (Batch > images)
        {
            throw new UserErrorException("A batch cannot be larger than the training set", where: "--batch", expected: $"1 to {images}, the images left after --limit and --dev, or full", found: $"{Batch}",
                todo: "make it smaller, or take more images with --limit");
        }

        var batches = Batch is { } size and > 0 ? new Batches(images, size, seed) : null;
        return new TrainingPlan(Iterations ?? Epochs!.Value * (batches?.PerEpoch ?? 1), Rule)
        {
            Batches = batches,
            Schedule = Schedule,
            Patience = Patience,
            CheckpointEvery = Every ?? 0,
            Last = FinalRate / Rule.Alpha ?? Schedules.ExponentialLast,
        };
    }

    private static string Name(NetworkShape shape) => $"{shape} {OptionNames.Of(OptionNames.Activations, shape.Activation)}";
}
