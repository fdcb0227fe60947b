using Microsoft.Playwright;
using MnistGpu.Tests.Support;
using MnistGpu.Tests.Web;
using MnistGpu.Tests.Web.Browser;
using MnistGpu.Training;

namespace MnistGpu.Tests.Docs;

/// <summary>
/// Takes the pictures of the front page: of a network that the program has trained on MNIST. They are written where
/// MNISTGPU_SCREENSHOTS names a folder, docs for those that are kept.
/// </summary>
public sealed class PicturesTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Digit = 3;
    private const int Width = 1180;
    private const int Height = 820;

    [Fact]
    public async Task AReportAndTheDrawingPageAreWorthAPicture()
    {
        RealMnist.Load();
        using var folder = new TemporaryFolder();
        // A name without the way to it, which a report would show.
        Directory.CreateSymbolicLink(folder.File("mnist"), Environment.GetEnvironmentVariable("MNISTGPU_DATA")!);
        // The recipe quick, with as many hidden units as the drawing page can show.
        var run = ProgramRun.Run(folder, "train", "--data", "mnist", "--device", "simd", "--preset", "quick",
            "--network", "784-64-10", "--report", "report.html", "--quiet");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        await using (var report = await chromium.Open(new Uri(folder.File("report.html")), Width, Height))
        {
            Assert.Contains("test", await report.Page.TitleAsync(), StringComparison.OrdinalIgnoreCase);
            await Keep(report.Page, "report.png");
            report.AssertClean();
        }

        await using var served = await ServedModel.Start(ModelFile.Load(folder.File("model.safetensors")).State);
        await using var drawing = await chromium.Open(served.Url, Width, Height);
        await drawing.Draw(HandDrawnDigits.Strokes(Digit, 0));
        Assert.Equal($"{Digit}", await drawing.Answer());
        await Keep(drawing.Page, "drawing.png");
        drawing.AssertClean();
    }

    /// <summary>Keeps what the window shows, without what lies below it.</summary>
    private static async Task Keep(IPage page, string name)
    {
        var picture = await page.ScreenshotAsync();
        Assert.InRange(picture.Length, 10_000, 200_000);
        if (Environment.GetEnvironmentVariable("MNISTGPU_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name), picture, TestContext.Current.CancellationToken);
        }
    }
}
