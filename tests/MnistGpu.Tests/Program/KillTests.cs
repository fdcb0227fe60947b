using System.Diagnostics;
using System.Globalization;
using MnistGpu.Files;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>
/// Real processes, really killed, and the same bits at the end. MNISTGPU_KILLS names how often each is killed, instead
/// of three times.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const int Rows = 60;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <param name="recipe">The options of the run.</param>
    /// <param name="firstEnds">Whether the first run ends before it is killed, as may happen on a busy machine.</param>
    [Theory]
    [InlineData("--batch 32 --optimizer adam --rate 0.01 --schedule one-cycle --dropout 0.2 --averaging 0.95 --clip 1 "
        + "--smoothing 0.05 --decay 0.0001 --deform shift=1,rotate=10,elastic=20,sigma=5 --patience 60", false)]
    [InlineData("--batch 32 --optimizer momentum --schedule exponential --final-rate 0.001", true)]
    [InlineData("--batch 32 --optimizer rmsprop --rate 0.001 --averaging 0.9", false)]
    [InlineData("--batch 32 --optimizer adamw --schedule cosine --decay 0.01 --activation tanh", false)]
    [InlineData("--iterations 600 --optimizer nesterov --rate 0.05 --dropout 0.1", false)]
    public async Task ARunKilledManyTimesEndsInTheBitsOfOneThatWasNot(string recipe, bool firstEnds)
    {
        var isByEpochs = recipe.Contains("--batch", StringComparison.Ordinal);
        string[] job = ["train", "--data", "synthetic", "--limit", "400", "--dev", "80", "--network", "784-12-10",
            "--init", "he", "--device", "simd", "--seed", "7", .. recipe.Split(' '),
            .. isByEpochs ? (string[])["--epochs", $"{Rows}"] : []];
        Assert.Equal(0, ProgramRun.Run(folder, [.. job, "--save", "whole", "--checkpoint", "whole.ckpt", "--every",
            "300"]).ExitCode);
        var kills = int.TryParse(Environment.GetEnvironmentVariable("MNISTGPU_KILLS"), NumberStyles.None,
            CultureInfo.InvariantCulture, out var asked) ? asked : 3;
        var random = new Random(5);
        var killed = 0;
        for (var tries = 0; killed < kills; tries++)
        {
            Assert.True(tries < 20 * kills, "runs end before they can be killed: make them longer");
            // A resumed run needs nothing but the file: the first has the options.
            using var process = killed == 0
                ? ProgramRun.Start(folder, [.. job, "--save", "resumed", "--checkpoint", "k.ckpt", "--every", "3"])
                : ProgramRun.Start(folder, "train", "--resume", "k.ckpt", "--every", "3");
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            if (firstEnds && tries == 0)
            {
                await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            await Reached(process, (killed + 1) * (isByEpochs ? Rows : 600) * 8 / 10 / kills);
            await Task.Delay(random.Next(12), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain("error", await error, StringComparison.Ordinal);
            Assert.True(Checkpoint.Load(folder.File("k.ckpt")).Path == folder.File("k.ckpt"), "it was not there");
            killed = process.ExitCode != 0 ? killed + 1 : 0;
            if (killed == 0)
            {
                // Where this process had to wait for the machine, the run ended first. Another begins, of another name,
                // which would not write over what the ended one wrote.
                Array.ForEach([.. Directory.GetFiles(folder.Path, "resumed*"),
                    .. Directory.GetFiles(folder.Path, "k.ckpt*")], File.Delete);
            }
        }

        var last = ProgramRun.Run(folder, "train", "--resume", "k.ckpt");
        Assert.Equal(0, last.ExitCode);
        SavedTensors.AssertSame(folder.File("whole"), folder.File("resumed"));
        SavedTensors.AssertSame(folder.File("whole.ckpt"), folder.File("k.ckpt"));
        Assert.Equal(History("whole"), History("resumed"));
        Assert.Empty(Directory.GetFiles(folder.Path, ".*.tmp"));
    }

    [Fact]
    public async Task TwoWritersOfOneFileLeaveOneThatIsWhole()
    {
        await Task.WhenAll(Enumerable.Range(1, 2).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 60; i++)
            {
                AtomicFile.Write(folder.File("c"), file => file.Write(Enumerable.Repeat((byte)writer, 5000).ToArray()),
                    keepPrevious: true);
            }
        })));
        foreach (var name in (string[])["c", "c.previous"])
        {
            var bytes = File.ReadAllBytes(folder.File(name));
            Assert.Equal(5000, bytes.Length);
            Assert.Single(bytes.Distinct());
        }

        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenToIsSaidBeforeAnythingIsTrained()
    {
        Assert.SkipUnless(Directory.Exists("/proc"), "needs /proc, which nobody can write to");
        string[] job = ["train", "--data", "synthetic", "--limit", "60", "--iterations", "1", "--device", "simd"];
        using var unnamed = ProgramRun.StartAfter("cd /proc", folder, job);
        var run = ProgramRun.Finish(unnamed);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("will not be saved", run.Error, StringComparison.Ordinal);
        using var named = ProgramRun.StartAfter("cd /proc", folder, [.. job, "--save", "m"]);
        run = ProgramRun.Finish(named);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
    }

    /// <summary>Reads the program's rows until one is reached, or the program ended.</summary>
    private static async Task Reached(Process process, int row)
    {
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Replace("step", "", StringComparison.Ordinal).Split('/') is [var done, _, ..]
                && int.TryParse(done, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var now)
                && now >= row)
            {
                return;
            }
        }
    }

    /// <summary>The history in a model file, without the times.</summary>
    private List<EpochRow> History(string model) =>
        [.. TrainingHistory.Parse(ModelFile.Load(folder.File(model)).Metadata["history"])
            .Select(row => row with { ImagesPerSecond = 0 })];
}
