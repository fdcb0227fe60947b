using Deque.AxeCore.Playwright;
using MnistGpu.Tests.Support;
using MnistGpu.Tests.Web.Live;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>A training watched in a real browser.</summary>
public sealed class LivePageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly string[] Job = ["--limit", "6000", "--network", "784-16-10", "--init", "he", "--batch", "100", "--optimizer", "adam", "--schedule", "one-cycle", "--threads", "1", "--quiet"];

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task ATrainingIsWatchedToItsEnd(int width, bool dark)
    {
        using var folder = new TemporaryFolder();
        // Long enough for a browser to come and look.
        using var live = await LiveProcess.Start(folder, [.. Job, "--epochs", "300"]);
        await using var window = await chromium.Open(live.Url, width, 844, dark, touch: width < 500);
        var (page, name) = (window.Page, $"live-{(width < 500 ? "phone" : "desktop")}-{(dark ? "dark" : "light")}");
        await window.Until("document.querySelectorAll('#curves svg path.line.training').length === 4 && !document.getElementById('confusion-card').hidden && !document.getElementById('weights-card').hidden");
        Assert.Equal(16, await page.Locator("#weights canvas").CountAsync());
        await window.Keep(name);
        // As long as the training takes; the page follows meanwhile.
        Assert.Equal(0, (await Task.Run(live.Finish, TestContext.Current.CancellationToken)).ExitCode);
        await window.Until("document.body.dataset.phase === 'ended'");
        Assert.StartsWith("Done: ", await page.Locator("#line").InnerTextAsync(), StringComparison.Ordinal);
        await window.Until("document.getElementById('link').textContent === 'The end'");
        Assert.True(await page.Locator("#stop").IsDisabledAsync());
        Assert.Equal(1, await page.Locator("#accuracy path.line.development").CountAsync());
        Assert.Equal(100, await page.Locator("#confusion td").CountAsync());
        Assert.Equal(60, await page.Locator("#rows tr").CountAsync());
        Assert.True(await page.EvaluateAsync<double>("Math.max(...[...document.querySelectorAll('#confusion .hit')].map(cell => parseFloat(cell.style.getPropertyValue('--shade'))))") > 0.2);
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('#weights canvas')].every(c => c.getContext('2d').getImageData(0, 0, 28, 28).data.some(x => x > 0))"));
        await AssertUsable();
        await page.Locator("summary").ClickAsync();
        await AssertUsable();
        await window.Keep($"{name}-end");
        var brightness = await page.EvaluateAsync<double>("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3");
        Assert.True(dark ? brightness < 60 : brightness > 200, $"the ground's brightness is {brightness}");
        window.AssertClean();

        async Task AssertUsable()
        {
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen");
            var result = await page.RunAxe();
            Assert.NotEmpty(result.Passes);
            Assert.Empty(result.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{v.Impact}: {v.Id}, {v.Help}: {string.Join("; ", v.Nodes.Select(node => node.Html))}"));
        }
    }

    [Fact]
    public async Task TheKeyboardStopsItAndWhatWasLearntIsSaved()
    {
        using var folder = new TemporaryFolder();
        using var live = await LiveProcess.Start(folder, [.. Job, "--epochs", "1000000"]);
        await using var window = await chromium.Open(live.Url);
        var page = window.Page;
        await window.Until("!document.getElementById('confusion-card').hidden");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("stop", await page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.PressAsync("Enter");
        await window.Until("document.body.dataset.phase === 'ended'");
        Assert.StartsWith("Stopped: ", await page.Locator("#line").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(130, live.Finish().ExitCode);
        Assert.True(File.Exists(folder.File("model.safetensors")));
        // Read out, the end too.
        Assert.StartsWith("Stopped: ", await page.Locator("#spoken").TextContentAsync(), StringComparison.Ordinal);
        window.AssertClean();
    }
}
