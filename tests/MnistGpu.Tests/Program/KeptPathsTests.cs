using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>Which files a resumed run may write because its checkpoint says so.</summary>
public sealed class KeptPathsTests : IDisposable
{
    private const string Run = "0123456789abcdef0123456789abcdef";

    private static readonly List<EpochRow> Rows =
        [new(1, 10, 2.5, 0.1, 0.25, 0.01, 1000), new(2, 20, 1.5, 0.2, 0.5, 0.01, 2000)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("m", true)]
    [InlineData("runs/m", true)]
    [InlineData("../m", false)]
    [InlineData(".config/m", false)]
    [InlineData(".profile", false)]
    [InlineData("/nowhere/m", false)]
    [InlineData("/etc/cron.d/m", false)]
    public void ANewFileIsWrittenOnlyWhereTheUserWorks(string path, bool isWritten) =>
        Require(path.StartsWith('/') ? path : folder.File(path), isWritten);

    [Fact]
    public void AModelIsReplacedOnlyByTheRunThatWroteIt()
    {
        Require(Model("own", new() { ["run"] = Run }), isWritten: true);
        Require(Model("other", new() { ["run"] = Run.Replace('0', '1') }), isWritten: false);
        Require(Model("older", []), isWritten: false);
        Require(folder.Write("notes.txt", "dear diary"u8.ToArray()), isWritten: false);
        Require(folder.Path, isWritten: false);
        Require(Model("own", new() { ["run"] = "x" }), isWritten: false, run: "x");
    }

    [Fact]
    public void AReportIsReplacedOnlyByTheRunThatWroteIt()
    {
        using var outcomes = new Reports.Outcomes("784-10");
        var page = outcomes.Page("--checkpoint c");
        var name = page[(page.IndexOf("name=\"run\" content=\"", StringComparison.Ordinal) + 20)..][..32];
        var path = folder.Write("r.html", System.Text.Encoding.UTF8.GetBytes(page));
        Require(path, isWritten: true, run: name);
        Require(path, isWritten: false);
        Assert.DoesNotContain("name=\"run\"", outcomes.Page("--iterations 3"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(-1, false)]
    public void AHistoryIsReplacedOnlyByTheRunWhoseRowsItHas(int rows, bool isWritten)
    {
        List<EpochRow> written = rows < 0 ? [Rows[0] with { Loss = 2.25 }]
            : [.. Rows.Append(new(3, 30, 1, 0.3, 0.5, 0.01, 10)).Take(rows)];
        var csv = TrainingHistory.ToCsv(new TrainingPosition { History = written });
        Require(folder.Write("h.csv", System.Text.Encoding.UTF8.GetBytes(csv)), isWritten);
    }

    [Fact]
    public void TheSettingsThatNameFilesToWriteAreAllOfThem() => Assert.Equal(
        [TrainSettings.Save, TrainSettings.Report, TrainSettings.History],
        TrainSettings.All.Where(setting => setting.IsWritten));

    [Fact]
    public void TheUserMayNameItAgain()
    {
        var model = Model("other", []);
        var checkpoint = folder.File("c");
        var job = ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "50", "--dev", "5", "--iterations",
            "2", "--network", "784-2-10", "--device", "simd", "--save", model + "2", "--checkpoint", checkpoint);
        Assert.Equal(0, job.ExitCode);
        File.Copy(model, model + "2", overwrite: true);
        var refused = ProgramRun.Run(folder, "train", "--resume", "c");
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains($"--save {model}2", refused.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(model + "2"));
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--resume", "c", "--save", model + "2").ExitCode);
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--resume", "c").ExitCode);
    }

    private void Require(string path, bool isWritten, string run = Run)
    {
        var from = new Checkpoint(folder.File("c"), new NetworkState(NetworkShape.Parse("784-10")),
            new TrainingPosition { History = Rows }, new Dictionary<string, string> { ["run"] = run });
        if (isWritten)
        {
            KeptPaths.Require(TrainSettings.Save, path, from);
        }
        else
        {
            Refused.With(() => KeptPaths.Require(TrainSettings.Save, path, from), $"--save {path}", "name it again");
        }
    }

    private string Model(string name, Dictionary<string, string> metadata)
    {
        var state = Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1);
        ModelFile.Save(folder.File(name), state, false, metadata);
        return folder.File(name);
    }
}
