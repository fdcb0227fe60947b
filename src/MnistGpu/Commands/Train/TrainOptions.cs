using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>The options of <c>train</c>, and what they ask for. The defaults are the tutorial's job.</summary>
internal sealed class TrainOptions
{
    private const string DefaultNetwork = "784-10-10";
    private const int TutorialSteps = 2000;
    private const double DescentRate = 0.1;
    private const double MomentumRate = 0.01;
    private const double AdamRate = 0.001;
    private const int LivePort = 5080;
    public const string DefaultSave = "model.safetensors";

    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<int?> limit = CommonOptions.Parsed<int?>("--limit", $"take the first n images in file order, or all of them (default {TrainRequest.TutorialImages:N0}, or all where there are fewer)", "n|all", null, text => CommonOptions.ParseCountOr("all", "--limit", text));
    private readonly Option<string> order = CommonOptions.OneOf("--order", "the order of the images taken", "shuffled", "shuffled", "file");
    private readonly Option<int?> dev = CommonOptions.WholeOrNone("--dev", $"images held out as the development set; 0 trains on all (default {TrainRequest.TutorialDevelopment:N0}, or a tenth of fewer than 10,000)", "n", 0);
    private readonly Option<NetworkShape?> network = CommonOptions.Parsed<NetworkShape?>("--network", $"widths from input to output (default {DefaultNetwork}, or those of --start)", "784-…-10", null, NetworkShape.Parse);
    private readonly Option<string> activation = CommonOptions.OneOf("--activation", "what the hidden layers make of Z (default relu, or that of --start)", null, [.. OptionNames.Activations.Keys]);
    private readonly Option<string> init = CommonOptions.OneOf("--init", "how the parameters start", "normal", [.. OptionNames.Starts.Keys]);
    private readonly Option<string?> start = CommonOptions.FileOrNone("--start", "start from a model file (safetensors, F32 or F64)");
    private readonly Option<int?> iterations = CommonOptions.WholeOrNone("--iterations", $"steps to take (default {TutorialSteps:N0})", "n", 0);
    private readonly Option<int?> epochs = CommonOptions.WholeOrNone("--epochs", "passes over the training images, instead of --iterations", "n", 0, 1_000_000);
    private readonly Option<int?> batch = CommonOptions.Parsed<int?>("--batch", "images in a step, in a fresh order each epoch, or full for all of them (default full)", "n|full", null, text => CommonOptions.ParseCountOr("full", "--batch", text));
    private readonly Option<string> optimizer = CommonOptions.OneOf("--optimizer", "what a step makes of the gradients", "gd", [.. OptionNames.Optimizers.Keys]);
    private readonly Option<double?> rate = CommonOptions.Parsed<double?>("--rate", $"α, the learning rate (default {DescentRate}; momentum {MomentumRate}, adam and adamw {AdamRate})", "alpha", null, text => CommonOptions.ParseRate("--rate", text));
    private readonly Option<string> schedule = CommonOptions.OneOf("--schedule", "how the rate changes over the run", "constant", [.. OptionNames.Schedules.Keys]);
    private readonly Option<double?> finalRate = CommonOptions.Parsed<double?>("--final-rate", "where the exponential schedule ends (default a hundredth of --rate)", "alpha", null, text => CommonOptions.ParseRate("--final-rate", text));
    private readonly Option<double> decay = CommonOptions.Parsed("--decay", "λ, the weight decay", "lambda", 0.0, text => CommonOptions.ParseShare("--decay", text));
    private readonly Option<double> smoothing = CommonOptions.Parsed("--smoothing", "ε of label smoothing", "epsilon", 0.0, text => CommonOptions.ParseShare("--smoothing", text));
    private readonly Option<double> dropout = CommonOptions.Parsed("--dropout", "p, the share of hidden units that a step leaves out", "p", 0.0, ParseDropout);
    private readonly Option<double> averaging = CommonOptions.Parsed("--averaging", "d, how much of the parameters' moving average stays at a step; the average then answers", "d", 0.0, text => CommonOptions.ParseShare("--averaging", text));
    private readonly Option<double> clip = CommonOptions.Parsed("--clip", "c, the greatest norm of the gradients; 0 for any", "c", 0.0, text => CommonOptions.ParseAmount("--clip", text));
    private readonly Option<string> deform = CommonOptions.Deform("");
    private readonly Option<int> patience = CommonOptions.Whole("--patience", "end after n epochs without a better development accuracy, and keep the best epoch's parameters; 0 for never", "n", 0, 0);
    private readonly Option<string?> checkpoint = CommonOptions.FileOrNone("--checkpoint", "save the run here as it goes, so that --resume can go on with it");
    private readonly Option<int?> every = CommonOptions.WholeOrNone("--every", "steps from one checkpoint to the next (default an epoch, or a tenth of a full-batch run)", "n", 1);
    private readonly Option<string?> resume = CommonOptions.FileOrNone("--resume", "go on with the run that this checkpoint is of, to the same bits; needs no other option");
    private readonly Option<string?> history = CommonOptions.FileOrNone("--history", "write the epochs' rows as CSV");
    private readonly Option<string?> report = CommonOptions.Report("the run");
    private readonly Option<bool> live = new("--live") { Description = "show the training on a page on this machine as it goes, with a button that stops it" };
    private readonly Option<int?> port = CommonOptions.WholeOrNone("--port", $"where --live listens; 0 for any port that is free (default {LivePort})", "n", 0, ushort.MaxValue);
    private readonly Option<string?> preset = CommonOptions.Parsed<string?>("--preset", $"a recipe whose options may be overridden one by one: {string.Join(", ", Presets.All.Select(p => p.Name))}", "name", null, name => Presets.Named(name).Name);
    private readonly Option<bool> listPresets = new("--list-presets") { Description = "list the recipes, their sources, times and accuracies, and end" };
    private readonly Option<bool> mustReach = new("--must-reach") { Description = "end with exit code 1 where the recipe's pass mark is missed (by the mean, with --repeat)" };
    private readonly Option<ulong> seed = CommonOptions.Seed();
    private readonly Option<string> device = CommonOptions.Device();
    private readonly Option<int> threads = CommonOptions.Threads();
    private readonly Option<string> fusion = CommonOptions.Fusion();
    private readonly Option<string> product = CommonOptions.Product();
    private readonly Option<string> math = CommonOptions.Math();
    private readonly Option<bool> profile = new("--profile") { Description = "time every kernel on the device and show where a step's time goes; slows the run down" };
    private readonly Option<string?> save = CommonOptions.FileOrNone("--save", $"where to save the model (default {DefaultSave})");
    private readonly Option<int> repeat = CommonOptions.Whole("--repeat", "train with n seeds from --seed on; report mean ± deviation, save the best on the development set", "n", 1, 1, 10_000);
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<bool> quiet = new("--quiet") { Description = "print the result only" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[
            preset, listPresets, mustReach, data, limit, order, dev, network, activation, init, start, iterations, epochs, batch, optimizer, rate, schedule, finalRate, decay, smoothing, dropout, averaging, clip, deform,
            patience, seed, device, threads, fusion, product, math, profile, save, checkpoint, every, resume, history, report, live, port, repeat, json, quiet])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether only the list of recipes is asked for.</summary>
    public bool ListsPresets(ParseResult parsed) => parsed.GetValue(listPresets);

    /// <summary>The options given, completed by those of the checkpoint or the recipe that they name.</summary>
    /// <exception cref="UserErrorException">They do not fit each other or the checkpoint.</exception>
    public TrainRequest Read(Command command, ParseResult parsed)
    {
        var given = TrainArguments.Given(parsed);
        if (parsed.GetValue(resume) is { } file)
        {
            var from = Checkpoint.Load(file);
            var kept = TrainArguments.Parse(command, CheckpointSettings.Options(from), from.Path);
            TrainArguments.RefuseContradictions(command, parsed, kept, CheckpointSettings.Free, from.Path);
            var all = CheckpointSettings.Options(from);
            foreach (var option in given)
            {
                all[option.Key] = option.Value;
            }

            all.TryAdd(checkpoint.Name, AtomicFile.Replaced(file));
            return Read(TrainArguments.Parse(command, all, from.Path)) with { Resumed = from };
        }

        return parsed.GetValue(preset) is { } name ? Read(TrainArguments.Parse(command, TrainArguments.Over(Presets.Named(name).Options, given), $"--preset {name}")) : Read(parsed);
    }

    private TrainRequest Read(ParseResult parsed)
    {
        var startFile = parsed.GetValue(start);
        CommonOptions.RefuseBoth(startFile is not null && parsed.GetResult(init) is { Implicit: false }, "The start is given twice", "--start and --init", "leave out --init");
        CommonOptions.RefuseBoth(startFile is not null && parsed.GetValue(repeat) > 1, "A start from a file is the same for every seed", "--start and --repeat", "leave out --repeat, or draw the starts with --init");
        CommonOptions.RefuseBoth(parsed.GetValue(iterations) is not null && parsed.GetValue(epochs) is not null, "The length of the run is given twice", "--iterations and --epochs", "leave one out");

        CommonOptions.RefuseBoth(parsed.GetValue(checkpoint) is not null && parsed.GetValue(repeat) > 1, "A checkpoint is of one run", "--checkpoint and --repeat", "leave one out, or train the seeds one by one with --seed");
        RequireBeside(parsed.GetValue(every) is not null && parsed.GetValue(checkpoint) is null, "There is no checkpoint to write so often", "--every", "--checkpoint FILE beside it", "name the file, or leave out --every");
        RequireBeside(parsed.GetValue(port) is not null && !parsed.GetValue(live), "There is no page to listen for", "--port", "--live beside it", "add --live, or leave out --port");
        RequireBeside(parsed.GetValue(patience) > 0 && parsed.GetValue(batch) is not > 0, "Only epochs of batches are judged one by one", "--patience", "--batch N beside it", "take batches, or leave out --patience");
        var kind = OptionNames.Optimizers[parsed.GetValue(optimizer)!];
        var alpha = parsed.GetValue(rate) ?? (kind switch { Optimizer.GradientDescent => DescentRate, Optimizer.Momentum => MomentumRate, _ => AdamRate });
        var falling = OptionNames.Schedules[parsed.GetValue(schedule)!];
        return new TrainRequest
        {
            Data = parsed.GetValue(data)!,
            Limit = parsed.GetValue(limit),
            Shuffled = parsed.GetValue(order) == "shuffled",
            Development = parsed.GetValue(dev),
            Network = parsed.GetValue(network) ?? (startFile is null ? NetworkShape.Parse(DefaultNetwork) : null),
            Activation = parsed.GetValue(activation) is { } name ? OptionNames.Activations[name] : null,
            Init = OptionNames.Starts[parsed.GetValue(init)!],
            StartFile = startFile,
            Iterations = parsed.GetValue(iterations) ?? (parsed.GetValue(epochs) is null ? TutorialSteps : null),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            Rule = new UpdateRule(alpha, kind) { WeightDecay = parsed.GetValue(decay), ClipNorm = parsed.GetValue(clip), Averaging = parsed.GetValue(averaging) },
            Schedule = falling,
            FinalRate = FinalRate(parsed.GetValue(finalRate), falling, alpha),
            LabelSmoothing = parsed.GetValue(smoothing),
            Dropout = parsed.GetValue(dropout),
            Deformation = DeformText.Parse(parsed.GetValue(deform)!),
            Patience = parsed.GetValue(patience),
            CheckpointFile = parsed.GetValue(checkpoint),
            Every = parsed.GetValue(every),
            HistoryFile = parsed.GetValue(history),
            ReportFile = parsed.GetValue(report),
            LivePort = parsed.GetValue(live) ? parsed.GetValue(port) ?? LivePort : null,
            Given = TrainArguments.Given(parsed),
            Preset = Presets.Named(parsed.GetValue(preset) ?? Presets.Default),
            MustReach = parsed.GetValue(mustReach),
            Seed = parsed.GetValue(seed),
            Device = parsed.GetValue(device)!,
            Threads = parsed.GetValue(threads),
            Kernels = CommonOptions.Kernels(parsed.GetValue(product)!, parsed.GetValue(math), parsed.GetValue(fusion)!, parsed.GetValue(profile)),
            SaveFile = parsed.GetValue(save),
            Repeat = parsed.GetValue(repeat),
            Json = parsed.GetValue(json),
            Quiet = parsed.GetValue(quiet),
        };
    }

    /// <summary>p, as <see cref="Model.Dropout"/> demands.</summary>
    private static double ParseDropout(string text)
    {
        var share = CommonOptions.ParseShare("--dropout", text);
        return share <= Model.Dropout.Greatest
            ? share
            : throw new UserErrorException("Nearly every unit would be dropped", where: "--dropout", expected: $"a number from 0 to {Model.Dropout.Greatest}", found: text, todo: "make it smaller");
    }

    private static double? FinalRate(double? final, Schedule schedule, double alpha)
    {
        if (final is not null && schedule != Schedule.Exponential)
        {
            throw new UserErrorException("Only the exponential schedule ends where it is told", where: "--final-rate", expected: "--schedule exponential beside it",
                found: $"--schedule {OptionNames.Of(OptionNames.Schedules, schedule)}", todo: "leave out --final-rate, or take that schedule");
        }

        return final > alpha
            ? throw new UserErrorException("The rate cannot rise along this schedule", where: "--final-rate", expected: $"at most {alpha}, the --rate it starts from", found: $"{final}", todo: "make it smaller")
            : final;
    }

    private static void RequireBeside(bool missing, string what, string where, string expected, string todo)
    {
        if (missing)
        {
            throw new UserErrorException(what, where, expected, found: "none", todo: todo);
        }
    }
}
