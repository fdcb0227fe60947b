using Microsoft.Playwright;
using MnistGpu.Tests.Support;
using MnistGpu.Tests.Web.Browser;

namespace MnistGpu.Tests.Reports;

/// <summary>Reports in a real browser.</summary>
[Collection(Chromium.Collection)]
public sealed class ReportInBrowserTests(Chromium chromium)
{
    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task ItFitsTheScreenAndAnyoneCanReadIt(int width, bool dark)
    {
        using var folder = new TemporaryFolder();
        using var outcomes = new Outcomes("784-32-10", 1000, source: new string('x', 200));
        await File.WriteAllTextAsync(folder.File("r.html"), outcomes.Page("--repeat 5 --network 784-32-10", runs: 5),
            TestContext.Current.CancellationToken);
        await using var window = await chromium.Open(new Uri(folder.File("r.html")), width, 844, dark,
            touch: width < 500);
        var page = window.Page;
        await page.Locator("summary").First.ClickAsync();
        await window.Keep($"report-{(width < 500 ? "phone" : "desktop")}-{(dark ? "dark" : "light")}");
        Assert.True(await page.EvaluateAsync<bool>("(m => m.scrollWidth <= m.parentElement.clientWidth)"
            + "(document.querySelector('.confusion'))"), "the matrix is cut off");
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('.confusion td')].every(c => "
            + "c.scrollWidth <= c.clientWidth)"), "a count does not fit its cell");
        Assert.True(await page.EvaluateAsync<bool>("[...document.images].every(i => i.complete && i.naturalWidth === "
            + "28)"), "a picture is broken");
        var brightness = await page.EvaluateAsync<double>(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
            + ".map(Number).reduce((a, b) => a + b) / 3");
        Assert.True(dark ? brightness < 60 : brightness > 200, $"the ground's brightness is {brightness}");
        Assert.Empty(await Overlaps(page));
        Assert.True(await page.EvaluateAsync<double>("Math.min(...[...document.querySelectorAll('svg text')].map(t "
            + "=> t.getBoundingClientRect().height))") >= 11, "the text of a chart is too small");
        await window.AssertUsable();
        window.AssertClean();
    }

    [Fact]
    public async Task OnPaperItIsDarkOnWhiteAndFitsThePage()
    {
        using var folder = new TemporaryFolder();
        using var outcomes = new Outcomes("784-32-10", 1000);
        await File.WriteAllTextAsync(folder.File("r.html"), outcomes.Page("--repeat 5 --network 784-32-10", runs: 5),
            TestContext.Current.CancellationToken);
        // The width of A4 within its margins, 182 mm at 96 to the inch.
        await using var window = await chromium.Open(new Uri(folder.File("r.html")), 688, 1000, dark: true);
        await window.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        Assert.Equal(["rgb(255, 255, 255)", "rgb(0, 0, 0)"],
            await window.Page.EvaluateAsync<string[]>("[getComputedStyle(document.body).backgroundColor, "
                + "getComputedStyle(document.body).color]"));
        Assert.True(await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"),
            "the page is wider than the paper");
        Assert.True(await window.Page.EvaluateAsync<bool>("[...document.querySelectorAll('.scroll')].every(s => "
            + "s.scrollWidth <= s.clientWidth)"), "a table is cut off");
        Assert.Equal("avoid", await window.Page.EvaluateAsync<string>(
            "getComputedStyle(document.querySelector('.confusion').closest('section')).breakInside"));
        Assert.Empty(await Overlaps(window.Page));
        Assert.InRange((await window.Page.PdfAsync(new PagePdfOptions { Format = "A4" })).Length, 10_000, 4_000_000);
        window.AssertClean();
    }

    /// <summary>Texts of a chart that lie on each other.</summary>
    private static Task<string[]> Overlaps(IPage page) => page.EvaluateAsync<string[]>("""
        () => [...document.querySelectorAll('svg')].flatMap(svg => {
            const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
            return texts.flatMap(([a, r], i) => texts.slice(i + 1)
                .filter(([, s]) => r.left < s.right - 1 && s.left < r.right - 1
                    && r.top < s.bottom - 3 && s.top < r.bottom - 3)
                .map(([b]) => `${a} | ${b}`));
        })
        """);
}
