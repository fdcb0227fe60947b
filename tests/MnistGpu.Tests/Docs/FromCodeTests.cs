using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Data.Synthetic;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

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
        Assert.Equal(tested, shown.Where(line => !IsUsing(line)));
        Assert.Contains(shown, IsUsing);
        Assert.Superset(shown.Where(IsUsing).ToHashSet(), Lines(source).ToHashSet());
    }

    [Fact]
    public void TheLinesTrainANetworkAndSaveIt()
    {
        using var folder = new TemporaryFolder();
        var digits = SyntheticDigits.Draw(6000, 0, SyntheticPart.Train, TestContext.Current.CancellationToken);
        var others = SyntheticDigits.Draw(1000, 0, SyntheticPart.Test, TestContext.Current.CancellationToken);
        IdxWriter.Write(folder.Path, new DigitData(digits, others, digits.Source, null));
        var model = folder.File("model.safetensors");
        Train([folder.Path, model]);
        var state = ModelFile.Load(model).State;
        using var engine = Engines.Create(Engines.Choose("simd"), state.Shape);
        engine.Load(state);
        var test = DataSource.Load(folder.Path, new DataRequest(), CancellationToken.None).Test!;
        // A guess is right once in ten times.
        Assert.InRange(Evaluation.Totals(engine, test, CancellationToken.None).Accuracy, 0.6, 1);
    }

    private static void Train(string[] args)
    {
        #region README
        var data = DataSource.Load(args[0], new DataRequest(), default);
        using var engine = Engines.Create(Engines.Choose("auto"), NetworkShape.Parse("784-64-10"));
        engine.Load(Initialization.Draw(engine.Shape, Start.He, seed: 0));
        engine.Attach(data.Train.X, data.Train.Labels);
        var batches = new Batches(data.Train.Count, size: 128, seed: 0);
        var plan = new TrainingPlan(5 * batches.PerEpoch, new UpdateRule(0.001, Optimizer.Adam)) { Batches = batches };
        Trainer.Run(engine, plan, watch: null, default);
        Console.WriteLine($"{Evaluation.Totals(engine, data.Test!, default).Accuracy:P2} of the test images");
        ModelFile.Save(args[1], engine.Save(), asDouble: false, new Dictionary<string, string>());
        #endregion
    }

    private static bool IsUsing(string line) => line.StartsWith("using MnistGpu.", StringComparison.Ordinal);

    /// <summary>Lines with text, single spaces between words.</summary>
    private static string[] Lines(string text) => [.. text.Split('\n')
        .Select(line => string.Join(' ', line.Split([' ', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)))
        .Where(line => line.Length > 0)];
}
