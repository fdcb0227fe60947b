using System.Diagnostics;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>A page in a window of its own, with all that it said on the console and all that it asked for.</summary>
internal sealed class Window : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly IBrowserContext context;
    private readonly Uri url;
    private readonly List<string> faults = [];
    private readonly List<string> requests = [];

    public Window(IBrowserContext context, IPage page, Uri url)
    {
        this.context = context;
        this.url = url;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                faults.Add($"{message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => faults.Add(error);
        page.RequestFailed += (_, request) =>
        {
            // A page that leaves a stream of events, because it has ended or others need the connection, gives up a
            // request.
            if (!(request.Url.EndsWith("/api/events", StringComparison.Ordinal)
                && request.Failure == "net::ERR_ABORTED"))
            {
                faults.Add($"failed: {request.Url} {request.Failure}");
            }
        };
        page.Request += (_, request) => requests.Add(request.Url);
    }

    public IPage Page { get; }

    public IReadOnlyList<string> Requests => requests;

    /// <summary>No error on the console, and no request that left the machine.</summary>
    /// <param name="expected">What every fault there may be contains; null for none.</param>
    public void AssertClean(string? expected = null)
    {
        Assert.All(faults, fault => Assert.True(expected is not null
            && fault.Contains(expected, StringComparison.Ordinal), fault));
        Assert.NotEmpty(requests);
        Assert.All(requests, request => Assert.True(request.StartsWith(url.ToString(), StringComparison.Ordinal)
            || request.StartsWith("blob:", StringComparison.Ordinal)
            || request.StartsWith("data:", StringComparison.Ordinal), request));
    }

    /// <summary>The page is no wider than the screen, and no rule of accessibility that axe knows is broken.</summary>
    public async Task AssertUsable()
    {
        Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"),
            "the page is wider than the screen");
        var result = await Page.RunAxe();
        Assert.NotEmpty(result.Passes);
        Assert.Empty(result.Violations.Select(v =>
            $"{v.Impact}: {v.Id}, {v.Help}: {string.Join("; ", v.Nodes.Select(node => node.Html))}"));
    }

    /// <summary>Strokes in the unit square, over the middle of the pad.</summary>
    public async Task Draw(double[][][] strokes, double size = 0.7)
    {
        await Page.Locator("#ink").ScrollIntoViewIfNeededAsync();
        var pad = (await Page.Locator("#ink").BoundingBoxAsync())!;
        foreach (var stroke in strokes)
        {
            var down = false;
            foreach (var p in stroke)
            {
                var x = pad.X + pad.Width * (float)(0.5 + size * (p[0] - 0.5));
                var y = pad.Y + pad.Height * (float)(0.5 + size * (p[1] - 0.5));
                await Page.Mouse.MoveAsync(x, y);
                if (!down)
                {
                    await Page.Mouse.DownAsync();
                    down = true;
                }
            }

            await Page.Mouse.UpAsync();
        }
    }

    /// <summary>The digit that the page shows once what was drawn last is answered.</summary>
    public async Task<string> Answer()
    {
        await Until("document.getElementById('answer').getAttribute('aria-busy') === 'false'");
        return await Page.Locator("#digit").InnerTextAsync();
    }

    /// <summary>
    /// Waits until an expression is true. (Playwright's own waiting evaluates within the page, which the page's
    /// security policy forbids.)
    /// </summary>
    public async Task Until(string expression)
    {
        var patience = Stopwatch.StartNew();
        // Each question takes the time of three processes, which the page may need: it is asked less and less often.
        for (var pause = 10; !await IsSo(); pause = Math.Min(pause * 3 / 2, 150))
        {
            Assert.True(patience.Elapsed < Patience,
                $"After {Patience.TotalSeconds:0} s this is still not so: {expression}. The page says: "
                    + $"{await Page.Locator("body").InnerTextAsync()}");
            await Task.Delay(pause, TestContext.Current.CancellationToken);
        }

        async Task<bool> IsSo()
        {
            try
            {
                return await Page.EvaluateAsync<bool>(expression);
            }
            catch (PlaywrightException e) when (e.Message.Contains("context was destroyed", StringComparison.Ordinal))
            {
                // The page is being loaded anew.
                return false;
            }
        }
    }

    /// <summary>Has the page think that its tab is hidden, or seen again.</summary>
    public Task Hide(bool isHidden) =>
        Page.EvaluateAsync("hidden => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => "
            + "hidden }); document.dispatchEvent(new Event('visibilitychange')); }", isHidden);

    /// <summary>Keeps a picture of the page where MNISTGPU_SCREENSHOTS names a folder.</summary>
    public async Task Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("MNISTGPU_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new PageScreenshotOptions
            {
                Path = Path.Combine(folder, name + ".png"),
                FullPage = true
            });
        }
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
