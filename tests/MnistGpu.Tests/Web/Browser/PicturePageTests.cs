using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>The page for a network of other things than digits, in a real browser: pictures in, names out.</summary>
[Collection(Chromium.Collection)]
public sealed class PicturePageTests(Chromium chromium)
{
    private static Task<ServedModel> Serve(DataShape shape, int seed = 7) => ServedModel.Start(Initialization.Draw(
        NetworkShape.Parse($"{shape.Pixels}-5-{shape.Classes}"), Start.He, (ulong)seed), shape: shape);

    [Fact]
    public async Task APictureIsNamedByItsClassAndShownAsTheNetworkSeesIt()
    {
        using var folder = new TemporaryFolder();
        var shape = new DataShape(4, 3, 3, ["cat <b>", "dog"]);
        var pixels = Enumerable.Range(0, shape.Pixels).Select(i => (byte)(7 * i)).ToArray();
        // Twice as large: its means are these very pixels.
        ContactSheet.Write(folder.File("pet.png"), new DigitSet(pixels, new byte[1], "", shape), 1, 1, zoom: 2);
        await using var served = await Serve(shape);
        var expected = served.Expected(pixels);
        await using var window = await chromium.Open(served.Url);
        var page = window.Page;
        await window.Until("document.body.classList.contains('pictures')");
        Assert.Equal("Show a picture", await page.Locator("#title").InnerTextAsync());
        Assert.Equal(["cat <b>", "dog"], await page.Locator("#bars .name").AllInnerTextsAsync());
        Assert.Equal("No picture yet", await page.Locator("#sure").InnerTextAsync());

        await page.Locator("#file").SetInputFilesAsync(folder.File("pet.png"));
        await window.Until("document.getElementById('digit').textContent !== '–'");
        Assert.Equal(shape.ClassNames[Array.IndexOf(expected, expected.Max())], await window.Answer());
        var widths = await page.EvaluateAsync<double[]>("[...document.querySelectorAll('.fill')].map(f => "
            + "parseFloat(f.style.width))");
        Assert.Equal(expected.Select(p => 100 * p), widths, (e, w) => Math.Abs(e - w) < 0.01);
        var seen = await page.EvaluateAsync<int[]>("(s => [s.width, s.height, "
            + "...s.getContext('2d').getImageData(0, 0, s.width, s.height).data.filter((_, i) => i % 4 !== 3)])"
            + "(document.getElementById('seen'))");
        Assert.Equal([4, 3, .. pixels.Select(p => (int)p)], seen);

        // There is nothing to draw.
        await page.Locator("#clear").ClickAsync();
        await window.Draw(HandDrawnDigits.Strokes(1, 0));
        Assert.Equal("–", await window.Answer());
        Assert.False(await page.Locator("#undo").IsVisibleAsync());
        window.AssertClean();
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task ManyClassesOfLongNamesFitTheScreenAndAnyoneCanUseThePage(int width)
    {
        var shape = new DataShape(28, 28, 1,
            [.. Enumerable.Range(0, 62).Select(k => $"class {k} with a name of many words, or {new string('w', 60)}")]);
        await using var served = await Serve(shape);
        await using var window = await chromium.Open(served.Url, width, 844, touch: width < 500);
        await window.Until("document.body.classList.contains('pictures')");
        Assert.Equal(62, await window.Page.Locator("#bars li").CountAsync());
        await window.AssertUsable();
        await window.Keep($"pictures-{width}");
        window.AssertClean();
    }
}
