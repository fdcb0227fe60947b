using MnistGpu.Tests.Support;
using MnistGpu.Tests.Web.Live;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>A training watched in a real browser.</summary>
[Collection(Chromium.Collection)]
public sealed class LivePageTests(Chromium chromium)
{
    private const string AllIsThere =
        "document.querySelectorAll('#curves svg path.line').length === 6 && "
            + "!document.getElementById('confusion-card').hidden && !document.getElementById('weights-card').hidden";

    private const string IsLive = "document.body.dataset.link === 'live' && document.body.dataset.phase === 'training'";
    private const string Epoch = "parseInt(document.querySelector('#figures dd').textContent.replaceAll(',', ''))";
    private const string IsOver = "document.body.dataset.link === 'over'";

    private static readonly string[] Endless = ["--limit", "3000", "--network", "784-16-10", "--init", "he", "--batch",
        "100", "--optimizer", "adam", "--threads", "1", "--quiet", "--epochs", "1000000"];

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task ATrainingIsWatchedToItsEnd(int width, bool dark)
    {
        using var training = new EndlessTraining();
        await using var window = await chromium.Open(training.Url, width, 844, dark, touch: width < 500);
        var (page, name) = (window.Page, $"live-{(width < 500 ? "phone" : "desktop")}-{(dark ? "dark" : "light")}");
        await window.Until(AllIsThere);
        await window.Keep(name);
        var epoch = await page.EvaluateAsync<int>(Epoch);
        await window.Until($"{Epoch} > {epoch}");
        Assert.Equal("Live", await page.Locator("#link").InnerTextAsync());
        Assert.Equal(16, await page.Locator("#weights canvas").CountAsync());
        Assert.True(await page.Locator("#stop").IsEnabledAsync());
        await page.Locator("summary").ClickAsync();
        await window.Until("document.querySelectorAll('#rows tr').length > 0");

        await training.End();
        await window.Until(IsOver);
        Assert.Equal(EndlessTraining.Line, await page.Locator("#line").InnerTextAsync());
        Assert.Equal("The end", await page.Locator("#link").InnerTextAsync());
        Assert.Equal(100, await page.EvaluateAsync<int>("document.getElementById('progress').value"));
        Assert.False(await page.Locator("#stop").IsVisibleAsync());
        Assert.Equal(100, await page.Locator("#confusion td").CountAsync());
        Assert.True(await page.EvaluateAsync<double>("Math.max(...[...document.querySelectorAll('#confusion "
            + ".hit')].map(cell => parseFloat(cell.style.getPropertyValue('--shade'))))") > 0.2);
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('#weights canvas')].every(c => "
            + "c.getContext('2d').getImageData(0, 0, 28, 28).data.some(x => x > 0))"));
        await window.AssertUsable();
        await window.Keep($"{name}-end");
        var brightness = await page.EvaluateAsync<double>(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
            + ".map(Number).reduce((a, b) => a + b) / 3");
        Assert.True(dark ? brightness < 60 : brightness > 200, $"the ground's brightness is {brightness}");

        // It stays when the server has gone.
        training.Dispose();
        await window.Hide(true);
        await window.Hide(false);
        Assert.Equal((EndlessTraining.Line, "The end"),
            (await page.Locator("#line").InnerTextAsync(), await page.Locator("#link").InnerTextAsync()));
        window.AssertClean();
    }

    [Fact]
    public async Task TheKeyboardStopsItAndWhatWasLearntIsSaved()
    {
        using var folder = new TemporaryFolder();
        using var live = await LiveProcess.Start(folder, Endless);
        await using var window = await chromium.Open(live.Url);
        var page = window.Page;
        await window.Until("!document.getElementById('confusion-card').hidden");
        await window.AssertUsable();
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("stop", await page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.NotEqual("none",
            await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.PressAsync("Enter");
        await window.Until(IsOver);
        Assert.Matches(@"^Stopped: .* saved to model\.interrupted\.safetensors$",
            await page.Locator("#line").InnerTextAsync());
        // Read out, the end too.
        Assert.StartsWith("Stopped: ", await page.Locator("#spoken").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(130, live.Finish().ExitCode);
        window.AssertClean();
        var evaluated = ProgramRun.Run(folder, "evaluate", "model.interrupted.safetensors", "--data", "synthetic",
            "--device", "simd", "--json");
        Assert.Equal((0, ""), (evaluated.ExitCode, evaluated.Error));
        Assert.InRange(evaluated.Json.GetProperty("accuracy").GetDouble(), 0.6, 1);
    }

    [Fact]
    public async Task APageThatNobodySeesHearsOfTheEnd()
    {
        using var training = new EndlessTraining();
        await using var window = await chromium.Open(training.Url);
        await window.Until(AllIsThere);
        await window.Hide(true);
        await training.End();
        await window.Until("document.title.startsWith('Done: ')");
        training.Dispose();
        await window.Hide(false);
        Assert.Equal(EndlessTraining.Line, await window.Page.Locator("#line").InnerTextAsync());
        await window.Until(IsOver);
        window.AssertClean();
    }

    /// <summary>A browser opens six connections to a server at most, for all of its tabs.</summary>
    [Fact]
    public async Task TenTabsOfOneBrowserLeaveEachOtherRoom()
    {
        using var training = new EndlessTraining();
        await using var window = await chromium.Open(training.Url);
        await window.Until(IsLive);
        var tabs = new List<Window>();
        for (var tab = 0; tab < 9; tab++)
        {
            tabs.Add(await Chromium.OpenBeside(window, training.Url, isHidden: true));
        }

        await window.Hide(true);
        await tabs[^1].Hide(false);
        await tabs[^1].Until(IsLive);
        await tabs[^1].Hide(true);
        await window.Hide(false);
        await window.Until(AllIsThere);
        await training.End();
        await window.Until(IsOver);
        window.AssertClean();
        Assert.All(tabs, tab => tab.AssertClean());
    }

    [Fact]
    public async Task ALostConnectionIsSaidAndFoundAgain()
    {
        using var folder = new TemporaryFolder();
        Uri url;
        Window window;
        using (var first = await LiveProcess.Start(folder, Endless))
        {
            url = first.Url;
            window = await chromium.Open(url);
            await window.Until(IsLive);
        }

        await using (window)
        {
            await window.Until("document.body.dataset.link === 'lost' && "
                + "document.getElementById('link').textContent.includes('lost')");
            // Nobody is kept waiting for what does not come.
            await window.Until("document.body.dataset.link === 'gone' && document.getElementById('line').textContent "
                + "=== 'The program does not answer any more'");
            Assert.False(await window.Page.Locator("#stop").IsVisibleAsync());
            await window.AssertUsable();
            await window.Page.EvaluateAsync("window.isFirst = true");
            using var second = await LiveProcess.StartAt(folder, url.Port, Endless);
            // Another training: the page begins anew.
            await window.Until($"!window.isFirst && {IsLive}");
            Assert.Equal("Live", await window.Page.Locator("#link").InnerTextAsync());
            await window.Page.Locator("#stop").ClickAsync();
            await window.Until(IsOver);
            Assert.StartsWith("Stopped: ", await window.Page.Locator("#line").InnerTextAsync(),
                StringComparison.Ordinal);
            window.AssertClean("net::ERR_");
        }
    }
}
