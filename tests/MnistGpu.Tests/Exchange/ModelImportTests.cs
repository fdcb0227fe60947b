using Google.Protobuf;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Layers;
using MnistGpu.Exchange.Onnx;
using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Exchange;

/// <summary>Files of other programs, as make_files.py has them from those programs or in their layout.</summary>
public sealed class ModelImportTests
{
    private const string Outside = "torch-normalized-outside.onnx";

    private static readonly InputScale Normalized = new(0.1307, 0.3081);

    public static TheoryData<string> Good => [.. ForeignFiles.Good];

    public static TheoryData<string> Graphs => [.. ForeignFiles.Good
        .Where(name => name.EndsWith(".onnx", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Good))]
    public void AFileOfAnotherProgramAnswersAsItDoesThere(string name)
    {
        var model = Load(name);
        Assert.Equal("12-5-4-3", model.State.Shape.ToString());
        Assert.NotEmpty(model.Metadata[ModelImport.FormatKey]);
        var difference = ForeignFiles.LargestDifference(ForeignFiles.Answers(name),
            ForeignFiles.Predict(model.State, ForeignFiles.LoadPixels()));
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {difference:g2}");
        Assert.InRange(difference, 0, 2e-7);
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void AGraphAnswersAsInOnnxRuntime(string name)
    {
        var pixels = ForeignFiles.LoadPixels();
        using var graph = new OnnxRun(ForeignFiles.Named(name));
        var out32 = graph.Run(pixels, ForeignFiles.Classes, name == Outside
            ? p => (float)((p / 255.0 - Normalized.Mean) / Normalized.Deviation) : null);
        var ours = ForeignFiles.Predict(Load(name).State, pixels);
        for (var j = 0; j < ForeignFiles.Images; j++)
        {
            // Some graphs end in probabilities, some in their logarithms, some in logits.
            var row = out32.AsSpan(j * ForeignFiles.Classes, ForeignFiles.Classes).ToArray();
            var sum = row.Sum();
            var isDone = Math.Abs(sum - 1) < 1e-4 && row.Min() >= 0;
            var e = row.Select(z => isDone ? z : Math.Exp(z)).ToArray();
            Assert.All(Enumerable.Range(0, row.Length), i =>
                Assert.Equal(e[i] / e.Sum(), ours[j * ForeignFiles.Classes + i], 2e-6));
        }
    }

    [Theory]
    [InlineData("refused-gelu.onnx", "Div")]
    [InlineData("refused-training.onnx", "BatchNormalization", "evaluation mode")]
    [InlineData("refused-convolution.onnx", "Conv '/0/Conv'")]
    [InlineData("refused-two-outputs.onnx", "1 inputs and 2 outputs")]
    [InlineData("refused-opset-6.onnx", "an opset from 7 to 26", "found    : 6")]
    [InlineData("refused-opset-99.onnx", "an opset from 7 to 26", "found    : 99")]
    [InlineData("refused-inputs.onnx", "12 numbers", "784")]
    [InlineData("refused-branch.onnx", "a branch")]
    [InlineData("refused-argmax.onnx", "ArgMax 'best'")]
    [InlineData("refused-chain.onnx", "3 inputs")]
    [InlineData("refused-nan.onnx", "finite numbers")]
    [InlineData("refused-outside.onnx", "own folder", "../dynamo.onnx.data")]
    [InlineData("refused-absent.onnx", "nowhere.data", "no such file")]
    [InlineData("refused-object.npz", "numbers")]
    [InlineData("refused-whole-module.pt", "torch.nn.modules.container.Sequential", "nothing of a file is executed")]
    public void WhatIsNoSuchNetworkIsRefusedByWhatItIs(string name, params string[] words)
    {
        var e = Assert.Throws<UserErrorException>(() => Load(name));
        Assert.All(words, word => Assert.Contains(word, e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ForeignActivation.Tanh)]
    [InlineData(ForeignActivation.Sigmoid)]
    [InlineData(ForeignActivation.LeakyReLU)]
    [InlineData(ForeignActivation.ScaledTanh)]
    public void WeightsAloneTakeTheActivationThatIsAskedFor(object asked)
    {
        var activation = (ForeignActivation)asked;
        var path = ForeignFiles.Named("torch-net-f64.safetensors");
        var plain = ModelImport.Load(path).State;
        var model = ModelImport.Load(path, new ImportOptions { Activation = activation }).State;
        var pixels = ForeignFiles.LoadPixels();
        var expected = Enumerable.Range(0, ForeignFiles.Images).SelectMany(j =>
        {
            var a = pixels.Skip(j * ForeignFiles.Pixels).Take(ForeignFiles.Pixels).Select(p => p / 255.0).ToArray();
            for (var l = 0; l < plain.Shape.Layers; l++)
            {
                var (W, b, inputs) = (plain.W[l], plain.b[l], a);
                a = [.. b.Select((bias, i) => bias + inputs.Select((x, k) => x * W[i * inputs.Length + k]).Sum())];
                a = l == plain.Shape.Layers - 1 ? a : Array.ConvertAll(a, z => Function(activation, z));
            }

            var sum = a.Sum(Math.Exp);
            return a.Select(z => Math.Exp(z) / sum);
        }).ToArray();
        Assert.InRange(ForeignFiles.LargestDifference(expected, ForeignFiles.Predict(model, pixels)), 0, 1e-12);
    }

    [Fact]
    public void AForeignModelCanStartATraining()
    {
        var state = Load("torch-norm.onnx").State;
        Assert.Equal(0, state.Step);
        using var engine = SimdEngine.Create(state.Shape, threads: 1);
        engine.Load(state);
        var answers = new double[ForeignFiles.Images * ForeignFiles.Classes];
        engine.Predict(ForeignFiles.LoadPixels(), answers);
        Assert.InRange(ForeignFiles.LargestDifference(ForeignFiles.Answers("torch-norm.onnx"), answers), 0, 1e-5);
    }

    /// <summary>tf2onnx writes Keras's Rescaling behind an input of floats: those are pixels up to 255.</summary>
    [Theory]
    [InlineData(255, "Mul", 1 / 255.0)]
    [InlineData(255, "Div", 255)]
    [InlineData(255, "Div", 256)]
    [InlineData(255, "Mul", 1 / 127.5, "Sub", 1)]
    [InlineData(255, "Sub", 127.5, "Div", 127.5)]
    [InlineData(1, "Sub", 0.1307, "Div", 0.3081)]
    [InlineData(1, "Mul", 2, "Sub", 1)]
    [InlineData(1, "Div", 0.3081, "Mul", 1 / 255.0)]
    public void AGraphThatScalesFloatsTakesPixelsAsItsScaleSays(double greatest, string first, double constant,
        string second = "Identity", double another = 0)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("scaled.onnx");
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(ForeignFiles.Named("tf2onnx.onnx")));
        graph.Graph.Node[0].Input[0] = "two";
        graph.Graph.Node.Insert(0, Scaling(first, "input", "one", constant));
        graph.Graph.Node.Insert(1, Scaling(second, "one", "two", another));
        File.WriteAllBytes(path, graph.ToByteArray());

        var pixels = ForeignFiles.LoadPixels();
        using var run = new OnnxRun(path);
        var expected = run.Run(pixels, ForeignFiles.Classes, p => (float)(p * greatest / 255));
        var model = ModelImport.Load(path);
        Assert.InRange(ForeignFiles.LargestDifference(Array.ConvertAll(expected, x => (double)x),
            ForeignFiles.Predict(model.State, pixels)), 0, 2e-6);
        Assert.Equal(greatest > 1, model.Metadata[ModelImport.FormatKey].Contains("pixels from 0 to 255",
            StringComparison.Ordinal));

        NodeProto Scaling(string type, string from, string to, double value)
        {
            var node = new NodeProto { OpType = type, Input = { from }, Output = { to } };
            if (type != "Identity")
            {
                node.Input.Add("by " + to);
                graph.Graph.Initializer.Add(new TensorProto
                {
                    Name = "by " + to,
                    DataType = OnnxElement.Float,
                    FloatData = { (float)value },
                });
            }

            return node;
        }
    }

    private static ModelFile Load(string name) => ModelImport.Load(ForeignFiles.Named(name),
        new ImportOptions { Input = name == Outside ? Normalized : InputScale.None });

    private static double Function(ForeignActivation activation, double z) => activation switch
    {
        ForeignActivation.Tanh => Math.Tanh(z),
        ForeignActivation.Sigmoid => 1 / (1 + Math.Exp(-z)),
        ForeignActivation.LeakyReLU => z > 0 ? z : 0.01 * z,
        _ => ScaledTanh.Height * Math.Tanh(ScaledTanh.Slope * z),
    };
}
