using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Docs;

/// <summary>The lines of C# on the front page: those that stand here, which train a network.</summary>
public sealed class FromCodeTests
{
    private const string Begin = "#region README", End = "#endregion";

    [Fact]
    public void TheFrontPageShowsTheLinesThatAreTestedHere()
    {
        var source = File.ReadAllText(Path.Combine(SourceTree.Root, "tests/MnistGpu.Tests/Docs/FromCodeTests.cs"));
        var start = source.LastIndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var tested = Lines(source[start..source.IndexOf(End, start, StringComparison.Ordinal)]);
        var shown = Lines(Assert.Single(MarkdownPage.Named("README.md").Code("csharp")));
        // The tests' namespace sees the library's without it.
        Assert.Equal(["using MnistGpu;", .. tested], shown);
        var packaged = Lines(MarkdownPage.Named("src/MnistGpu.Core/Package.md").Code("csharp").First());
        Assert.Equal(shown.Select(line => line.Replace("args[0]", "\"auto\"", StringComparison.Ordinal)
            .Replace("args[1]", "\"model.safetensors\"", StringComparison.Ordinal)), packaged);
    }

    [Fact]
    public void TheLinesTrainANetworkAndSaveIt()
    {
        using var folder = new TemporaryFolder();
        var cancel = TestContext.Current.CancellationToken;
        var digits = SyntheticDigits.Draw(6000, 0, SyntheticPart.Train, cancel);
        var others = SyntheticDigits.Draw(1000, 0, SyntheticPart.Test, cancel);
        IdxWriter.Write(folder.Path, new DigitData(digits, others, digits.Source, null));
        Train([folder.Path, folder.File("model.safetensors")]);
        using var network = Network.Load(folder.File("model.safetensors"));
        // A guess is right once in ten times.
        Assert.InRange(network.Evaluate(Dataset.Load(folder.Path, cancel: cancel).Test, cancel).Accuracy, 0.6, 1);
    }

    private static void Train(string[] args)
    {
        #region README
        var digits = Dataset.Load(args[0]);
        using var network = Network.Train(digits.Training, new() { Hidden = [64], Epochs = 5 });
        Console.WriteLine($"{network.Evaluate(digits.Test)} of the test images");
        network.Save(args[1]);

        using var loaded = Network.Load(args[1]);
        Answer answer = loaded.Predict(digits.Test.Image(0));
        Console.WriteLine($"The first shows a {answer.Name}, to {answer.Probability:P1}");
        #endregion
    }

    /// <summary>Lines with text, single spaces between words.</summary>
    private static string[] Lines(string text) => [.. text.Split('\n')
        .Select(line => string.Join(' ', line.Split([' ', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)))
        .Where(line => line.Length > 0)];
}
