using MnistGpu.Training;

namespace MnistGpu.Tests.Reports;

public sealed class TrainingPageTests
{
    [Fact]
    public void TheLargestReportStaysSmall()
    {
        using var outcomes = new Outcomes("784-128-10", 10_000);
        var page = new Page(outcomes.Page("--repeat 10000 --batch 10 --epochs 1000000 --network 784-128-10",
            Outcomes.Rows(100_000), runs: 10_000));
        page.AssertSound();
        Assert.Equal(100, page.Section("weights").Descendants("img").Count());
        Assert.Equal(24, page.Section("mistakes").Descendants("img").Count());
        Assert.Equal(20, Page.Rows(page.Section("seeds")).Length);
        Assert.InRange(Page.Rows(page.Section("curves")).Length, 30, 62);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void AnyLengthOfHistoryHasItsPicture(int rows)
    {
        using var outcomes = new Outcomes("784-10");
        var page = new Page(outcomes.Page("--batch 10 --epochs 1000", Outcomes.Rows(rows)));
        page.AssertSound();
        Assert.Equal(rows > 0, page.Has("curves"));
        if (rows > 0)
        {
            Assert.Equal(2, page.Section("curves").Descendants("svg").Count());
            Assert.Equal(rows > 1 ? 1 : 0, page.Section("curves").Descendants("g")
                .Count(g => (string?)g.Attribute("class") == "mark"));
        }
    }

    [Fact]
    public void ARunWithoutDevelopmentImagesOrWithALossThatStaysHasItsPicture()
    {
        using var outcomes = new Outcomes("784-10");
        var page = new Page(outcomes.Page("--batch 10 --epochs 3",
            [.. Outcomes.Rows(3).Select(row => row with { Development = null, Loss = 0, Accuracy = 1 })]));
        page.AssertSound();
        Assert.Equal(["training"], page.Section("curves").Descendants("figure").Last().Descendants("li")
            .Select(li => li.Value));
    }

    [Fact]
    public void TheFirstLayerOfANetworkWithoutHiddenOnesIsItsDigits()
    {
        using var outcomes = new Outcomes("784-10");
        var page = new Page(outcomes.Page(""));
        Assert.Equal(Enumerable.Range(0, 10).Select(d => $"{d}"), page.Section("weights").Descendants("small")
            .Select(s => s.Value));
        Assert.Contains("each digit", page.Section("weights").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesFromOutsideStayText()
    {
        const string Evil = "</title><img src=x onerror=alert(1)>&amp;";
        using var outcomes = new Outcomes("784-10", source: Evil);
        var page = new Page(outcomes.Page("--data \"a<b>&'c\" --save \"<i>m\""));
        page.AssertSound();
        Assert.DoesNotContain(page.All("i"), i => i.Value.Length > 0);
        Assert.StartsWith(Evil, page.Fact("data"), StringComparison.Ordinal);
        Assert.Contains("a<b>&", page.All("pre").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void TheMatrixSaysThatItsColoursAreRelative()
    {
        using var outcomes = new Outcomes("784-10");
        var page = new Page(outcomes.Page(""));
        Assert.Matches(@"Orange is relative: the strongest is the most frequent mistake here, [\d.]+ % of its row\.",
            page.Section("confusion").Value);
        Assert.DoesNotMatch(@"\d %", page.Section("mistakes").Descendants("ul").Single().Value);
    }

    [Fact]
    public void AnInterruptedAndADivergedRunSaySo()
    {
        using var outcomes = new Outcomes("784-10");
        var interrupted = new Page(outcomes.Page("--iterations 400", end: TrainingEnd.Cancelled));
        interrupted.AssertSound();
        Assert.Contains("Interrupted after step 200; go on with:mnistgpu train --start model.safetensors "
            + "--iterations 200 --seed 0", interrupted.All("ul").First().Value, StringComparison.Ordinal);
        foreach (var more in (string[])["--averaging 0.9", "--dropout 0.1 --network 784-9-10", "--deform rotate=5",
            "--optimizer adam", "--schedule cosine", "--batch 50"])
        {
            var page = new Page(outcomes.Page($"--iterations 400 {more}", end: TrainingEnd.Cancelled));
            Assert.Contains("begins with:mnistgpu train --start model.safetensors ",
                page.All("ul").First().Value, StringComparison.Ordinal);
        }

        var diverged = new Page(outcomes.Page("--repeat 3", runs: 2, diverged: true));
        diverged.AssertSound();
        Assert.Contains("diverged", diverged.All("ul").First().Value, StringComparison.Ordinal);
        Assert.DoesNotContain("Interrupted", diverged.Root.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(new Page(outcomes.Page("")).All("ul"), ul =>
            ((string?)ul.Attribute("class"))!.StartsWith("notices", StringComparison.Ordinal));
    }

    [Fact]
    public void TheCommandLeavesOutWhatDoesNotChangeTheResult()
    {
        using var outcomes = new Outcomes("784-10");
        var page = new Page(outcomes.Page("--rate 0.25 --report r.html --save m --history h.csv --quiet --json "
            + "--device auto --network 784-10"));
        Assert.Equal("mnistgpu train --rate 0.25 --network 784-10 --seed 0 --device simd".Split(' ').Order(),
            page.All("pre").Single().Value.Split(' ').Order());
    }

    [Fact]
    public void TheSpreadHasADotForEachSeedAndItsMeanAtTheRightPlace()
    {
        using var outcomes = new Outcomes("784-10");
        var page = new Page(outcomes.Page("--repeat 3", runs: 3));
        page.AssertSound();
        var svg = page.Section("seeds").Descendants("svg").Single();
        var rows = svg.Elements("g").Where(g => (string?)g.Attribute("class") == "seed").ToArray();
        var means = svg.Elements("line").ToArray();
        Assert.Equal((3, 3), (rows.Length, means.Length));
        for (var i = 0; i < rows.Length; i++)
        {
            var dots = rows[i].Elements("circle").Select(c => Page.Number((string)c.Attribute("cx")!)).ToArray();
            Assert.InRange(dots.Length, 1, 3);
            // Evenly spaced seeds: the mean is the middle one; dots are rounded to fifths of a percent.
            Assert.Equal((dots.Min() + dots.Max()) / 2, Page.Number((string)means[i].Attribute("x1")!), 0.21);
        }

        Assert.Equal(["0", "1", "2"], Page.Rows(page.Section("seeds")).Select(row => row[0]));
        Assert.StartsWith("70.01 % ± 0.01 %", page.All("h1").Single().Value, StringComparison.Ordinal);
    }
}
