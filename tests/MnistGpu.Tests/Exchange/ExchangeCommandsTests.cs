using MnistGpu.Exchange;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Exchange;

/// <summary>The commands as a user types them.</summary>
public sealed class ExchangeCommandsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AModelGoesOutAndComesBack()
    {
        Save("m.safetensors", "784-12-10");
        var run = Run("export", "m.safetensors", "m.onnx");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("784-12-10, ReLU", run.Output, StringComparison.Ordinal);
        using (var graph = new OnnxRun(folder.File("m.onnx")))
        {
            Assert.True(graph.TakesBytes);
            Assert.Equal([-1, 1, 28, 28], graph.Dimensions);
        }

        run = Run("import", "m.onnx", "again.safetensors");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var (before, after) = (ModelFile.Load(folder.File("m.safetensors")), ModelFile.Load(
            folder.File("again.safetensors")));
        Assert.Equal(before.State.W[0].Select(w => (float)w), after.State.W[0].Select(w => (float)w));
        Assert.StartsWith("ONNX, opset 13, MnistGpu", after.Metadata[ModelImport.FormatKey], StringComparison.Ordinal);
    }

    [Fact]
    public void EveryCommandThatTakesAModelTakesAForeignOne()
    {
        Save("m.safetensors", "784-12-10");
        Assert.Equal(0, Run("export", "m.safetensors", "m.onnx").ExitCode);
        Assert.Equal(0, Run("data", "synth", "digits", "--count", "200", "--test", "100").ExitCode);
        var (ours, theirs) = (Run("evaluate", "m.safetensors", "--data", "digits", "--json").Json,
            Run("evaluate", "m.onnx", "--data", "digits", "--json").Json);
        Assert.Equal(ours.GetProperty("accuracy").GetDouble(), theirs.GetProperty("accuracy").GetDouble());
        var trained = Run("train", "--start", "m.onnx", "--data", "digits", "--iterations", "1", "--quiet");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        Assert.Equal("784-12-10", ModelFile.Load(folder.File("model.safetensors")).State.Shape.ToString());
    }

    [Fact]
    public void WhatWasTakenOffThePixelsIsAskedFor()
    {
        var run = Run("import", ForeignFiles.Named("torch-normalized-outside.onnx"), "m.safetensors", "--input-mean",
            "0.1307", "--input-deviation", "0.3081");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.InRange(ForeignFiles.LargestDifference(ForeignFiles.Answers("torch-normalized-outside.onnx"),
            ForeignFiles.Predict(ModelFile.Load(folder.File("m.safetensors")).State, ForeignFiles.LoadPixels())), 0,
            1e-6);
    }

    [Theory]
    [InlineData("m.safetensors is free", "export", "m.safetensors", "m.pdf", ".pdf")]
    [InlineData("itself", "export", "m.safetensors", "m.safetensors", "One file cannot be two things")]
    [InlineData("there", "export", "m.safetensors", "there.npz", "--replace")]
    [InlineData("there", "import", "m.safetensors", "there.safetensors", "--replace")]
    [InlineData("name", "import", "m.safetensors", "m.onnx", "under another format's name")]
    [InlineData("deviation", "import", "m.safetensors", "x.safetensors", "above 0", "--input-deviation", "0")]
    public void AWrongCallIsRefusedAndNothingIsWritten(string what, string command, string from, string to,
        string says, params string[] more)
    {
        Assert.NotEmpty(what);
        Save("m.safetensors", "784-12-10");
        File.WriteAllText(folder.File("there.npz"), "mine");
        File.WriteAllText(folder.File("there.safetensors"), "mine");
        var files = Directory.GetFiles(folder.Path).Order().ToArray();
        var run = Run([command, from, to, .. more]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Equal(files, Directory.GetFiles(folder.Path).Order());
        Assert.Equal("mine", File.ReadAllText(folder.File("there.npz")));
    }

    private void Save(string name, string network) => ModelFile.Save(folder.File(name),
        Initialization.Draw(NetworkShape.Parse(network), Start.He, 1), asDouble: false,
        new Dictionary<string, string>());

    private ProgramRun Run(params string[] arguments) => ProgramRun.Run(folder, arguments);
}
