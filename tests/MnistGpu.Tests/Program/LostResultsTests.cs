using System.Diagnostics;
using MnistGpu.Model;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>Whatever happens to a run, what it or an earlier one learnt is not lost.</summary>
public sealed class LostResultsTests : IDisposable
{
    private static readonly string[] Small = ["train", "--data", "synthetic", "--limit", "200", "--dev", "20",
        "--network", "784-4-10", "--device", "simd"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AModelThatIsReplacedIsKeptAndBothAccuraciesAreSaid()
    {
        var path = Model(new Dictionary<string, string> { ["test_accuracy"] = "0.9783" });
        var good = File.ReadAllBytes(path);
        var run = ProgramRun.Run(folder, [.. Small, "--save", "m.safetensors", "--iterations", "1"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"m\.safetensors; .*\d % test replaced a model of 97\.83 % test, which is now .*m\.safetensors\"
            + ".previous", run.Rows);
        Assert.Equal(good, File.ReadAllBytes(path + ".previous"));
        Assert.Equal(1, ModelFile.Load(path).State.Step);
    }

    [Fact]
    public void AReportAndAHistoryThatAreReplacedAreKept()
    {
        var report = File.ReadAllBytes(folder.Write("r.html", [1]));
        var history = File.ReadAllBytes(folder.Write("h.csv", [2]));
        Assert.Equal(0, ProgramRun.Run(folder, [.. Small, "--save", "m", "--batch", "60", "--epochs", "2", "--report",
            "r.html", "--history", "h.csv"]).ExitCode);
        Assert.Equal(report, File.ReadAllBytes(folder.File("r.html.previous")));
        Assert.Equal(history, File.ReadAllBytes(folder.File("h.csv.previous")));
        Assert.Equal(3, File.ReadLines(folder.File("h.csv")).Count());
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    [InlineData("-HUP")]
    public async Task AnInterruptedRunSavesBesideAFinishedModelAndNeverOverIt(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the kill command to send a signal");
        var path = Model();
        var good = File.ReadAllBytes(path);
        using var process = ProgramRun.Start(folder, [.. Small, "--save", path, "--batch", "50", "--epochs", "900000"]);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && !line.TrimStart().StartsWith("3/", StringComparison.Ordinal))
        {
        }

        using var kill = Process.Start("kill", [signal, $"{process.Id}"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(130, run.ExitCode);
        Assert.Equal(good, File.ReadAllBytes(path));
        Assert.InRange(ModelFile.Load(folder.File("m.interrupted.safetensors")).State.Step, 3, long.MaxValue);
        Assert.Contains("evaluate " + folder.File("m.interrupted.safetensors"), run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void ARunStoppedBeforeItsFirstStepSavesNothing(long taken, bool isSaved)
    {
        var place = new ModelPlace(folder.File("m"));
        var model = new ModelFile(Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1),
            new Dictionary<string, string>());
        var result = new TrainingResult(TrainingEnd.Cancelled, taken, taken, taken, 0, TimeSpan.Zero);
        Assert.Equal(isSaved ? folder.File("m.interrupted") : null, place.Save(model, false, result));
        Assert.False(File.Exists(folder.File("m")));
        Assert.Equal(isSaved, File.Exists(folder.File("m.interrupted")));
    }

    [Fact]
    public void SavingTwiceInOneRunKeepsWhatWasThereBeforeTheRun()
    {
        var before = File.ReadAllBytes(folder.Write("m.interrupted", [1, 2, 3]));
        var place = new ModelPlace(folder.File("m"));
        var model = new ModelFile(Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1),
            new Dictionary<string, string>());
        var result = new TrainingResult(TrainingEnd.Cancelled, 5, 5, 5, 0, TimeSpan.Zero);
        place.Save(model, false, result);
        place.Save(model, false, result);
        Assert.Equal(before, File.ReadAllBytes(folder.File("m.interrupted.previous")));
        Assert.Equal((folder.File("m.interrupted.previous"), null), (place.Replaced?.Path, place.Replaced?.Accuracy));
    }

    [Fact]
    public void DrawnDigitsReplaceNoDataSet()
    {
        folder.Write("digits/train-labels-idx1-ubyte.gz", [1]);
        var run = ProgramRun.Run(folder, "data", "synth", "digits", "--count", "5", "--test", "0");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("train-labels-idx1-ubyte.gz", run.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.File("digits")));
    }

    [Theory]
    [InlineData("exec >/dev/full 2>&1")]
    [InlineData("exec >&- 2>&-")]
    [InlineData("exec 2>/dev/full")]
    public void OutputThatCannotBeWrittenIsDroppedAndTheModelSaved(string line)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var process = ProgramRun.StartAfter(line, folder,
            [.. Small, "--save", "m", "--batch", "50", "--epochs", "3"]);
        Assert.Equal(0, ProgramRun.Finish(process).ExitCode);
        Assert.Equal(12, ModelFile.Load(folder.File("m")).State.Step);
    }

    [Fact]
    public void AResultThatCannotBeWrittenIsNoSuccess()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var process = ProgramRun.StartAfter("exec >/dev/full", folder, "devices", "--json");
        var run = ProgramRun.Finish(process);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("output could not be written", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export DOTNET_EnableWriteXorExecute=0; ulimit -f 8")]
    [InlineData("ulimit -n 45")]
    public void ALimitOfTheSystemIsAMessageAndLeavesNothing(string limit)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell that sets limits");
        using var process = ProgramRun.StartAfter(limit, folder, [.. Small, "--save", "m", "--iterations", "1"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private string Model(Dictionary<string, string>? metadata = null)
    {
        var path = folder.File("m.safetensors");
        ModelFile.Save(path, Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1), false, metadata ?? []);
        return path;
    }
}
