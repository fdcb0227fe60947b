using System.CommandLine;
using MnistGpu.Data.Sources;
using MnistGpu.Model;
using MnistGpu.Training;

using static MnistGpu.Program.Settings.SettingRole;

namespace MnistGpu.Program.Settings;

/// <summary>
/// The options of <c>train</c>, each in one place: the command, its help, models and checkpoints, a resumed run's
/// checks, JSON and reports are loops over <see cref="All"/>. The defaults are the tutorial's job.
/// </summary>
internal static class TrainSettings
{
    public const string DefaultHidden = "10";
    public const string DefaultSave = "model.safetensors";
    public const int TutorialImages = 42_000;
    public const int TutorialDevelopment = TrainingSteps.UsualDevelopment;
    public const int LivePort = 5080;
    private const int TutorialSteps = 2000;
    private const string Recipe = "Recipe";
    private const string Images = "Images";
    private const string Parameters = "Network";
    private const string Steps = "Training";
    private const string Machine = "Device";
    private const string Kernels = "Kernels, on devices that run them";
    private const string Files = "Files";
    private const string Shown = "Output";

    public static readonly Setting<string?> Preset = new(CommonOptions.Parsed<string?>(
        "--preset",
        "a recipe whose options may be overridden one by one: "
        + $"{string.Join(", ", MnistGpu.Preset.All.Select(p => p.Name))}; "
        + $"{Presets.List} lists them with their sources, times and accuracies",
        "name", null, name => Presets.IsList(name) ? Presets.List : MnistGpu.Preset.Named(name).Name), Result, Recipe)
    {
        Default = _ => Presets.Default,
        IsRepeated = false,
        IsListed = true,
    };

    public static readonly Setting<bool> MustReach = new(CommonOptions.Switch(
        "--must-reach", "end with exit code 1 where the recipe's pass mark is missed (by the mean, with --repeat)"),
            Session, Recipe);

    public static readonly Setting<string> Data = new(CommonOptions.Data(), Free, Images)
    {
        Text = data => DataSource.IsWord(data) ? data : Path.GetFullPath(data),
        IsRepeated = true,
    };

    public static readonly Setting<int?> Limit = new(CommonOptions.Parsed<int?>(
        "--limit",
        $"take the first n images in file order, or all of them (default {TutorialImages:N0}, or all where there are "
            + "fewer)",
        "n|all", null, text => CommonOptions.ParseCountOr("all", "--limit", text)), Result, Images)
    {
        Text = limit => limit is 0 ? "all" : $"{limit}",
    };

    public static readonly Setting<string> Shuffle = new(CommonOptions.OneOf(
        "--order", "the order of the images taken", "shuffled", "shuffled", "file"), Result, Images);

    public static readonly Setting<string> Read = new(CommonOptions.Read(), Result, Images);

    public static readonly Setting<string> KeepsPolarity = new(CommonOptions.Polarity(), Result, Images);

    public static readonly Setting<int?> Development = new(CommonOptions.WholeOrNone(
        "--dev",
        "images held out as the development set; 0 trains on all "
        + $"(default {TutorialDevelopment:N0}, or a tenth of fewer than 10,000)",
        "n", 0), Result, Images);

    public static readonly Setting<NetworkShape?> Network = new(CommonOptions.Parsed<NetworkShape?>(
        "--network", "widths from input to output, for data whose images and classes are known; see --hidden",
        "784-…-10", null, NetworkShape.Parse), Result, Parameters)
    { IsKept = false };

    public static readonly Setting<string?> Hidden = new(CommonOptions.Hidden(
        $"(default {DefaultHidden}, or those of --start)"), Result, Parameters)
    { IsKept = false };

    public static readonly Setting<string> Activation = new(CommonOptions.OneOf(
        "--activation", "what the hidden layers make of Z (default relu, or that of --start)",
        null, [.. OptionNames.Activations.Keys]), Result, Parameters)
    { IsKept = false };

    public static readonly Setting<string> Init = new(CommonOptions.OneOf(
        "--init", "how the parameters start", "normal", [.. OptionNames.Starts.Keys]), Result, Parameters);

    public static readonly Setting<string?> From = new(CommonOptions.FileOrNone(
        "--start", "start from a model file, another program's too (see import)"), Result, Parameters);

    public static readonly Setting<int?> Epochs = new(CommonOptions.WholeOrNone(
        "--epochs", "passes over the images, instead of --iterations", "n", 0, OptionChecks.MostEpochs), Result, Steps);

    public static readonly Setting<int?> Iterations = new(CommonOptions.WholeOrNone(
        "--iterations", $"steps to take (default {TutorialSteps:N0})", "n", 0), Result, Steps)
    {
        Default = parsed => Epochs.In(parsed) is null ? TutorialSteps : null,
    };

    public static readonly Setting<int?> Batch = new(CommonOptions.Parsed<int?>(
        "--batch", "images in a step, in a fresh order each epoch, or full for all of them (default full)",
        "n|full", null, text => CommonOptions.ParseCountOr("full", "--batch", text)), Result, Steps)
    {
        Text = batch => batch is > 0 ? $"{batch}" : "full",
        Json = batch => batch is > 0 ? batch : null,
    };

    public static readonly Setting<int> Parts = new(CommonOptions.Whole("--parts", "cut each batch into n parts: for "
        + "batches larger than a device's memory, and for mpirun, whose ranks share them", "n", 1, 1, 1 << 16), Result,
            Steps)
    { Line = "in {0} parts", Json = parts => parts };

    public static readonly Setting<string> Optimizer = new(CommonOptions.OneOf(
        "--optimizer", "what a step makes of the gradients", "gd", [.. OptionNames.Optimizers.Keys]), Result, Steps)
    { Json = name => name };

    public static readonly Setting<double?> Rate = new(CommonOptions.Parsed<double?>(
        "--rate",
        $"α, the learning rate (default {DefaultRates()})",
        "alpha", null, text => CommonOptions.ParseRate("--rate", text)), Result, Steps)
    {
        Default = parsed => OptionNames.Optimizers[Optimizer.In(parsed)].DefaultRate(),
        Json = alpha => alpha,
    };

    public static readonly Setting<string> Schedule = new(CommonOptions.OneOf(
        "--schedule", "how the rate changes over the run", "constant", [.. OptionNames.Schedules.Keys]), Result, Steps)
    { Json = name => name };

    public static readonly Setting<double> Decay = new(CommonOptions.Share(
        "--decay", "λ, the weight decay", "lambda"), Result, Steps)
    { Line = "decay {0}", Json = lambda => lambda };

    public static readonly Setting<double?> FinalRate = new(CommonOptions.Parsed<double?>(
        "--final-rate", "where the exponential schedule ends (default a hundredth of --rate)",
        "alpha", null, text => CommonOptions.ParseRate("--final-rate", text)), Result, Steps)
    { Json = alpha => alpha };

    public static readonly Setting<double> Smoothing = new(CommonOptions.Share(
        "--smoothing", "ε of label smoothing", "epsilon"), Result, Steps)
    { Line = "smoothing {0}", Json = epsilon => epsilon };

    public static readonly Setting<double> Dropout = new(CommonOptions.Parsed(
        "--dropout", "p, the share of hidden units that a step leaves out", "p", 0.0, CommonOptions.ParseDropout),
            Result, Steps)
    { Line = "dropout {0}", Json = p => p };

    public static readonly Setting<double> Averaging = new(CommonOptions.Share(
        "--averaging", "d, how much of the parameters' moving average stays at a step; the average then answers", "d"),
            Result, Steps)
    { Line = "averaging {0}", Json = d => d };

    public static readonly Setting<double> Clip = new(CommonOptions.Parsed(
        "--clip", "c, the greatest norm of the gradients; 0 for any",
        "c", 0.0, text => CommonOptions.ParseAmount("--clip", text)), Result, Steps)
    { Line = "gradients clipped at {0}", Json = c => c };

    public static readonly Setting<string> Deform = new(CommonOptions.Deform(""), Result, Steps)
    { Line = "images bent by {0}", Json = ranges => ranges };

    public static readonly Setting<string> Device = new(CommonOptions.Device(), Free, Machine)
    {
        IsKept = false,
        IsListed = true,
    };

    public static readonly Setting<int> Threads = new(CommonOptions.Threads(), Session, Machine) { IsRepeated = true };

    public static readonly Setting<string> Fusion = new(CommonOptions.Fusion(), Result, Kernels);

    public static readonly Setting<string> Product = new(CommonOptions.Product(), Result, Kernels);

    public static readonly Setting<bool> Profile = new(CommonOptions.Switch(
        "--profile", "time every kernel on the device and show where a step's time goes; slows the run down"), Session,
            Kernels)
    {
        IsRepeated = true,
    };

    public static readonly Setting<int> Patience = new(CommonOptions.Whole(
        "--patience",
        "end after n epochs without a better development accuracy; 0 for never",
        "n", 0, 0), Result, Steps)
    {
        Line = "patience {0}",
    };

    public static readonly Setting<string?> KeepBest = new(CommonOptions.OneOf(
        "--keep", "which epoch is the model, best by the development accuracy (default last, or best with --patience)",
            null, "last", "best")!, Result, Steps)
    { Line = "keeps the {0} epoch", Json = keep => keep };

    public static readonly Setting<ulong> Seed = new(CommonOptions.Seed(), Result, Steps) { IsRepeated = false };

    public static readonly Setting<int> Repeat = new(CommonOptions.Whole(
        "--repeat", "train with n seeds from --seed on; report mean ± deviation, save the best on the development set",
        "n", 1, 1, 10_000), Result, Steps)
    {
        // A checkpoint is of one run, and so is a model.
        IsKept = false,
        Line = "{0} seeds",
    };

    public static readonly Setting<int> Committee = new(CommonOptions.Whole(
        "--committee", "train n networks with seeds from --seed on, and save all: their mean probabilities answer",
        "n", 1, 1, CommitteeFile.Most), Result, Steps)
    { Line = "a committee of {0} networks", Json = networks => networks };

    public static readonly Setting<string?> Save = new(CommonOptions.FileOrNone(
        "--save", $"where to save the model (default {DefaultSave})", FileKind.Model), Free, Files)
    { IsWritten = true };

    public static readonly Setting<string?> Report = new(CommonOptions.Report("the run"), Free, Files)
    { IsWritten = true };

    public static readonly Setting<string?> Checkpoint = new(CommonOptions.FileOrNone(
        "--checkpoint", "save the run here as it goes, so that --resume can go on with it", FileKind.Model), Session,
            Files);

    public static readonly Setting<int?> Every = new(CommonOptions.WholeOrNone(
        "--every", "steps from one checkpoint to the next (default an epoch, or a tenth of a full-batch run)", "n", 1),
            Free, Files);

    public static readonly Setting<string?> Resume = new(CommonOptions.FileOrNone(
        "--resume", "go on with the run that this checkpoint is of, to the same bits; needs no other option"), Session,
            Files);

    public static readonly Setting<string?> History = new(CommonOptions.FileOrNone(
        "--history", "write the epochs' rows as CSV", FileKind.Table), Free, Files)
    {
        IsWritten = true,
        // "history" holds the rows themselves.
        Key = "history_file",
    };

    public static readonly Setting<string?> TensorBoard = new(CommonOptions.FileOrNone(
        "--tensorboard", "write the epochs' rows as events for TensorBoard in this folder"), Session, Files);

    public static readonly Setting<int?> Live = new(CommonOptions.PortOrNone(
        "--live",
        "show the training on a page on this machine as it goes, with a button that stops it; "
        + $"0 for any port that is free (default {LivePort})"), Session, Shown);

    public static readonly Setting<bool> Json = new(CommonOptions.Json(), Session, Shown);

    public static readonly Setting<bool> Quiet = new(CommonOptions.Switch("--quiet", "print the result only"), Session,
        Shown);

    /// <summary>All of them, in the order of the help and of what is kept.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Preset, MustReach,
        Data, Read, Limit, Shuffle, KeepsPolarity, Development,
        Network, Hidden, Activation, Init, From,
        Iterations, Epochs, Batch, Parts, Optimizer, Rate, Schedule, Decay, FinalRate, Smoothing, Dropout, Averaging,
            Clip, Deform,
        Device, Threads, Fusion, Product, Profile,
        Patience, KeepBest, Seed, Repeat, Committee,
        Save, Report, Checkpoint, Every, Resume, History, TensorBoard,
        Live, Json, Quiet,
    ];

    /// <summary>The headings of the help, what is asked for most first.</summary>
    public static IReadOnlyList<string> Groups { get; } =
        [Recipe, Images, Parameters, Steps, Files, Shown, Machine, Kernels];

    /// <summary>Those that checkpoints keep, by whatever they are told.</summary>
    public static IEnumerable<Setting> Kept => All.Where(setting => setting.Role != Session);

    /// <summary>What reports do not list of a model's metadata.</summary>
    public static bool IsUnlisted(string key) =>
        All.Any(setting => setting.Key == key && setting is { IsKept: true, IsInReport: false });

    /// <summary>The options as models and checkpoints keep them, those at their defaults included.</summary>
    public static IEnumerable<(Setting Setting, string Text)> Texts(ParseResult parsed) => All
        .Where(setting => setting.IsKept)
        .Select(setting => (setting, setting.TextIn(parsed)))
        .Where(kept => kept.Item2.Length > 0);

    /// <summary>The rates that the optimizers have where none is given, the default optimizer's first.</summary>
    private static string DefaultRates() => string.Join(", ", OptionNames.Optimizers
        .GroupBy(pair => pair.Value.DefaultRate(), pair => pair.Key)
        .Select(group => $"{string.Join(" and ", group)} {group.Key}"));
}
