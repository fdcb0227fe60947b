using System.Net.Http.Json;
using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Samples;
using MnistGpu.Tests.Docs;
using MnistGpu.Tests.Packages;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Samples;

/// <summary>The samples do what they say, and the page shows them as they are.</summary>
public sealed class SamplesTests : IDisposable
{
    private static readonly Lazy<DigitData> Digits = new(() => new DigitData(
        SyntheticDigits.Draw(4000, 0, SyntheticPart.Train, CancellationToken.None),
        SyntheticDigits.Draw(500, 0, SyntheticPart.Test, CancellationToken.None), "synthetic", null));

    private readonly TemporaryFolder folder = new();

    public SamplesTests() => IdxWriter.Write(folder.Path, Digits.Value);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TrainAndPredictPrintsAnAnswerForEachImage()
    {
        var lines = Run("train", folder.Path, folder.File("model.safetensors"));
        Assert.Matches(@"^\d+\.\d\d % \(\d+ of 500\) of the test images$", lines[0]);
        Assert.All(lines[1..3], line => Assert.Matches(@"^\d \(\d+\.\d %\)$", line));
        Assert.True(File.Exists(folder.File("model.safetensors")));
    }

    [Fact]
    public void OwnImagesAreTold() => Assert.Matches(
        @"^\d+\.\d\d % \(\d+ of 100\) of the bars; the first is (upright|lying)$", Run("own")[0]);

    [Fact]
    public void WithoutAGpuTheCpuTrains()
    {
        var lines = Run("gpu", folder.Path);
        Assert.Contains("simd", lines[0], StringComparison.Ordinal);
        // The fastest is named first: the CPU where there is no GPU.
        var fastest = lines[0]["here are ".Length..].Split(", ")[0];
        Assert.Matches($@"^{fastest} trained [\d,]+ images a second$", lines[1]);
    }

    [Fact]
    public void ACommitteeIsMeasuredBesideANetwork()
    {
        var lines = Run("committee", folder.Path);
        Assert.Matches(@"^one network reads \d+\.\d\d % ", lines[0]);
        Assert.Matches(@"^3 networks read \d+\.\d\d % ", lines[1]);
    }

    [Fact]
    public void EarlyStopEndsAtTheGoal()
    {
        var lines = Run("stop", folder.Path, "0.5");
        Assert.Matches(@"^epoch 1: loss \d\.\d+, \d+", lines[0]);
        Assert.Matches(@"^stopped after ([1-9]|[1-4]\d) epochs$", lines[^1]);
    }

    [Fact]
    public async Task PicturesAreAnsweredOverHttp()
    {
        var (model, picture) = (folder.File("model.safetensors"), folder.File("digit.png"));
        using (var network = Network.Train(new ImageSet(Digits.Value.Train),
            new() { Hidden = [16], Epochs = 1, Device = "simd" }, Cancel))
        {
            network.Save(model);
        }

        ContactSheet.Write(picture, Digits.Value.Test!.Slice(0, 1), 1, 1);
        await using var app = AnswerOverHttp.Create(model, "http://127.0.0.1:0");
        await app.StartAsync(Cancel);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Ask(File.ReadAllBytes(picture))));
        Assert.All(answers, answer => Assert.InRange(answer[0].GetProperty("probability").GetDouble(), 0.1, 1));
        using var refused = await client.PostAsync("predict", new ByteArrayContent([1, 2, 3]), Cancel);
        Assert.Equal(400, (int)refused.StatusCode);
        await app.StopAsync(Cancel);

        async Task<JsonElement> Ask(byte[] body)
        {
            using var answer = await client.PostAsync("predict", new ByteArrayContent(body), Cancel);
            Assert.Equal(200, (int)answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        }
    }

    [Fact]
    public void AProgramOfOneFileRuns()
    {
        using var home = new TemporaryFolder();
        var output = new Dotnet(home) { KeepsPackages = true }.Done(folder.Path, "dotnet", "run",
            Path.Combine(SourceTree.Root, "docs", "app.cs"), "--", folder.Path);
        Assert.Matches(@"\d+\.\d\d % \(\d+ of 500\) of the test images", output);
    }

    [Fact]
    public void ThePageShowsTheSamplesAsTheyAre()
    {
        var shown = MarkdownPage.Named("docs/library.md").Code("csharp").ToArray();
        var samples = Directory.GetFiles(Path.Combine(SourceTree.Root, "tests", "MnistGpu.Samples"), "*.cs")
            .Select(File.ReadAllText).Where(text => text.Contains("#region sample", StringComparison.Ordinal))
            .Select(Sample).ToArray();
        Assert.Equal(6, samples.Length);
        Assert.All(samples, sample => Assert.Contains(shown, block => Words(block) == sample));
        Assert.Contains(shown, block => Words(block) == Words(string.Join('\n',
            File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "app.cs")).Skip(1))));
    }

    [Theory]
    [InlineData("Answer")]
    [InlineData("Dataset")]
    [InlineData("ImageSet")]
    [InlineData("LoadOptions")]
    [InlineData("Network")]
    [InlineData("Preset")]
    [InlineData("Score")]
    [InlineData("TrainingOptions")]
    public void TheExampleOfATypeIsOneThatCompiles(string type)
    {
        var docs = File.ReadAllText(Path.Combine(SourceTree.Root, "src", "MnistGpu.Core", "Api", $"{type}.cs"));
        var shown = docs[(docs.IndexOf("<code>", StringComparison.Ordinal) + "<code>".Length)..docs.IndexOf("</code>",
            StringComparison.Ordinal)];
        var compiled = File.ReadAllText(Path.Combine(SourceTree.Root, "tests", "MnistGpu.Samples", "Examples.cs"));
        var start = compiled.IndexOf($"#region {type}\n", StringComparison.Ordinal) + $"#region {type}\n".Length;
        Assert.Equal(Words(compiled[start..compiled.IndexOf("#endregion", start, StringComparison.Ordinal)]),
            Words(System.Net.WebUtility.HtmlDecode(shown.Replace("///", "", StringComparison.Ordinal))));
    }

    private static string Sample(string text)
    {
        var start = text.IndexOf("#region sample", StringComparison.Ordinal) + "#region sample".Length;
        return Words(text[start..text.IndexOf("#endregion", start, StringComparison.Ordinal)]);
    }

    private static string Words(string text) =>
        string.Join(' ', text.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));

    private string[] Run(params string[] arguments) => new Dotnet(folder).Done(folder.Path, "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "MnistGpu.Samples.dll"), .. arguments])
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
