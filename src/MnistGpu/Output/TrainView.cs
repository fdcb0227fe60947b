using System.Diagnostics;
using MnistGpu.Gpu;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Training;
using Spectre.Console;

namespace MnistGpu.Program.Output;

/// <summary>
/// What <c>train</c> shows while it works: a progress bar on a terminal, plain lines elsewhere, nothing with --quiet or
/// --json. Its results are <see cref="TrainSummary"/>'s.
/// </summary>
/// <param name="request">What was asked for.</param>
/// <param name="isPlain">Whether what looks like a terminal may be none: launchers of parallel jobs give their
/// processes one.</param>
internal sealed class TrainView(TrainRequest request, bool isPlain)
{
    private static readonly TimeSpan BetweenUpdates = TimeSpan.FromMilliseconds(100);
    private readonly bool calm = request.Quiet || request.Json;

    /// <summary>A line the user should see, on the error output so that it never mixes with a result.</summary>
    public void Notice(string line)
    {
        if (!calm)
        {
            Console.Error.WriteLine(line);
        }
    }

    /// <summary>What the user must see whatever else is quiet.</summary>
    public static void Warning(string text) => Console.Error.WriteLine($"warning: {text}");

    /// <summary>
    /// Where the live page is: the first line, on the error output where the standard output is for the result only.
    /// </summary>
    public void Listening(Uri url) => (calm ? Console.Error : Console.Out).WriteLine($"Watch the training at {url}");

    public void Start(TrainSetup setup, DevelopmentSplit split, TrainingPlan plan, ulong seed, int run)
    {
        var (data, engine, choice) = setup;
        if (run == 0 && !request.Json)
        {
            Loading.SayNotice(data);

            if (choice.IsHostSimulation)
            {
                var cause = request.Device == "gpu" ? "there is no GPU here, so this is" : "this is";
                Console.Error.WriteLine($"notice: {cause} ILGPU's CPU accelerator, a simulator that proves kernels, "
                    + "hundreds of times slower than --device simd.");
            }
        }

        if (!request.Json)
        {
            KernelNotice.Say(engine);
        }

        foreach (var notice in CheckpointSettings.Notices(request, engine, plan).Where(_ => !request.Json))
        {
            Console.Error.WriteLine($"notice: {notice}");
        }

        if (calm || run > 0)
        {
            return;
        }

        var shape = engine.Shape;
        var (training, development) = (split.Training.Count, split.Development?.Count ?? 0);
        var test = data.Test is { } set ? Readable.Count(set.Count) : "none";
        Console.WriteLine(Readable.Row("data", $"{data.Source}: {Readable.Count(training)} images to train on, "
            + $"{Readable.Count(development)} held out, {test} to test on"));
        var activation = shape.Activation == Activation.ReLU
            ? "" : $" {OptionNames.Of(OptionNames.Activations, shape.Activation)}";
        Console.WriteLine(Readable.Row(
            "network",
            $"{shape}{activation}, {Readable.Count(shape.ParameterCount)} parameters, {Begin()}, seed {seed}"));
        Console.WriteLine(Readable.Row("per image", NetworkCost.Describe(shape)));
        Console.WriteLine(Readable.Row("device", $"{engine.Name}: {engine.Description}"));
        if (setup.Ranks.Count > 1)
        {
            Console.WriteLine(Readable.Row("ranks", $"{setup.Ranks.Count}, by {setup.Ranks.Library}"));
        }

        if (engine is IKernelEngine kernels)
        {
            Console.WriteLine(Readable.Row("products", kernels.Products.Description));
        }

        Console.WriteLine(Readable.Row("training", Describe(plan)));
        Console.WriteLine();
    }

    /// <summary>
    /// Runs a training under a progress bar, plain lines or nothing: a line for each epoch of batches, or for each
    /// tenth of a full-batch run.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="before">The resumed run so far: its rows are shown again, for the whole history.</param>
    /// <param name="train">Trains, and tells the watch.</param>
    public TrainingResult Train(TrainingPlan plan, TrainingPosition before, Func<TrainingWatch, TrainingResult> train)
    {
        if (calm)
        {
            return train(new TrainingWatch());
        }

        return !isPlain && AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
            ? TrainUnderBar(plan, before, train) : TrainWithLines(plan, before, train);
    }

    public void RunDone(TrainRun run)
    {
        if (!calm && request.Runs > 1)
        {
            Console.WriteLine(Readable.Row($"seed {run.Seed}", TrainSummary.Accuracies(run)));
        }
    }

    public void Diverged(TrainingResult result, ulong seed, string left)
    {
        var where = result.Steps == result.LastGoodStep + 1
            ? $"step {result.Steps}" : $"steps {result.LastGoodStep + 1} to {result.Steps}";
        var advice = request.StartFile is null && request.Init != MnistGpu.Start.He ? ", or --init he" : "";
        var rule = $"{OptionNames.Of(OptionNames.Optimizers, request.Rule.Optimizer)}, rate {request.Rule.Alpha}";
        Console.Error.WriteLine($"""
            error: The training diverged: the loss is no longer a number
              where    : {where}, seed {seed}
              found    : {rule}, {Begin()}
              to do    : try a smaller --rate, for example {request.Rule.Alpha / 10:G3}{advice}; {left}
            """);
    }

    /// <summary>How the parameters began.</summary>
    private string Begin() => request.StartFile is { } file
        ? $"started from {file}"
        : $"{OptionNames.Of(OptionNames.Starts, request.Init)} start";

    public void Done(TrainOutcome outcome)
    {
        if (request.Json)
        {
            TrainJson.Write(outcome);
        }
        else
        {
            TrainSummary.Write(outcome);
        }
    }

    private string Describe(TrainingPlan plan)
    {
        var text = plan.Batches is { } batches
            ? $"{Readable.Count(plan.Steps, "step")} in batches of {request.Batch}, "
                + Readable.Count((double)plan.Steps / batches.PerEpoch, "epoch")
            : Readable.Count(plan.Steps, "full-batch step");
        text += $", {OptionNames.Of(OptionNames.Optimizers, request.Rule.Optimizer)}, rate {request.Rule.Alpha}";
        text += plan.Schedule == Schedule.Constant ? "" : $" {OptionNames.Of(OptionNames.Schedules, plan.Schedule)}";
        var lines = TrainSettings.All.Select(setting => setting.LineIn(request.Parsed)).Where(line => line is not null);
        return string.Join(", ", lines.Prepend(text));
    }

    private static string Status(TrainingProgress p) =>
        $"step loss {p.Recent.MeanLoss:0.0000}  accuracy {Readable.Percent(p.Recent.Accuracy)}  "
            + $"{p.Elapsed.TotalMilliseconds / p.Taken:0.00} ms a step  "
            + $"{Readable.Duration((p.Steps - p.Step) * p.Elapsed / p.Taken)} left";

    private static TrainingResult TrainUnderBar(TrainingPlan plan, TrainingPosition before,
        Func<TrainingWatch, TrainingResult> train) => AnsiConsole.Progress()
        .AutoClear(true)
        .Columns(new ProgressBarColumn { Width = 12 }, new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(context =>
        {
            var task = context.AddTask("starting");
            var last = Stopwatch.GetTimestamp();
            return train(new TrainingWatch
            {
                Row = Rows(plan, before, AnsiConsole.WriteLine),
                Progress = p =>
                {
                    if (p.Step == p.Steps || Stopwatch.GetElapsedTime(last) >= BetweenUpdates)
                    {
                        last = Stopwatch.GetTimestamp();
                        task.MaxValue = p.Steps;
                        task.Value = p.Step;
                        task.Description = $"{p.Step}/{p.Steps}  {Status(p)}";
                    }
                },
            });
        });

    private static TrainingResult TrainWithLines(TrainingPlan plan, TrainingPosition before,
        Func<TrainingWatch, TrainingResult> train)
    {
        long next = 1;
        return train(plan.Batches is not null
            ? new TrainingWatch { Row = Rows(plan, before, Console.WriteLine) } : new TrainingWatch
            {
                Progress = p =>
                {
                    if (p.Step >= next || p.Step == p.Steps)
                    {
                        Console.WriteLine($"  step {p.Step,6}/{p.Steps}  {Status(p)}");
                        var tenth = Math.Max(1, p.Steps / 10);
                        next = (p.Step / tenth + 1) * tenth;
                    }
                },
            });
    }

    /// <summary>Writes the rows of a run in batches under their header, those of a resumed run's past first.</summary>
    private static Action<EpochRow, bool>? Rows(TrainingPlan plan, TrainingPosition before, Action<string> write)
    {
        if (plan.Batches is not { } batches)
        {
            return null;
        }

        var epochs = (plan.Steps + batches.PerEpoch - 1) / batches.PerEpoch;
        var isFirst = true;
        var best = double.NegativeInfinity;
        foreach (var row in before.History.ToArray())
        {
            Write(row, row.Development > best);
            best = Math.Max(best, row.Development ?? best);
        }

        return Write;

        void Write(EpochRow row, bool isBest)
        {
            if (isFirst)
            {
                isFirst = false;
                write(EpochLines.Header(row.Development is not null));
            }

            write(EpochLines.Row(row, isBest, epochs));
        }
    }
}
