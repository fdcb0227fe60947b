using System.Globalization;
using System.Text.RegularExpressions;
using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Exchange.Twin;
using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Exchange;

/// <summary>The script runs in Python, against the float64 reference.</summary>
public sealed class TwinScriptTests : IDisposable
{
    private const int Taken = 90;
    private const int HeldOut = 10;
    private const ulong Seed = (7UL << 32) + 3;

    private static readonly Dictionary<string, Job> Jobs = new()
    {
        ["the tutorial's"] = new(new UpdateRule(0.1)) { Start = Start.Normal, Batch = null },
        ["uniform start"] = new(new UpdateRule(0.1)) { Start = Start.Uniform, Activation = Activation.ScaledTanh },
        ["a start from a file"] = new(new UpdateRule(0.1)) { IsStarted = true },
        ["momentum"] = new(new UpdateRule(0.05, Optimizer.Momentum) { WeightDecay = 0.01 }),
        ["nesterov, exponential"] = new(new UpdateRule(0.05, Optimizer.Nesterov))
        {
            Schedule = Schedule.Exponential,
            Activation = Activation.LeakyReLU,
        },
        ["rmsprop, cosine"] = new(new UpdateRule(0.01, Optimizer.RMSprop)) { Schedule = Schedule.Cosine },
        ["adam, one-cycle, smoothing, clipping"] = new(new UpdateRule(0.01, Optimizer.Adam) { ClipNorm = 0.3 })
        {
            Schedule = Schedule.OneCycle,
            Smoothing = 0.1,
        },
        ["adamw, averaging"] = new(new UpdateRule(0.01, Optimizer.AdamW) { WeightDecay = 0.1, Averaging = 0.5 }),
        ["dropout"] = new(new UpdateRule(0.1)) { Dropout = 0.3 },
        ["dropout, full batch"] = new(new UpdateRule(0.1)) { Dropout = 0.3, Batch = null },
        ["shift and turn"] = new(new UpdateRule(0.1)) { Deformation = new() { Shift = 2, Rotation = 20 } },
        ["all deformations, file order"] = new(new UpdateRule(0.1))
        {
            Deformation = new() { Shift = 1, Rotation = 12, Scale = 0.12, Shear = 10, ElasticAlpha = 30 },
            IsShuffled = false,
        },
        ["rectangles that are no digits"] = new(new UpdateRule(0.1))
        {
            Deformation = new() { Width = 16, AreDigits = false, Rotation = 12, Scale = 0.1, ElasticAlpha = 20 },
        },
        ["a run that ended early"] = new(new UpdateRule(0.01, Optimizer.Adam)) { Planned = 40 },
    };

    private readonly TemporaryFolder folder = new();
    private readonly DigitSet digits = SyntheticDigits.Draw(100, 1, SyntheticPart.Train, CancellationToken.None);

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names => [.. Jobs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheScriptEndsInTheModelOfTheReference(string name)
    {
        TwinScript.Write(folder.File("twin.py"), Recipe(Jobs[name]));
        var run = Python.Run(folder, "twin.py");
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {run.Output}");
        Assert.True(run is { ExitCode: 0, Error: "" }, run.Output + run.Error);
        Assert.Contains("the same run, within 1e-09", run.Output, StringComparison.Ordinal);
        Assert.InRange(Difference(run), 0, 1e-9);
        Assert.DoesNotMatch("@[A-Z]", File.ReadAllText(folder.File("twin.py")));
    }

    [Fact]
    public void AnotherModelIsSeen()
    {
        var recipe = Recipe(Jobs["momentum"]);
        recipe.Model.W[1][0] += 0.001;
        TwinScript.Write(folder.File("twin.py"), recipe);
        var run = Python.Run(folder, "twin.py");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("more than 1e-09", run.Output, StringComparison.Ordinal);
        Assert.Equal(0.001, Difference(run), 1e-5);
    }

    [Fact]
    public void WhatARunDidNotUseIsNotInItsScript()
    {
        TwinScript.Write(folder.File("plain.py"), Recipe(Jobs["the tutorial's"]));
        TwinScript.Write(folder.File("bent.py"), Recipe(Jobs["all deformations, file order"]));
        var (plain, bent) = (File.ReadAllText(folder.File("plain.py")), File.ReadAllText(folder.File("bent.py")));
        Assert.All((string[])["deform", "mask", "MOMENT", "BETA", "CLIP", "average", "#if", "#end"], word =>
            Assert.DoesNotContain(word, plain, StringComparison.Ordinal));
        Assert.Contains("def deform", bent, StringComparison.Ordinal);
        Assert.All((plain + bent).Split('\n'), line => Assert.InRange(line.Length, 0, 120));
    }

    private static double Difference(ProgramRun run) => double.Parse(Regex.Match(run.Output,
        @"parameter is (\S+):").Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Trains by the reference, and says what was done.</summary>
    private TwinRecipe Recipe(Job job)
    {
        var shape = NetworkShape.Parse("784-9-7-10").With(job.Activation);
        var split = DevelopmentSplit.Make(digits, Taken, HeldOut, job.IsShuffled ? Seed : null);
        var kept = new Regularization
        {
            Dropout = new Dropout(job.Dropout),
            LabelSmoothing = job.Smoothing,
            Deformation = job.Deformation,
            Seed = Seed,
        };
        using var engine = new ReferenceEngine(shape) { Regularization = kept };
        var start = Initialization.Draw(shape, job.Start, job.IsStarted ? 99 : Seed);
        engine.Load(start);
        engine.Attach(split.Training.X, split.Training.Labels);
        var plan = new TrainingPlan(job.Planned, job.Rule)
        {
            Batches = job.Batch is { } size ? new Batches(split.Training.Count, size, Seed) : null,
            Schedule = job.Schedule,
        };
        using var stop = new CancellationTokenSource();
        var watch = new TrainingWatch
        {
            Progress = at =>
            {
                if (at.Step >= Job.Steps)
                {
                    stop.Cancel();
                }
            },
        };
        Trainer.Run(engine, plan, watch, stop.Token);
        var model = engine.SaveEvaluationParameters();
        Assert.InRange(model.Step, Job.Steps, Math.Max(Job.Steps, job.Planned - 1));
        return new TwinRecipe(model, plan, model.Step, digits)
        {
            Taken = Taken,
            HeldOut = HeldOut,
            IsShuffled = job.IsShuffled,
            Batch = job.Batch,
            Seed = Seed,
            Start = job.Start,
            StartState = job.IsStarted ? start : null,
            Regularization = kept,
        };
    }

    private sealed record Job(UpdateRule Rule)
    {
        public const int Steps = 12;

        public Start Start { get; init; } = Start.He;
        public bool IsStarted { get; init; }
        public int? Batch { get; init; } = 30;
        public Activation Activation { get; init; }
        public Schedule Schedule { get; init; }
        public double Smoothing { get; init; }
        public double Dropout { get; init; }
        public Deformation? Deformation { get; init; }
        public bool IsShuffled { get; init; } = true;
        public long Planned { get; init; } = Steps;
    }
}
