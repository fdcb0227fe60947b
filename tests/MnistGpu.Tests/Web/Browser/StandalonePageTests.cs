using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Model;
using MnistGpu.Program.Web;
using MnistGpu.Tests.Exchange;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>The page that export writes, opened as a file, with no server.</summary>
[Collection(Chromium.Collection)]
public sealed class StandalonePageTests(Chromium chromium) : IDisposable
{
    private const int Drawings = 200;

    /// <summary>Runs in the page: the digits of a grey picture and what the network says of the first.</summary>
    private const string Read = """
        const read = picture => {
          try {
            const digits = mnistgpu.findDigits(picture, false);
            return { digits: digits.map(d => Array.from(d)), shares: mnistgpu.probabilities(digits[0]) };
          } catch (e) {
            return { digits: [], shares: [], error: e.message };
          }
        };
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task DrawingsArePreparedAndAnsweredAsByPredict()
    {
        var state = DrawingPageTests.Model.Value;
        await using var window = await Open(state);
        var random = new Random(17);
        var drawings = Enumerable.Range(0, Drawings).Select(i => Moved(
            HandDrawnDigits.Strokes(i % 10, i / 10 % HandDrawnDigits.Ways), random)).ToArray();
        var seen = await window.Page.EvaluateAsync<JsonElement>(Script("""
            strokes => strokes.map(s => {
              const { url, body } = mnistgpu.drawing(s), width = Number(url.split('width=')[1]);
              const gray = btoa(Array.from(body, byte => String.fromCharCode(byte)).join(""));
              return { width, gray, ...read({ pixels: body, width, height: body.length / width }) };
            })
            """), drawings);
        var largest = 0.0;
        foreach (var drawing in seen.EnumerateArray())
        {
            largest = Math.Max(largest, AssertSame(state, drawing.GetProperty("gray").GetBytesFromBase64(),
                drawing.GetProperty("width").GetInt32(), drawing));
            Assert.NotEmpty(drawing.GetProperty("digits").EnumerateArray());
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Drawings} drawings: the same bytes, probabilities within {largest:g2}");
        Assert.InRange(largest, 0, 1e-5);
        window.AssertClean();
    }

    [Fact]
    public async Task PicturesOfAllKindsArePreparedAsByPredict()
    {
        var state = DrawingPageTests.Model.Value;
        await using var window = await Open(state);
        var pictures = MadePictures.All().ToArray();
        var seen = await window.Page.EvaluateAsync<JsonElement>(Script("""
            pictures => pictures.map(({ gray, width }) => {
              const pixels = Uint8Array.from(atob(gray), c => c.charCodeAt(0));
              return read({ pixels, width, height: pixels.length / width });
            })
            """), pictures.Select(picture => new
        {
            gray = Convert.ToBase64String(picture.Pixels),
            width = picture.Width
        }));
        var found = 0;
        foreach (var (picture, answer) in pictures.Zip(seen.EnumerateArray()))
        {
            Assert.InRange(AssertSame(state, picture.Pixels, picture.Width, answer), 0, 1e-5);
            found += answer.GetProperty("digits").GetArrayLength() > 0 ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"digits in {found} of {pictures.Length} pictures");
        Assert.InRange(found, pictures.Length / 2, pictures.Length);
        window.AssertClean();
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task ItFitsTheScreenAndAnyoneCanUseIt(int width, bool dark)
    {
        await using var window = await Open(DrawingPageTests.Model.Value, width, dark);
        await window.Draw(HandDrawnDigits.Strokes(3, 0));
        Assert.Equal("3", await window.Answer());
        await window.Keep($"standalone-{(width < 500 ? "phone" : "desktop")}-{(dark ? "dark" : "light")}");
        var page = window.Page;
        await window.AssertUsable();
        Assert.Contains("784-128-10", await page.Locator("#model").InnerTextAsync(), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("–", await window.Answer());
        // The page itself is all that was asked for.
        window.AssertClean();
        Assert.Single(window.Requests, request => !request.StartsWith("data:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APictureIsTakenToo()
    {
        var state = DrawingPageTests.Model.Value;
        await using var window = await Open(state);
        var (gray, width) = MadePictures.Digit(7);
        using var file = new MemoryStream();
        new ImageWriter().WritePng(gray, width, gray.Length / width, ColorComponents.Grey, file);
        await window.Page.Locator("#file").SetInputFilesAsync(new Microsoft.Playwright.FilePayload
        {
            Name = "seven.png",
            MimeType = "image/png",
            Buffer = file.ToArray(),
        });
        await window.Until("document.getElementById('digit').textContent !== '–'");
        var pixels = HandwrittenImage.Prepare(gray, width, gray.Length / width);
        var expected = ForeignFiles.Predict(state, pixels);
        Assert.Equal($"{Array.IndexOf(expected, expected.Max())}", await window.Answer());
        Assert.Equal(pixels, Bytes(await window.Page.EvaluateAsync<JsonElement>(
            "[...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data]"
            + ".filter((_, i) => i % 4 === 0)")));
        window.AssertClean();
    }

    [Fact]
    public void TheNamesOfAModelCannotEndTheScript()
    {
        var page = StandalonePage.Render("</script><script>alert(1)</script>", DrawingPageTests.Model.Value,
            Mnist.Shape, isDark: false);
        Assert.Equal(2, page.Split("<script").Length - 1);
        Assert.DoesNotContain("import ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"/", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/", page, StringComparison.Ordinal);
        // What a 784-256-10 takes is its weights as base64 and this page's rest.
        var others = page.Length - 4 * ((4 * (int)DrawingPageTests.Model.Value.Shape.ParameterCount + 2) / 3);
        Assert.InRange(4 * ((4 * 203_530 + 2) / 3) + others, 1_000_000, 1_500_000);
    }

    private static string Script(string function) => $"argument => {{ {Read} return ({function})(argument); }}";

    private async Task<Window> Open(NetworkState state, int width = 1280, bool dark = false)
    {
        await File.WriteAllTextAsync(folder.File("page.html"),
            StandalonePage.Render("test.safetensors", state, Mnist.Shape, isDark: false),
            TestContext.Current.CancellationToken);
        return await chromium.Open(new Uri(folder.File("page.html")), width, 844, dark, touch: width < 500);
    }

    /// <summary>Fails unless the page found what the program finds; returns the largest difference of an answer.
    /// </summary>
    private static double AssertSame(NetworkState state, byte[] gray, int width, JsonElement seen)
    {
        var digits = seen.GetProperty("digits").EnumerateArray().Select(Bytes).ToArray();
        IReadOnlyList<byte[]> expected;
        try
        {
            expected = [.. HandwrittenImage.Find(gray, width, gray.Length / width).Select(digit => digit.Pixels)];
        }
        catch (UserErrorException)
        {
            Assert.Empty(digits);
            return 0;
        }

        Assert.Equal(expected, digits);
        var shares = seen.GetProperty("shares").EnumerateArray().Select(share => share.GetDouble()).ToArray();
        return ForeignFiles.LargestDifference(ForeignFiles.Predict(state, expected[0]), shares);
    }

    private static byte[] Bytes(JsonElement numbers) =>
        [.. numbers.EnumerateArray().Select(number => number.GetByte())];

    /// <summary>Strokes turned, stretched and shaken a little.</summary>
    private static double[][][] Moved(double[][][] strokes, Random random)
    {
        var (angle, wide, high) = (0.4 * (random.NextDouble() - 0.5), 0.3 + 0.5 * random.NextDouble(),
            0.3 + 0.5 * random.NextDouble());
        return [.. strokes.Select(stroke => stroke.Select(point =>
        {
            var (x, y) = (wide * (point[0] - 0.5), high * (point[1] - 0.5));
            return (double[])[0.5 + x * Math.Cos(angle) - y * Math.Sin(angle) + 0.02 * random.NextDouble(),
                0.5 + x * Math.Sin(angle) + y * Math.Cos(angle) + 0.02 * random.NextDouble()];
        }).ToArray())];
    }
}
