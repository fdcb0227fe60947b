using System.Text.Json;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

public sealed class PresetTests : IDisposable
{
    private static readonly string[] Names = ["tutorial", "quick", "simard2003", "modern", "committee",
        "ciresan2010", "fashion"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheListIsThereAsJsonToo()
    {
        var presets = ProgramRun.Run(folder, "train", "--preset", "list", "--json").Json.GetProperty("presets");
        Assert.Equal(Preset.All.Select(preset => (preset.Name, preset.Mark, preset.Options())),
            presets.EnumerateArray().Select(preset => (preset.GetProperty("name").GetString()!,
            preset.GetProperty("pass_mark").Deserialize<double?>(), preset.GetProperty("options").GetString()!)));
    }

    [Fact]
    public void ARecipesOptionsAreTheLibrarysInTheWordsOfTheCommandLine() => Assert.Equal(
        ["", "--limit all --hidden 512 --init he --epochs 5 --batch 256 --optimizer adam --rate 0.008 --schedule "
            + "one-cycle --smoothing 0.05"],
        [Preset.Tutorial.Options(), Preset.Quick.Options()]);

    [Fact]
    public void ARecipeOnTheCommandLineIsTheLibrarys()
    {
        foreach (var preset in Preset.All)
        {
            var train = TrainCommand.Create();
            var request = TrainReader.Read(train, train.Parse($"--preset {preset.Name}"));
            var (asked, own) = (request.Options, preset.Options);
            Assert.Equal(own.Hidden, request.Shape(null).Widths[1..^1]);
            Assert.Equal(own.Limit, request.Limit is 0 ? null : request.Limit ?? 42_000);
            Assert.Equal(own with { Hidden = [], Limit = null, Epochs = 0, Activation = null, Rate = null },
                asked with { Hidden = [], Limit = null, Epochs = 0, Activation = null, Rate = null });
            Assert.Equal(own.Rule(), asked.Rule());
            Assert.Equal(own.Plan(50_000, 1).Steps, request.Options.Plan(50_000, 1).Steps);
        }
    }

    [Fact]
    public void TheListNamesThemAllWithSourceTimeAndAccuracy()
    {
        var run = ProgramRun.Run(folder, "train", "--preset", "list");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var name in Names)
        {
            Assert.Contains($"\n{name}", $"\n{run.Output}", StringComparison.Ordinal);
        }

        foreach (var part in (string[])["source", "time", "expected", "pass mark"])
        {
            Assert.Equal(Names.Length, run.Output.Split($"  {part} ").Length - 1);
        }
    }

    [Fact]
    public void EachRunsAndItsOptionsCanBeOverridden()
    {
        foreach (var name in Names)
        {
            var run = ProgramRun.Run(folder, "train", "--preset", name, "--data", "synthetic", "--limit", "60", "--dev",
                "10", "--iterations", "1", "--network", "784-9-8-10", "--batch", "25", "--seed", "3", "--json",
                "--device", "simd");
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Equal((name, "784-9-8-10", 1, 50),
                (run.Json.GetProperty("preset").GetString(), run.Json.GetProperty("network").GetString(),
                run.Json.GetProperty("steps").GetInt32(), run.Json.GetProperty("images").GetInt32()));
            Assert.Equal(name == "ciresan2010"
                ? "tanh" : "relu", ModelFile.Load(folder.File("model.safetensors")).Metadata["activation"]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("quik")]
    public void AWrongNameIsAnsweredWithTheNames(string name)
    {
        var run = ProgramRun.Run(folder, "train", "--preset", name);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(string.Join(", ", Names), run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("12", 0)]
    public void MustReachMakesAMissedMarkTheExitCode(string epochs, int exit)
    {
        // The tutorial's mark is on the development set, which synthetic digits have.
        var run = ProgramRun.Run(folder, "train", "--must-reach", "--data", "synthetic", "--limit", "600", "--dev",
            "100", "--network", "784-16-10", "--init", "he", "--optimizer", "adam", "--rate", "0.01", "--batch", "32",
            "--epochs", epochs);
        Assert.Equal((exit, ""), (run.ExitCode, run.Error));
        Assert.Contains(exit == 0 ? "reached with" : "missed by", run.Output, StringComparison.Ordinal);
        Assert.Contains("50.00 %", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WithSeveralSeedsTheMeanIsJudged()
    {
        var run = ProgramRun.Run(folder, "train", "--must-reach", "--data", "synthetic", "--limit", "300", "--dev",
            "100", "--iterations", "1", "--repeat", "2", "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.False(run.Json.GetProperty("pass_mark_reached").GetBoolean());
    }
}
