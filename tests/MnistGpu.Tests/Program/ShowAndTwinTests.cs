using MnistGpu.Tests.Exchange;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

public sealed class ShowAndTwinTests : IDisposable
{
    private static readonly string[] Train = ["train", "--data", "digits", "--network", "784-12-10", "--init", "he",
        "--optimizer", "adam", "--batch", "50", "--epochs", "2", "--device", "reference", "--seed", "5", "--quiet"];

    private readonly TemporaryFolder folder = new();

    public ShowAndTwinTests() => Assert.Equal(0, Run("data", "synth", "digits", "--count", "300", "--test", "50")
        .ExitCode);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AModelShowsItsLayersAndHowItWasTrained()
    {
        Assert.Equal(0, Run(Train).ExitCode);
        var run = Run("show", "model.safetensors");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All((string[])["784-12-10, ReLU, 9,550 parameters", "784 to 12, 9,420 parameters, ReLU",
            "12 to 10, 130 parameters, softmax", "19,056 operations", "3,224 bytes", "seed 5", "% test", "2 rows",
            "train --network 784-12-10 --init he --epochs 2 --batch 50 --optimizer adam --seed 5"], words =>
            Assert.Contains(words, run.Rows, StringComparison.Ordinal));
        Assert.All(run.Output.Split('\n').Where(line => !line.StartsWith("    ", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 80));
        var json = Run("show", "model.safetensors", "--json").Json;
        Assert.Equal(9550, json.GetProperty("parameters").GetInt64());
        Assert.Equal(2, json.GetProperty("history").GetArrayLength());
        Assert.Equal(64, json.GetProperty("sha256").GetString()!.Length);
    }

    [Fact]
    public void TheShownCommandTrainsTheSameModel()
    {
        Assert.Equal(0, Run(Train).ExitCode);
        var command = Assert.Single(Run("show", "model.safetensors").Commands);
        var run = ProgramRun.Typed(folder, $"{command} --data digits --device reference --save again.safetensors");
        Assert.True(run.ExitCode == 0, run.Error);
        var (one, other) = (ModelFile.Load(folder.File("model.safetensors")),
            ModelFile.Load(folder.File("again.safetensors")));
        Assert.Equal(one.State.W[0], other.State.W[0]);
    }

    [Fact]
    public void AForeignModelShowsWhereItIsFrom()
    {
        var run = Run("show", ForeignFiles.Named("torch-norm.onnx"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("12-5-4-3", run.Output, StringComparison.Ordinal);
        Assert.Contains("ONNX, opset 13, pytorch 1.13", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("digits")]
    [InlineData("synthetic")]
    public void ATwinReplaysTheRunWithoutTheProgram(string data)
    {
        var train = Train.Select(word => word == "digits" ? data : word).Append("--limit").Append("200").ToArray();
        Assert.Equal(0, Run(train).ExitCode);
        var run = Run("twin", "model.safetensors", "twin.py", "--data", data);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var twin = Python.Run(folder, "twin.py");
        Assert.True(twin.ExitCode == 0, twin.Output + twin.Error);
        Assert.Contains("the same run", twin.Output, StringComparison.Ordinal);
        // Images that a folder has are read there.
        Assert.Equal(data != "digits", new FileInfo(folder.File("twin.npz")).Length > 100_000);
    }

    [Fact]
    public void ATwinNeedsTheSameImagesAndARecipeAndFreeNames()
    {
        Assert.Equal(0, Run(Train).ExitCode);
        Assert.Equal(0, Run("data", "synth", "fewer", "--count", "100", "--test", "50").ExitCode);
        Refused("270 images to train on", "model.safetensors", "twin.py", "--data", "fewer");
        Refused("does not say how it was trained", ForeignFiles.Named("torch-net-f64.safetensors"), "twin.py");
        Refused("a Python script", "model.safetensors", "twin.npz", "--data", "digits");
        File.WriteAllText(folder.File("twin.npz"), "mine");
        Refused("--replace", "model.safetensors", "twin.py", "--data", "digits");
        Assert.Equal("mine", File.ReadAllText(folder.File("twin.npz")));
        Assert.False(File.Exists(folder.File("twin.py")));
    }

    private void Refused(string says, params string[] arguments)
    {
        var run = Run(["twin", .. arguments]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    private ProgramRun Run(params string[] arguments) => ProgramRun.Run(folder, arguments);
}
