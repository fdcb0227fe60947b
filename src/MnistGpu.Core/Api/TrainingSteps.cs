using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>What <see cref="TrainingOptions"/> come to: the split, the network, the plan, and the beginning.</summary>
internal static class TrainingSteps
{
    /// <summary>Images held out of many where nothing is said.</summary>
    public const int UsualDevelopment = 1000;

    private const string Options = nameof(TrainingOptions);

    /// <summary>Refuses options that cannot train, or that do not go together.</summary>
    /// <exception cref="UserErrorException">It names the first.</exception>
    public static void RequireUsable(this TrainingOptions options)
    {
        OptionChecks.Require(options);
        var rule = options.Rule();
        if (options.FinalRate is not null && options.Schedule != Schedule.Exponential)
        {
            throw new UserErrorException("Only the exponential schedule ends where it is told",
                where: $"{Options}.FinalRate",
                expected: $"{Options}.Schedule = Exponential beside it",
                found: $"{options.Schedule}",
                todo: $"leave out {Options}.FinalRate, or take that schedule");
        }

        if (options.FinalRate > rule.Alpha)
        {
            throw new UserErrorException("The rate cannot rise along this schedule", where: $"{Options}.FinalRate",
                expected: $"at most {rule.Alpha}, the {Options}.Rate it starts from", found: $"{options.FinalRate}",
                todo: "make it smaller");
        }

        if (options.Committee > 1 && options.From is not null)
        {
            throw new UserErrorException("A start from a network is the same for every seed",
                where: $"{Options}.Committee", expected: $"1, or no {Options}.From beside it",
                found: $"{options.Committee}", todo: $"leave one of them out");
        }

        if (options.Patience > 0 && options.Batch is null)
        {
            throw new UserErrorException("Only epochs of batches are judged one by one", where: $"{Options}.Patience",
                expected: $"{Options}.Batch = N beside it", found: "none",
                todo: $"take batches, or leave out {Options}.Patience");
        }
    }

    /// <summary>How a step changes the parameters.</summary>
    /// <exception cref="UserErrorException">This rate cannot train.</exception>
    public static UpdateRule Rule(this TrainingOptions options) =>
        new(options.Rate ?? options.Optimizer.DefaultRate(), options.Optimizer)
        {
            WeightDecay = options.Decay,
            ClipNorm = options.Clip,
            Averaging = options.Averaging,
        };

    /// <summary>What keeps the network from learning the images by heart.</summary>
    public static Regularization MakeRegularization(this TrainingOptions options, ulong seed,
        DataShape images) => new()
        {
            LabelSmoothing = options.Smoothing,
            Dropout = new Dropout(options.Dropout),
            Deformation = Bend(options.Deform, images),
            Seed = seed,
        };

    /// <summary>The images to train on and those held out.</summary>
    /// <param name="options">How many.</param>
    /// <param name="all">The images there are.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <exception cref="UserErrorException">There are fewer than asked for, or none to judge the epochs by.</exception>
    public static DevelopmentSplit HoldOut(this TrainingOptions options, DigitSet all, ulong seed)
    {
        var limit = options.Limit ?? all.Count;
        var heldOut = options.Development ?? Math.Min(UsualDevelopment, limit / 10);
        var split = DevelopmentSplit.Make(all, limit, heldOut, options.Shuffle ? seed : null);
        var judging = options.Patience > 0 ? $"{Options}.Patience" : $"{Options}.KeepBest = true";
        return (options.Patience == 0 && options.KeepBest != true) || split.Development is not null
            ? split
            : throw new UserErrorException("Without a development set no epoch is better than another",
                where: judging, expected: "images held out", found: "none",
                todo: $"hold some out with {Options}.Development, or leave out {judging}");
    }

    /// <summary>The network of these options for images of a shape.</summary>
    /// <param name="options">The hidden widths and the activation.</param>
    /// <param name="start">The network that the run starts from; null for none.</param>
    /// <param name="images">The images.</param>
    /// <exception cref="UserErrorException">A width cannot be, or there are too many parameters.</exception>
    public static NetworkShape Shape(this TrainingOptions options, NetworkShape? start, DataShape images)
    {
        Bend(options.Deform, images);
        var widths = start ?? new NetworkShape($"{Options}.Hidden", [images.Pixels, .. options.Hidden, images.Classes]);
        var shape = widths.With(options.Activation ?? widths.Activation);
        if (start is not null && !shape.Equals(start))
        {
            throw new UserErrorException("The start has another activation", where: $"{Options}.Activation",
                expected: $"{start.Activation}, as that of {Options}.From", found: $"{shape.Activation}",
                todo: $"leave out {Options}.Activation");
        }

        options.RequireDroppable(shape);
        return shape;
    }

    /// <summary>The same deformation for these images; null where there is none.</summary>
    /// <exception cref="UserErrorException">Such images cannot be bent.</exception>
    public static Deformation? Bend(Deformation? deformation, DataShape images) => deformation is null ? null
        : images.Channels == 1 && Math.Max(images.Width, images.Height) <= Deformation.MaxSide
            ? deformation with { Width = images.Width, AreDigits = images.IsDigits }
        : throw new UserErrorException("These images cannot be bent", where: $"{Options}.Deform",
            expected: $"grey images of up to {Deformation.MaxSide} pixels a side", found: images.Size,
            todo: $"leave out {Options}.Deform");

    /// <summary>Refuses to drop units of a network without hidden layers.</summary>
    /// <exception cref="UserErrorException">There are none.</exception>
    public static void RequireDroppable(this TrainingOptions options, NetworkShape shape)
    {
        if (options.Dropout > 0 && shape.Layers == 1)
        {
            throw new UserErrorException("There is nothing to drop out", where: $"{Options}.Dropout",
                expected: "a network with hidden layers, such as 784-128-10", found: $"{shape}",
                todo: $"leave out {Options}.Dropout, or add a layer");
        }
    }

    /// <summary>The steps for so many training images.</summary>
    /// <exception cref="UserErrorException">A batch is larger than the training set.</exception>
    public static TrainingPlan Plan(this TrainingOptions options, int images, ulong seed)
    {
        if (options.Batch > images && !options.IsUsualBatch)
        {
            throw new UserErrorException("A batch cannot be larger than the training set", where: $"{Options}.Batch",
                expected: $"1 to {images}, the images left after {Options}.Limit and {Options}.Development",
                found: $"{options.Batch}", todo: $"make it smaller, or take more images with {Options}.Limit");
        }

        var inBatch = options.ImagesInStep(images);
        if (options.Parts > inBatch)
        {
            throw new UserErrorException("A batch cannot be cut into more parts than it has images",
                where: $"{Options}.Parts", expected: $"1 to {inBatch}", found: $"{options.Parts}",
                todo: "take fewer parts, or larger batches");
        }

        var batches = options.Batch is null ? null : new Batches(images, inBatch, seed);
        var rule = options.Rule();
        var perEpoch = batches?.PerEpoch ?? 1;
        if (options.Iterations is null && options.Epochs > ModelFile.MostSteps / perEpoch)
        {
            throw new UserErrorException("These are more steps than a run can count", where: $"{Options}.Epochs",
                expected: $"at most {ModelFile.MostSteps / perEpoch} epochs of {perEpoch} steps",
                found: $"{options.Epochs}", todo: "take fewer epochs, or larger batches");
        }

        return new TrainingPlan(options.Iterations ?? options.Epochs * perEpoch, rule)
        {
            Batches = batches,
            Parts = options.Parts,
            Schedule = options.Schedule,
            Patience = options.Patience,
            KeepBest = options.KeepBest,
            Last = options.FinalRate / rule.Alpha ?? Schedules.ExponentialLast,
        };
    }

    /// <summary>Brings the start and the images to an engine.</summary>
    /// <param name="options">How the parameters start, and what steps do to the images.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="start">The parameters; null to draw them.</param>
    /// <param name="training">The images to train on.</param>
    /// <param name="seed">Where the start comes from.</param>
    public static void BringTo(this TrainingOptions options, INetworkEngine engine, NetworkState? start,
        DigitSet training, ulong seed)
    {
        engine.Regularization = options.MakeRegularization(seed, training.Shape);
        engine.Load(start ?? Initialization.Draw(engine.Shape, options.Init, seed));
        engine.Attach(training.X, training.Labels);
    }

    /// <summary>Compiles what the steps take.</summary>
    public static void Prepare(this TrainingOptions options, IEngineList engines, INetworkEngine engine, int images) =>
        engines.Prepare(engine, (options.ImagesInStep(images) - 1) / options.Parts + 1);

    /// <summary>Images in a step; the usual batch shrinks to a smaller set.</summary>
    public static int ImagesInStep(this TrainingOptions options, int images) =>
        Math.Min(options.Batch ?? images, images);
}
