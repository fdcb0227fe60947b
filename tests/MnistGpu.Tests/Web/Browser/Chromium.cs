using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(MnistGpu.Tests.Web.Browser.Chromium))]

namespace MnistGpu.Tests.Web.Browser;

/// <summary>
/// Debian's Chromium, headless, driven by Playwright; tests are skipped where it is absent, and say so. The first test
/// that opens a window starts it; all share it, each with windows of its own. They are one collection, and take turns.
/// The headless shell goes first: the same engine without the browser around it, for two thirds of the time.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>The collection of tests in the browser.</summary>
    public const string Collection = "Chromium";

    private static readonly string[] Places =
        ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome"];

    // Milliseconds that a busy machine may take for whatever a test asks of the browser.
    private const float Patience = 180_000;

    private readonly Lazy<Task> started;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public Chromium() => started = new(Start);

    private async Task Start()
    {
        if (Array.Find(Places, File.Exists) is { } path)
        {
            playwright = await Playwright.CreateAsync();
            browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = path,
                Headless = true,
                Timeout = Patience,
                Args =
                [
                    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                        "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                ],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    /// <summary>A fresh window; what goes wrong in it is collected.</summary>
    internal async Task<Window> Open(
        Uri url, int width = 1280, int height = 860, bool dark = false, bool touch = false)
    {
        await started.Value;
        Assert.SkipUnless(browser is not null, "needs Chromium: Debian's package chromium-headless-shell or chromium");
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = touch,
            IsMobile = touch,
            DeviceScaleFactor = touch ? 2 : 1,
        });
        context.SetDefaultTimeout(Patience);
        return await Open(context, url);
    }

    /// <summary>Another tab of the browser that a window is of; a hidden one thinks so from its beginning.</summary>
    internal static Task<Window> OpenBeside(Window window, Uri url, bool isHidden) =>
        Open(window.Page.Context, url, isHidden);

    private static async Task<Window> Open(IBrowserContext context, Uri url, bool isHidden = false)
    {
        var window = new Window(context, await context.NewPageAsync(), url);
        if (isHidden)
        {
            await window.Page.AddInitScriptAsync(
                "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })");
        }

        await window.Page.GotoAsync(url.ToString());
        return window;
    }
}
