using MnistGpu.Data;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Onnx;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Exchange;

public sealed class ModelExportTests : IDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<Activation, bool, int> Graphs
    {
        get
        {
            var rows = new TheoryData<Activation, bool, int>();
            foreach (var activation in Enum.GetValues<Activation>())
            {
                foreach (var opset in (int[])[9, 13, 26])
                {
                    rows.Add(activation, true, opset);
                    rows.Add(activation, false, opset);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void OnnxRuntimeAnswersAsTheReferenceOnAllTestImages(Activation activation, bool takesBytes, int opset)
    {
        var images = RealMnist.Load().Test!;
        var state = TrainedNetwork.On(RealMnist.Load().Train, activation);
        var options = new OnnxOptions { TakesBytes = takesBytes, Opset = opset, Image = [1, 28, 28] };
        ModelExport.Save(folder.File("m.onnx"), new ModelFile(state, NoMetadata), options);
        using var graph = new OnnxRun(folder.File("m.onnx"));
        var answers = Array.ConvertAll(graph.Run(images.X.ToArray(), state.Shape.Outputs), value => (double)value);
        var exact = TrainedNetwork.Answers(state, images);
        var difference = ForeignFiles.LargestDifference(exact, answers);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"| {activation} | {(takesBytes ? "bytes" : "floats")} | {opset} | {difference:0.0e+0} |");
        Assert.Equal(takesBytes, graph.TakesBytes);
        Assert.InRange(difference, 0, 2e-6);
        Assert.Equal(Digits(exact, state.Shape.Outputs), Digits(answers, state.Shape.Outputs));
    }

    [Fact]
    public void LogitsAreThoseBehindTheProbabilities()
    {
        var state = Initialization.Draw(NetworkShape.Parse("12-5-3"), Start.He, 1);
        var pixels = ForeignFiles.LoadPixels();
        ModelExport.Save(folder.File("z.onnx"), new ModelFile(state, NoMetadata),
            new OnnxOptions { GivesProbabilities = false });
        using var graph = new OnnxRun(folder.File("z.onnx"));
        var z = graph.Run(pixels, 3).Chunk(3).SelectMany(row =>
        {
            var sum = row.Sum(value => Math.Exp(value));
            return row.Select(value => Math.Exp(value) / sum);
        });
        Assert.InRange(ForeignFiles.LargestDifference([.. z], ForeignFiles.Predict(state, pixels)), 0, 1e-6);
        Assert.Equal([-1, 12], graph.Dimensions);
    }

    [Fact]
    public void AGraphTellsOfTheModel()
    {
        var state = Initialization.Draw(NetworkShape.Parse("4-3-2"), Start.He, 1);
        ModelExport.Save(folder.File("m.onnx"), new ModelFile(state,
            new Dictionary<string, string> { ["seed"] = "7", ["test_accuracy"] = "0.5", ["run"] = "not told" }));
        using var graph = new OnnxRun(folder.File("m.onnx"));
        Assert.Equal(("4-3-2", "relu", "7", "0.5", 4), (graph.Metadata["network"], graph.Metadata["activation"],
            graph.Metadata["seed"], graph.Metadata["test_accuracy"], graph.Metadata.Count));
    }

    [Theory]
    [InlineData("m.onnx", Activation.ScaledTanh)]
    [InlineData("m.onnx", Activation.LeakyReLU)]
    [InlineData("m.safetensors", Activation.ScaledTanh)]
    [InlineData("m.npz", Activation.ReLU)]
    public void WhatIsExportedCanBeReadAgain(string name, Activation activation)
    {
        var state = Initialization.Draw(NetworkShape.Parse("12-5-4-3").With(activation), Start.He, 1);
        Round(state);
        ModelExport.Save(folder.File(name), new ModelFile(state, NoMetadata));
        var again = ModelImport.Load(folder.File(name)).State;
        Assert.Equal(state.Shape, again.Shape);
        var pixels = ForeignFiles.LoadPixels();
        Assert.InRange(ForeignFiles.LargestDifference(ForeignFiles.Predict(state, pixels),
            ForeignFiles.Predict(again, pixels)), 0, 1e-7);
    }

    [Fact]
    public void SafetensorsHavePyTorchsNamesOrOurs()
    {
        var state = Initialization.Draw(NetworkShape.Parse("4-3-2"), Start.He, 1);
        var model = new ModelFile(state, NoMetadata);
        ModelExport.Save(folder.File("a.safetensors"), model);
        ModelExport.Save(folder.File("b.safetensors"), model, names: ExportNames.Own);
        Assert.Equal(["fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight"],
            Safetensors.Read(folder.File("a.safetensors")).Tensors.Keys.Order(StringComparer.Ordinal));
        var own = ModelFile.Load(folder.File("b.safetensors")).State;
        // The numbers are float64 where float32 would round them.
        Assert.Equal(state.W[0], own.W[0]);
        Assert.Equal(state.W[1], ModelImport.Load(folder.File("a.safetensors")).State.W[1]);
    }

    [Theory]
    [InlineData("m.onnx")]
    [InlineData("m.safetensors")]
    public void TheImagesSizeAndTheClassesNamesTravel(string name)
    {
        var metadata = new Dictionary<string, string>();
        var images = new DataShape(4, 3, 1, ["shoe", "shirt"]);
        ModelImages.Add(metadata, images);
        var state = Initialization.Draw(NetworkShape.Parse("12-5-2"), Start.He, 1);
        ModelExport.Save(folder.File(name), new ModelFile(state, metadata));
        Assert.Equal(images, ModelImport.Load(folder.File(name)).Images(name));
    }

    [Fact]
    public void AFileThatIsThereIsNotReplacedUnlessAskedFor()
    {
        var model = new ModelFile(Initialization.Draw(NetworkShape.Parse("4-2"), Start.He, 1), NoMetadata);
        File.WriteAllText(folder.File("m.npz"), "mine");
        var e = Assert.Throws<UserErrorException>(() => ModelExport.Save(folder.File("m.npz"), model));
        Assert.Contains("allow it to be replaced", e.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder.File("m.npz")));
        ModelExport.Save(folder.File("m.npz"), model, replace: true);
        Assert.Equal("4-2", ModelImport.Load(folder.File("m.npz")).State.Shape.ToString());
        Assert.Throws<UserErrorException>(() => ModelExport.Save(folder.File("m.pt"), model));
        Assert.False(File.Exists(folder.File("m.pt")));
    }

    [Fact]
    public void ACheckpointIsExportedWithItsAverage()
    {
        var state = Initialization.Draw(NetworkShape.Parse("12-5-3"), Start.He, 1);
        state.Average = Initialization.Draw(NetworkShape.Parse("12-5-3"), Start.He, 2);
        Checkpoint.Save(folder.File("c.safetensors"), state, new TrainingPosition(), asDouble: true, NoMetadata);
        ModelExport.Save(folder.File("c.onnx"), ModelImport.Load(folder.File("c.safetensors")));
        using var graph = new OnnxRun(folder.File("c.onnx"));
        var pixels = ForeignFiles.LoadPixels();
        Assert.InRange(ForeignFiles.LargestDifference(ForeignFiles.Predict(state.Average, pixels),
            Array.ConvertAll(graph.Run(pixels, 3), value => (double)value)), 0, 1e-6);
    }

    private static void Round(NetworkState state)
    {
        foreach (var values in state.W.Concat(state.b))
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)values[i];
            }
        }
    }

    private static int[] Digits(double[] answers, int classes) =>
        [.. answers.Chunk(classes).Select(row => Array.IndexOf(row, row.Max()))];
}
