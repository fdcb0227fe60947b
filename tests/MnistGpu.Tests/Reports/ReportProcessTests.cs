using System.Text.Json;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Reports;

/// <summary>Reports as the program writes them, against what it says of the same run.</summary>
public sealed class ReportProcessTests : IDisposable
{
    private static readonly string[] Small = ["train", "--data", "synthetic", "--limit", "600", "--dev", "100",
        "--network", "784-6-10", "--init", "he", "--batch", "50", "--epochs", "3", "--device", "simd"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheNumbersAreThoseOfTheRun()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--report", "r.html", "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var page = Read("r.html");
        page.AssertSound();
        var json = run.Json;
        Assert.Equal("r.html", json.GetProperty("report").GetString());
        Assert.StartsWith(Percent(json, "test_accuracy"), page.All("h1").Single().Value, StringComparison.Ordinal);
        Assert.Equal((Percent(json, "test_accuracy"), Percent(json, "dev_accuracy"), Percent(json, "train_accuracy")),
            (page.Fact("test accuracy"), page.Fact("development accuracy"), page.Fact("training accuracy")));
        Assert.Equal(json.GetProperty("loss").GetDouble(), Page.Number(page.Fact("training loss")), 0.00005);

        var rows = Page.Rows(page.Section("curves"));
        var history = json.GetProperty("history").EnumerateArray().ToArray();
        Assert.Equal(3, history.Length);
        Assert.Equal(history.Select(row => $"{row.GetProperty("epoch")}"), rows.Select(row => row[0]));
        Assert.Equal(history.Select(row => Percent(row, "dev_accuracy")), rows.Select(row => row[4]));
        Assert.Equal(history.Select(row => row.GetProperty("loss").GetDouble()),
            rows.Select(row => Page.Number(row[1])), (a, b) => Math.Abs(a - b) <= 0.00005);

        // The confusion matrix, the scores and the mistakes are of one set, the test images.
        var confusion = Confusion(page);
        var (all, hits) = (confusion.Sum(row => row.Sum()), Enumerable.Range(0, 10).Sum(d => confusion[d][d]));
        Assert.Equal(json.GetProperty("test_accuracy").GetDouble(), (double)hits / all, 1e-9);
        var scores = Page.Rows(page.Section("digits"));
        for (var d = 0; d < 10; d++)
        {
            Assert.Equal(confusion[d].Sum(), (int)Page.Number(scores[d][1]));
            Assert.Equal(100.0 * confusion[d][d] / confusion[d].Sum(), Page.Number(scores[d][3]), 0.0051);
            if (confusion.Sum(row => row[d]) is > 0 and var called)
            {
                Assert.Equal(100.0 * confusion[d][d] / called, Page.Number(scores[d][2]), 0.0051);
            }
        }

        Assert.Equal(Math.Min(24, all - hits), page.Section("mistakes").Descendants("img").Count());
        Assert.Equal(6, page.Section("weights").Descendants("img").Count());
        Assert.Contains("train", page.Section("time").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCommandInItDoesTheSameAgain()
    {
        Assert.Equal(0, ProgramRun.Run(folder, [.. Small, "--seed", "5", "--report", "r.html", "--quiet"]).ExitCode);
        var words = Read("r.html").All("pre").Single().Value.Split(' ');
        Assert.Equal("dotnet", words[0]);
        Assert.EndsWith("mnistgpu.dll", words[1], StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Run(folder, [.. words[2..], "--report", "again.html", "--quiet"]).ExitCode);
        Assert.Equal(Weights("r.html"), Weights("again.html"));
    }

    [Fact]
    public void AResumedRunReportsTheWholeRunAndSaysSo()
    {
        Assert.Equal(0, ProgramRun.Run(folder, [.. Small, "--report", "whole.html", "--quiet"]).ExitCode);
        Assert.Equal(0, ProgramRun.Run(folder, [.. Small, "--checkpoint", "c", "--every", "15", "--quiet"]).ExitCode);
        var run = ProgramRun.Run(folder, "train", "--resume", "c.previous", "--report", "r.html", "--quiet");
        Assert.Equal(0, run.ExitCode);
        var (whole, resumed) = (Read("whole.html"), Read("r.html"));
        resumed.AssertSound();
        Assert.Contains("Resumed from c.previous", resumed.All("ul").First().Value, StringComparison.Ordinal);
        Assert.Equal(Weights("whole.html"), Weights("r.html"));
        Assert.Equal(Page.Rows(whole.Section("curves")).Select(row => row[1]), Page.Rows(resumed.Section("curves"))
            .Select(row => row[1]));
        // The command begins the run anew: to the same bits.
        Assert.Equal(0, ProgramRun.Run(folder,
            [.. resumed.All("pre").Single().Value.Split(' ')[2..], "--report", "again.html", "--quiet"]).ExitCode);
        Assert.DoesNotContain("Resumed", Read("again.html").Root.Value, StringComparison.Ordinal);
        Assert.Equal(Weights("whole.html"), Weights("again.html"));
    }

    [Fact]
    public void AnEvaluationReportsTheModel()
    {
        Assert.Equal(0, ProgramRun.Run(folder, [.. Small, "--save", "m", "--report", "t.html", "--quiet"]).ExitCode);
        var run = ProgramRun.Run(folder, "evaluate", "m", "--data", "synthetic", "--report", "e.html", "--json");
        Assert.Equal(0, run.ExitCode);
        var page = Read("e.html");
        page.AssertSound();
        Assert.StartsWith(Percent(run.Json, "accuracy"), page.All("h1").Single().Value, StringComparison.Ordinal);
        Assert.Equal(run.Json.GetProperty("confusion").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(cell => cell.GetInt32()).ToArray()), Confusion(page));
        Assert.Equal(Weights("t.html"), Weights("e.html"));
        Assert.Equal(3, Page.Rows(page.Section("curves")).Length);
    }

    [Fact]
    public void AComparisonHasABarForEachDeviceWithItsRatio()
    {
        var run = ProgramRun.Run(folder, "compare", "--data", "synthetic", "--limit", "60", "--iterations", "1",
            "--report", "c.html", "--json");
        Assert.Equal(0, run.ExitCode);
        var page = Read("c.html");
        page.AssertSound();
        var groups = run.Json.GetProperty("groups").EnumerateArray().ToArray();
        var sections = page.All("section").Where(section => section.Descendants("svg").Any()).ToArray();
        Assert.Equal(groups.Length, sections.Length);
        for (var g = 0; g < groups.Length; g++)
        {
            var rows = groups[g].GetProperty("rows").EnumerateArray()
                .OrderByDescending(row => row.GetProperty("images_per_second").GetDouble()).ToArray();
            var svg = sections[g].Descendants("svg").Single();
            var bars = svg.Elements("rect").Where(rect => ((string)rect.Attribute("class")!)
                .StartsWith("bar", StringComparison.Ordinal))
                .Select(rect => Page.Number((string)rect.Attribute("width")!)).ToArray();
            Assert.Equal(rows.Length, bars.Length);
            Assert.All(bars, length => Assert.InRange(length, 1, 100));
            for (var i = 1; i < rows.Length; i++)
            {
                // On a logarithmic axis lengths differ by as much as the logarithms do.
                double first = rows[0].GetProperty("images_per_second").GetDouble(), other = rows[i]
                    .GetProperty("images_per_second").GetDouble(), last = rows[^1].GetProperty("images_per_second")
                    .GetDouble();
                Assert.Equal(Math.Log(first / other) / Math.Log(first / last),
                    (bars[0] - bars[i]) / (bars[0] - bars[^1]), 0.01);
            }

            var texts = svg.Elements("text").Select(text => text.Value).ToArray();
            Assert.Contains(texts, text => text.Contains("1.00× simd", StringComparison.Ordinal));
            Assert.Equal(rows.Length, texts.Count(text => text.Contains("simd", StringComparison.Ordinal)
                && text.Contains("images/s", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void WhereNoDeviceIsFastEnoughTheSmallSizeIsReported()
    {
        var run = ProgramRun.Run(folder, "compare", "--data", "synthetic", "--limit", "3000", "--device", "reference",
            "--iterations", "1000", "--seconds", "1", "--report", "c.html");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Too slow for 3,000 images", run.Output, StringComparison.Ordinal);
        var page = Read("c.html");
        page.AssertSound();
        Assert.Contains("Too slow for 3,000 images: reference", page.Root.Value, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> WrongPaths => new()
    {
        { ".", "a folder" },
        { "nowhere/r.html", "no folder" },
        { "/dev/null", "a device" },
        { "m", "the file of --save" },
        { "./h", "the file of --history" },
        { "./h.csv", "another format's name" },
        { "c", "the file of --checkpoint" },
        { "c.previous", "FILE.previous" },
    };

    [Theory]
    [MemberData(nameof(WrongPaths))]
    public void AWrongPathIsRefusedBeforeTraining(string path, string says)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "/dev/null is a file's name there");
        var run = ProgramRun.Run(folder, [.. Small, "--save", "m", "--history", "h", "--checkpoint", "c", "--report",
            path]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void TheModelAndTheDataAreNotReplacedByAReport()
    {
        File.WriteAllText(folder.File("d.csv"), "data");
        File.WriteAllText(folder.File("m"), "model");
        foreach (var arguments in (string[][])[["evaluate", "m", "--report", "m"],
            ["evaluate", "m", "--data", "d.csv", "--report", "d.csv"],
            ["train", "--data", "d.csv", "--report", "d.csv"], ["train", "--report", "model.safetensors"],
            ["compare", "--data", "d.csv", "--report", "d.csv"]])
        {
            var run = ProgramRun.Run(folder, arguments);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(arguments[^1] == "m" ? "One file cannot be two things" : "another format's name",
                run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(("data", "model"), (File.ReadAllText(folder.File("d.csv")), File.ReadAllText(folder.File("m"))));
    }

    [Fact]
    public void AFullDiskLosesTheReportOnly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs bash's ulimit");
        using var process = ProgramRun.StartAfter("export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f 30",
            folder, [.. Small, "--save", "m", "--report", "r.html"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("accuracy", run.Output, StringComparison.Ordinal);
        Assert.Contains("r.html", run.Error, StringComparison.Ordinal);
        Assert.Equal(["m"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    private Page Read(string name) => new(File.ReadAllText(folder.File(name)));

    private IEnumerable<string?> Weights(string name) =>
        [.. Read(name).Section("weights").Descendants("img").Select(img => (string?)img.Attribute("src"))];

    private static int[][] Confusion(Page page) =>
        [.. page.Section("confusion").Descendants("tbody").Single().Elements("tr")
        .Select(row => row.Elements("td").Select(cell => cell.Value == "·" ? 0
            : (int)Page.Number(cell.Nodes().First().ToString())).ToArray())];

    private static string Percent(JsonElement json, string name) =>
        MnistGpu.Program.Jobs.Readable.Percent(json.GetProperty(name).GetDouble());
}
