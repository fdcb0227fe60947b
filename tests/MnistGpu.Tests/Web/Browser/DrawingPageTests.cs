using Microsoft.Playwright;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>The page to draw on, in a real browser, with models trained here on synthetic digits.</summary>
[Collection(Chromium.Collection)]
public sealed class DrawingPageTests(Chromium chromium)
{
    // The first widths that read synthetic digits well, and a network small enough to show why.
    internal static readonly Lazy<NetworkState> Model = new(() => Train("784-128-10"));
    private static readonly Lazy<NetworkState> Small = new(() => Train("784-32-10"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task DrawnDigitsAreRecognised(int way)
    {
        await using var served = await ServedModel.Start(Model.Value);
        await using var window = await chromium.Open(served.Url);
        var answers = new List<string>();
        foreach (var digit in Enumerable.Range(0, 10))
        {
            // Large and small, since people draw both.
            await window.Draw(HandDrawnDigits.Strokes(digit, way), digit % 2 == 0 ? 0.75 : 0.45);
            answers.Add(await window.Answer());
            await window.Page.Locator("#clear").ClickAsync();
            Assert.Equal("–", await window.Answer());
        }

        var right = answers.Where((answer, digit) => answer == $"{digit}").Count();
        TestContext.Current.TestOutputHelper?.WriteLine($"{right} of 10: 0 to 9 were read as "
            + $"{string.Join(' ', answers)}");
        Assert.True(right >= 8, $"0 to 9 were read as {string.Join(' ', answers)}");
        window.AssertClean();
    }

    [Fact]
    public async Task TheBarsThePictureAndTheUnitsFollowTheStrokes()
    {
        await using var served = await ServedModel.Start(Small.Value);
        await using var window = await chromium.Open(served.Url);
        await window.Draw(HandDrawnDigits.Strokes(3, 0));
        var digit = int.Parse(await window.Answer());
        var bars = window.Page.Locator("#bars li");
        Assert.Equal(10, await bars.CountAsync());
        Assert.Contains("best", await bars.Nth(digit).GetAttributeAsync("class"), StringComparison.Ordinal);
        var widths = await window.Page.EvaluateAsync<double[]>("[...document.querySelectorAll('.fill')].map(f => "
            + "parseFloat(f.style.width))");
        Assert.Equal(100, widths.Sum(), 0.1);
        Assert.Equal(digit, Array.IndexOf(widths, widths.Max()));

        // What it shows is what a prediction from those very pixels is made of.
        var pixels = await window.Page.EvaluateAsync<int[]>(
            "[...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data]"
            + ".filter((_, i) => i % 4 === 0)");
        var shown = Array.ConvertAll(pixels, p => (byte)p);
        var expected = served.Expected(shown);
        Assert.Equal(expected.Select(p => 100 * p), widths, (e, w) => Math.Abs(e - w) < 0.01);
        double mass = shown.Sum(p => p), x = shown.Select((p, i) => p * (i % 28)).Sum() / mass,
            y = shown.Select((p, i) => p * (i / 28)).Sum() / mass;
        Assert.InRange(x, 13, 15);
        Assert.InRange(y, 13, 15);

        var lit = await window.Page.EvaluateAsync<double[]>("[...document.querySelectorAll('.unit')].map(u => "
            + "parseFloat(u.style.getPropertyValue('--lit')))");
        var A = MnistGpu.Program.Web.HiddenUnits.From(served.State)!.Activations(shown)[0];
        Assert.Equal(A.Select(a => a / A.Max()), lit, (a, l) => Math.Abs(a - l) < 0.001);
        window.AssertClean();
    }

    [Fact]
    public async Task UndoTakesStrokesBackOneByOne()
    {
        await using var served = await ServedModel.Start(Small.Value);
        await using var window = await chromium.Open(served.Url);
        var page = window.Page;
        await window.Draw([[[0.1, 0.1], [0.9, 0.1]]]);
        await window.Answer();
        var first = await Pixels(page);
        await window.Draw([[[0.1, 0.1], [0.1, 0.9]]]);
        await window.Answer();
        Assert.NotEqual(first, await Pixels(page));
        await page.Locator("#undo").ClickAsync();
        await window.Answer();
        Assert.Equal(first, await Pixels(page));
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("–", await window.Answer());
        Assert.True(await page.Locator("#undo").IsDisabledAsync());
        window.AssertClean();
    }

    [Fact]
    public async Task AFingerDrawsWithoutMovingThePage()
    {
        await using var served = await ServedModel.Start(Model.Value);
        await using var window = await chromium.Open(served.Url, 390, 500, touch: true);
        var session = await window.Page.Context.NewCDPSessionAsync(window.Page);
        var pad = (await window.Page.Locator("#ink").BoundingBoxAsync())!;
        await Touch("touchStart", 0.5, 0.15);
        for (var i = 1; i <= 10; i++)
        {
            await Touch("touchMove", 0.5 - 0.003 * i, 0.15 + 0.07 * i);
        }

        await session.SendAsync("Input.dispatchTouchEvent",
            new Dictionary<string, object> { ["type"] = "touchEnd", ["touchPoints"] = Array.Empty<object>() });
        Assert.Equal("1", await window.Answer());
        Assert.Equal(0, await window.Page.EvaluateAsync<double>("scrollY"));
        window.AssertClean();

        Task Touch(string type, double x, double y) =>
            session.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object>
            {
                ["type"] = type,
                ["touchPoints"] = new[] { new Dictionary<string, double> { ["x"] = pad.X + x * pad.Width, ["y"] = pad.Y
                + y * pad.Height } },
            });
    }

    [Fact]
    public async Task EveryControlIsReachedByKeyboardAndShowsIt()
    {
        await using var served = await ServedModel.Start(Small.Value);
        await using var window = await chromium.Open(served.Url);
        var page = window.Page;
        await window.Draw(HandDrawnDigits.Strokes(7, 0));
        await window.Answer();
        var reached = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.id || "
                + "document.activeElement.getAttribute('href') || document.activeElement.tagName"));
            if (reached[^1] == "BODY")
            {
                break;
            }

            Assert.NotEqual("none", await page.EvaluateAsync<string>(
            "getComputedStyle(document.activeElement.closest('.button') ?? document.activeElement)"
            + ".outlineStyle"));
        }

        Assert.Equal(["undo", "clear", "file", "/api"], reached.Take(4));
        await page.Locator("#clear").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("–", await window.Answer());
        await window.Draw(HandDrawnDigits.Strokes(1, 0));
        var answer = await window.Answer();
        // Read out once the strokes have settled.
        await window.Until($"document.getElementById('live').textContent.startsWith('{answer}, ')");
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal("–", await window.Answer());
        window.AssertClean();
    }

    [Fact]
    public async Task APictureIsReadWhenChosenOrDropped()
    {
        using var folder = new TemporaryFolder();
        var digits = SyntheticDigits.Draw(30, 8, SyntheticPart.Test, TestContext.Current.CancellationToken);
        var path = folder.File("digit.png");
        ContactSheet.Write(path, digits, 1, 1);
        await using var served = await ServedModel.Start(Model.Value);
        var expected = served.Expected(HandwrittenImage.Read(path));
        var digit = $"{Array.IndexOf(expected, expected.Max())}";
        await using var window = await chromium.Open(served.Url);
        var page = window.Page;
        await page.Locator("#file").SetInputFilesAsync(path);
        await window.Until("document.getElementById('digit').textContent !== '–'");
        Assert.Equal(digit, await window.Answer());
        // Strokes take the picture's place.
        await window.Draw(HandDrawnDigits.Strokes(1, 0));
        Assert.Equal("1", await window.Answer());
        Assert.Equal("Area to draw on, 1 stroke", await page.Locator("#ink").GetAttributeAsync("aria-label"));
        await page.EvaluateAsync("""
            base64 => {
                const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], 'digit.png', { type: 'image/png' }));
                document.body.dispatchEvent(new DragEvent(
                    'drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }
            """, Convert.ToBase64String(File.ReadAllBytes(path)));
        await window.Until("document.getElementById('ink').getAttribute('aria-label').includes('picture')");
        Assert.Equal(digit, await window.Answer());
        window.AssertClean();
        await page.Locator("#file")
            .SetInputFilesAsync(new FilePayload
            {
                Name = "words.txt",
                MimeType = "text/plain",
                Buffer = "no picture"u8.ToArray()
            });
        await window.Until("document.getElementById('alert').textContent.includes('words.txt')");
        // An old answer beside the message would be taken for this picture's.
        await window.Until("document.getElementById('answer').getAttribute('aria-busy') === 'false'");
        Assert.Contains("words.txt", await page.Locator("#alert").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("–", await window.Answer());
    }

    [Fact]
    public async Task AServerThatHasEndedIsSaidSo()
    {
        var served = await ServedModel.Start(Small.Value);
        await using var window = await chromium.Open(served.Url);
        await window.Draw(HandDrawnDigits.Strokes(7, 0));
        await window.Answer();
        await served.DisposeAsync();
        await window.Draw(HandDrawnDigits.Strokes(1, 0));
        await window.Until("document.getElementById('alert').textContent.includes('does not answer')");
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task ItFitsTheScreenAndAnyoneCanUseIt(int width, bool dark)
    {
        await using var served = await ServedModel.Start(Small.Value);
        await using var window = await chromium.Open(served.Url, width, 844, dark, touch: width < 500);
        var page = window.Page;
        var name = $"{(width < 500 ? "phone" : "desktop")}-{(dark ? "dark" : "light")}";
        await window.Answer();
        await window.Keep($"draw-empty-{name}");
        await window.AssertUsable();
        await window.Draw(HandDrawnDigits.Strokes(5, 0));
        await window.Answer();
        await page.WaitForTimeoutAsync(200);
        await window.Keep($"draw-{name}");
        await window.AssertUsable();
        var brightness = await page.EvaluateAsync<double>(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
            + ".map(Number).reduce((a, b) => a + b) / 3");
        Assert.True(dark ? brightness < 60 : brightness > 200, $"the ground's brightness is {brightness}");
        await page.GotoAsync(new Uri(served.Url, "api").ToString());
        await window.Keep($"api-{name}");
        await window.AssertUsable();
        window.AssertClean();
    }

    private static Task<string> Pixels(IPage page) =>
        page.EvaluateAsync<string>("document.getElementById('seen').toDataURL()");

    private static NetworkState Train(string network)
    {
        const int Batch = 64, Epochs = 6;
        var digits = SyntheticDigits.Draw(20_000, 1, SyntheticPart.Train);
        var shape = NetworkShape.Parse(network);
        using var engine = SimdEngine.Create(shape);
        engine.Load(Initialization.Draw(shape, MnistGpu.Start.He, 1));
        engine.Attach(digits.X, digits.Labels);
        var plan = new TrainingPlan(Epochs * digits.Count / Batch,
            new UpdateRule(0.003, Optimizer.Adam))
        {
            Batches = new Batches(digits.Count, Batch, 1),
            Schedule = Schedule.OneCycle
        };
        Trainer.Run(engine, plan, null, CancellationToken.None);
        return engine.Save();
    }
}
