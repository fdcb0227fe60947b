namespace MnistGpu.Tests.Web.Browser;

/// <summary>What the pages say to people, in a real browser.</summary>
[Collection(Chromium.Collection)]
public sealed class DrawingWordsTests(Chromium chromium)
{
    [Fact]
    public async Task ARefusalIsInPeoplesWordsAndStandsAlone()
    {
        await using var served = await ServedModel.StartSmall();
        await using var window = await chromium.Open(served.Url);
        var page = window.Page;
        await window.Draw(HandDrawnDigits.Strokes(1, 0));
        Assert.NotEqual("–", await window.Answer());
        await page.EvaluateAsync("""
            async () => {
                const canvas = new OffscreenCanvas(50, 50);
                canvas.getContext('2d').fillRect(0, 0, 50, 50);
                const data = new DataTransfer();
                data.items.add(new File([await canvas.convertToBlob()], 'black.png', { type: 'image/png' }));
                document.body.dispatchEvent(new DragEvent(
                    'drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }
            """);
        await window.Until("document.getElementById('alert').textContent.includes('blank')");
        Assert.Equal("The picture is blank: use a picture with more contrast.",
            await page.Locator("#alert").InnerTextAsync());
        Assert.Equal("–", await window.Answer());
    }

    [Fact]
    public async Task SeveralDigitsAreSaidOneByOne()
    {
        await using var served = await ServedModel.Start(DrawingPageTests.Model.Value);
        await using var window = await chromium.Open(served.Url);
        double[][][] one = HandDrawnDigits.Strokes(1, 0), seven = HandDrawnDigits.Strokes(7, 0);
        await window.Draw([.. Beside(one, 0.05), .. Beside(seven, 0.55)]);
        await window.Until("document.getElementById('sure').textContent.startsWith('More than one digit?')");
        Assert.Equal("1 7", await window.Answer());
        window.AssertClean();

        static IEnumerable<double[][]> Beside(double[][][] strokes, double left) =>
            strokes.Select(stroke => Array.ConvertAll(stroke, p => (double[])[left + 0.4 * p[0], 0.3 + 0.4 * p[1]]));
    }

    [Fact]
    public async Task TheExampleForProgramsNamesThisServer()
    {
        await using var served = await ServedModel.StartSmall();
        await using var window = await chromium.Open(served.Url);
        await window.Page.GotoAsync(new Uri(served.Url, "api").ToString());
        await window.Until($"document.body.textContent.includes('{served.Url}api/predict')");
        window.AssertClean();
    }
}
