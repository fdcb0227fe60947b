using System.Diagnostics;
using System.Text.Json;
using MnistGpu.Gpu;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

public sealed partial class TrainCommandTests : IDisposable
{
    private static readonly string[] Small = ["train", "--data", "synthetic", "--limit", "600", "--dev", "100",
        "--iterations", "20", "--device", "simd"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void JsonIsOneObjectWithTheFieldsPromised()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(("simd", "784-10-10", 500, 20), (
            run.Json.GetProperty("device").GetString(), run.Json.GetProperty("network").GetString(),
            run.Json.GetProperty("images").GetInt32(), run.Json.GetProperty("steps").GetInt32()));
        foreach (var name in (string[])["seconds_setup", "seconds_training", "ms_per_step", "images_per_second", "loss",
            "train_accuracy", "dev_accuracy", "test_accuracy"])
        {
            Assert.Equal(JsonValueKind.Number, run.Json.GetProperty(name).ValueKind);
        }

        Assert.Equal("model.safetensors", run.Json.GetProperty("model").GetString());
        Assert.Equal(20, ModelFile.Load(folder.File("model.safetensors")).State.Step);
    }

    [Fact]
    public void TheResultTellsAccuracyConfusionTimesModelAndWhatToDoNext()
    {
        var run = ProgramRun.Run(folder, Small);
        Assert.Equal(0, run.ExitCode);
        foreach (var part in (string[])["step     20/20", "development", "predicted", "a row per digit", "load",
            "train", "evaluate", "model.safetensors", "next"])
        {
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void QuietPrintsTheResultOnly()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--quiet"]);
        Assert.DoesNotContain("20/20", run.Output,
            StringComparison.Ordinal);
        Assert.Contains("accuracy", run.Output, StringComparison.Ordinal);
        Assert.InRange(run.Output.Split('\n').Length, 3, 10);
    }

    [Fact]
    public void RepeatedSeedsGiveMeanAndDeviation()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--repeat", "3"]);
        Assert.Contains("±", run.Output, StringComparison.Ordinal);
        Assert.Contains("over 3 seeds", run.Output, StringComparison.Ordinal);
        var json = ProgramRun.Run(folder, [.. Small, "--repeat", "3", "--json"]).Json;
        Assert.Equal([0UL, 1, 2], json.GetProperty("runs").EnumerateArray()
            .Select(r => r.GetProperty("seed").GetUInt64()));
        Assert.Equal(json.GetProperty("dev_accuracy").GetDouble(), json.GetProperty("runs").EnumerateArray()
            .Max(r => r.GetProperty("dev_accuracy").GetDouble()));
    }

    [Fact]
    public void TheSameSeedTrainsTheSameModelOnAnyNumberOfThreads()
    {
        ProgramRun.Run(folder, [.. Small, "--threads", "1", "--save", "one"]);
        ProgramRun.Run(folder, [.. Small, "--threads", "3", "--save", "three"]);
        Agreement.SameBits(ModelFile.Load(folder.File("one")).State, ModelFile.Load(folder.File("three")).State);
    }

    [Fact]
    public void AStartedModelGoesOnWhereItStopped()
    {
        ProgramRun.Run(folder, [.. Small, "--save", "whole"]);

        ProgramRun.Run(folder, With("--iterations 12 --save half"));
        ProgramRun.Run(folder, With("--iterations 8 --save rest --start half"));
        var rest = ModelFile.Load(folder.File("rest")).State;
        Agreement.SameBits(ModelFile.Load(folder.File("whole")).State, rest);
        Assert.Equal(20, rest.Step);
    }

    [Fact]
    public void MinibatchesOfAdamLearnInAFewEpochsAndTheModelSaysHow()
    {
        var run = ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "3000", "--dev", "500", "--network",
            "784-32-10", "--init", "he", "--optimizer", "adam", "--batch", "64",
            "--epochs", "5", "--schedule", "one-cycle", "--rate", "0.01", "--smoothing", "0.05", "--device", "simd",
                "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(5 * 40, run.Json.GetProperty("steps").GetInt32());
        Assert.InRange(run.Json.GetProperty("dev_accuracy").GetDouble(), 0.9, 1);
        var metadata = ModelFile.Load(folder.File("model.safetensors")).Metadata;
        Assert.Equal(("adam", "one-cycle", "64", "0.05"),
            (metadata["optimizer"], metadata["schedule"], metadata["batch"], metadata["smoothing"]));
    }

    [Fact]
    public void TheActivationIsPartOfTheModel()
    {
        ProgramRun.Run(folder, With("--activation tanh --init he --save m --network 784-6-10"));
        Assert.Equal(Activation.ScaledTanh, ModelFile.Load(folder.File("m")).State.Shape.Activation);
        Assert.Equal(0, ProgramRun.Run(folder, With("--start m --save n")).ExitCode);
        Assert.Equal(Activation.ScaledTanh, ModelFile.Load(folder.File("n")).State.Shape.Activation);
        var other = ProgramRun.Run(folder, With("--start m --activation relu"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("784-6-10 tanh", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TheModelSaysWithWhatItWasRegularized()
    {
        var run = ProgramRun.Run(folder,
            With("--network 784-16-10 --init he --batch 50 --epochs 2 --dropout 0.25 --averaging 0.9 --clip 2 "
                + "--deform rotate=5,shift=1 --optimizer adam --limit all --dev 59000")
            .Where(o => o is not "--iterations" and not "20").ToArray());
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var metadata = ModelFile.Load(folder.File("model.safetensors")).Metadata;
        Assert.Equal(("0.25", "0.9", "2", "relu"),
            (metadata["dropout"], metadata["averaging"], metadata["clip"], metadata["activation"]));
        Assert.Contains("rotate=5", metadata["deform"], StringComparison.Ordinal);
        Assert.Contains("dropout 0.25", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AResultWorseThanGuessingSaysSoFirst()
    {
        var run = ProgramRun.Run(folder, With("--rate 1000 --quiet"));
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^  warning +worse than guessing: .* try --rate 0\.1\b", run.Rows);
    }

    [Fact]
    public void TheReferenceSavesDoubles()
    {
        ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "50", "--dev", "0", "--iterations", "2",
            "--device", "reference", "--save", "m", "--network", "784-6-5-10");
        var W1 = ModelFile.Load(folder.File("m")).State.W[0];
        Assert.Contains(W1, w => w != (float)w);
    }

    [Fact]
    public void WithoutDataOrNetworkSyntheticDigitsServeAndItSaysSo()
    {
        var run = ProgramRun.Run(folder, "train", "--limit", "600", "--dev", "100", "--iterations", "3");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("synthetic", run.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void TheCpuAcceleratorRunsWithANotice()
    {
        var run = ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "60", "--dev", "10", "--iterations",
            "2", "--device", "cpu");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("simulator", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void GpuWithoutOneIsTheSimulatorAndSaysSo()
    {
        Assert.SkipWhen(Engines.List().Any(choice => choice.IsGpu), "needs a machine without a GPU");
        var run = ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "60", "--iterations", "2",
            "--device", "gpu");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("no GPU", run.Error, StringComparison.Ordinal);
        Assert.Contains("cpu: ILGPU's CPU accelerator", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ALinkIsFollowedWhenSaving()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs symbolic links without privileges");
        File.CreateSymbolicLink(folder.File("link"), folder.File("real"));
        File.WriteAllText(folder.File("real"), "old");
        Assert.Equal(0, ProgramRun.Run(folder, [.. Small, "--save", "link"]).ExitCode);
        Assert.NotNull(new FileInfo(folder.File("link")).LinkTarget);
        Assert.Equal(20, ModelFile.Load(folder.File("real")).State.Step);
    }

    [Theory]
    [InlineData("1e30", 20)]
    [InlineData("1e38", 1)]
    public void ARunThatDivergesStopsAndSavesNothing(string rate, int iterations)
    {
        var run = ProgramRun.Run(folder, With($"--rate {rate} --iterations {iterations}"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("diverged", run.Error, StringComparison.Ordinal);
        Assert.Contains("--rate", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("model.safetensors")));
    }

    [Fact]
    public void PatienceNeedsADevelopmentSetEvenWhereTheDefaultLeavesNone()
    {
        var run = ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "9", "--batch", "1", "--patience",
            "2");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("images held out", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunThatDivergesLateKeepsItsHistoryAndItsCheckpoint()
    {
        // Each step multiplies the weights by 1 − 3·0.999, about −2: 10 steps an epoch reach the end of float32
        // after a dozen epochs.
        var run = ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "500", "--dev", "0", "--network",
            "784-10", "--device", "simd", "--rate", "3", "--decay", "0.999", "--batch", "50", "--epochs", "40",
            "--history", "h.csv", "--checkpoint", "c");
        Assert.Equal(1, run.ExitCode);
        var rows = File.ReadAllLines(folder.File("h.csv")).Length - 1;
        Assert.InRange(rows, 5, 39);
        Assert.Equal(rows, Checkpoint.Load(folder.File("c")).Position.History.Count);
        Assert.Contains($"the checkpoint of step {rows * 10} is in c", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing was saved", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCSavesAndTellsHowToGoOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the kill command to send a signal");
        using var process = ProgramRun.Start(folder, "train", "--data", "synthetic", "--limit", "3000", "--iterations",
            "100000000", "--device", "simd", "--save", "m", "--rate", "0.05");
        await ProgramRun.Until(process, "step ");
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(130, run.ExitCode);
        var step = ModelFile.Load(folder.File("m.interrupted")).State.Step;
        Assert.InRange(step, 1, 99_999_999);
        Assert.EndsWith($"train --start m.interrupted --iterations {100_000_000 - step} --seed 0 --data synthetic "
            + "--limit 3000 --rate 0.05 --device simd --save m", run.Commands.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCInARepetitionLeavesTheRunOutOfTheMean()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the kill command to send a signal");
        using var process = ProgramRun.Start(folder, "train", "--data", "synthetic", "--limit", "1000", "--iterations",
            "3000", "--repeat", "1000", "--device", "simd", "--save", "m");
        await ProgramRun.Until(process, "seed 1 ");
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(130, run.ExitCode);
        Assert.Contains("is not in the mean", run.Output, StringComparison.Ordinal);
        Assert.Equal(3000, ModelFile.Load(folder.File("m")).State.Step);
    }

    /// <summary>The small job with these options instead of its own.</summary>
    private static string[] With(string arguments)
    {
        var replaced = arguments.Split(' ');
        return ["train", .. Small.Skip(1).Chunk(2).Where(option => !replaced.Contains(option[0]))
            .SelectMany(option => option), .. replaced];
    }
}
