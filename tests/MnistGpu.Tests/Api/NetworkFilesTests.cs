using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Files;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Api;

/// <summary>What a network's file keeps, and what becomes of a network whose device does not start.</summary>
public sealed class NetworkFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ParametersStayAsPreciseAsTheyAreWhateverAnswers()
    {
        var (exact, again, single) = (folder.File("exact.safetensors"), folder.File("again.safetensors"),
            folder.File("single.safetensors"));
        using (var reference = Shapes.Train(Shapes.Options with { Epochs = 1, Device = "reference" }))
        {
            reference.Save(exact);
        }

        using (var loaded = Network.Load(exact, "simd"))
        {
            loaded.Save(again);
        }

        Assert.Equal(Safetensors.Read(exact).Tensors["W1"].Values, Safetensors.Read(again).Tensors["W1"].Values);
        using (var simd = Shapes.Train(Shapes.Options with { Epochs = 1 }))
        {
            simd.Save(single);
        }

        var length = new FileInfo(single).Length;
        using var onReference = Network.Load(single, "reference");
        onReference.Save(single);
        Assert.Equal(length, new FileInfo(single).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PicturesArePreparedTheSameForAnOnnxFile(bool areDigits)
    {
        var drawn = Dataset.Load("synthetic", new() { Limit = 600 }, Cancel).Training.Digits;
        var shape = new DataShape(Mnist.Side, Mnist.Side, 1, DataShape.Numbers(Mnist.Classes), areDigits);
        var dark = Array.ConvertAll(drawn.X.ToArray(), pixel => (byte)(255 - pixel));
        using var network = Network.Train(
            new ImageSet(new DigitSet(dark, drawn.Labels.ToArray(), "dark", shape), isDark: true),
            new() { Hidden = [16], Epochs = 2, Device = "simd" }, Cancel);
        var (model, picture) = (folder.File("m.onnx"), folder.File("digit.png"));
        network.Save(model);
        ContactSheet.Write(picture, drawn.Slice(0, 1), 1, 1);
        using var loaded = Network.Load(model);
        var (before, after) = (network.Predict(picture), loaded.Predict(picture));
        Assert.Equal(before.Probabilities.ToArray(), after.Probabilities.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal((true, areDigits), (ModelImages.AreDark(loaded.Model.Metadata), loaded.Images.IsDigits));
    }

    [Fact]
    public void WhatAnotherProgramMeansByTheSameKeysIsLeftAlone()
    {
        Assert.True(ModelImages.IsForeign(ModelImages.DigitsKey, "10"));
        Assert.True(ModelImages.IsForeign("ink", "blue"));
        Assert.False(ModelImages.IsForeign(ModelImages.DigitsKey, "false"));
        Assert.False(ModelImages.IsForeign("ink", "dark"));
    }

    [Fact]
    public void ADatasetKeptDarkIsScoredTheSameByTheCommandLine()
    {
        var shapes = Shapes.Draw(60);
        for (var j = 0; j < shapes.Count; j++)
        {
            var pixels = Array.ConvertAll(shapes.Image(j), pixel => (byte)(255 - pixel));
            var place = Directory.CreateDirectory(folder.File($"data/{Shapes.Names[shapes.Labels[j]]}")).FullName;
            using var file = File.Create(Path.Combine(place, $"{j}.png"));
            new ImageWriter().WritePng(pixels, Shapes.Side, Shapes.Side, ColorComponents.Grey, file);
        }

        var data = Dataset.Load(folder.File("data"), new() { KeepsPolarity = true }, Cancel);
        using var network = Network.Train(data.Training, Shapes.Options with { Epochs = 60, Development = 0 }, Cancel);
        network.Save(folder.File("m.safetensors"));
        var expected = network.Evaluate(data.Training, Cancel);
        Assert.InRange(expected.Accuracy, 0.9, 1);
        var told = ProgramRun.Run(folder, "evaluate", "m.safetensors", "--data", "data", "--part", "train", "--device",
            "simd", "--json").Json;
        Assert.Equal(expected.Accuracy, told.GetProperty("accuracy").GetDouble(), 1e-9);
        Assert.Equal(expected.Loss, told.GetProperty("loss").GetDouble(), 1e-6);
    }

    [Fact]
    public void ADamagedHistoryIsRefusedAndAWholeOneIsReadOnce()
    {
        var path = folder.File("m.safetensors");
        using var network = Shapes.Train(Shapes.Options with { Epochs = 1 });
        Assert.Same(network.History, network.History);
        ModelFile.Save(path, network.Model.State, asDouble: false,
            new Dictionary<string, string>(network.Model.Metadata) { ["history"] = "epoch\nfirst" });
        using var damaged = Network.Load(path);
        var error = Assert.Throws<UserErrorException>(() => damaged.History);
        Assert.Equal($"{path}, metadata 'history'", error.Where);
        Assert.Equal(2, damaged.Predict(Shapes.Draw(1).Image(0)).Probabilities.Length);
    }

    [Fact]
    public void AGpuThatIsAskedForIsNoSimulator()
    {
        var path = folder.File("m.safetensors");
        using var trained = Shapes.Train(Shapes.Options with { Epochs = 1 });
        trained.Save(path);
        if (Network.Devices.Any(name => name.StartsWith("cuda", StringComparison.Ordinal)))
        {
            using var network = Network.Load(path, "gpu");
            Assert.NotEqual("cpu", network.Device);
        }
        else if (Record.Exception(() => Network.Load(path, "gpu").Dispose()) is { } error)
        {
            // An OpenCL device may be a GPU.
            Assert.Equal(("There is no GPU here", "device"),
                (Assert.IsType<UserErrorException>(error).What, ((UserErrorException)error).Where));
            Assert.Equal("TrainingOptions.Device", Assert.Throws<UserErrorException>(() =>
                Shapes.Train(Shapes.Options with { Device = "gpu" })).Where);
        }
        else
        {
            Assert.Contains(Network.Devices, name => name.StartsWith("opencl", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void ATrainedNetworkOutlivesADeviceThatDoesNotStart()
    {
        var path = folder.File("m.safetensors");
        using var trained = Shapes.Train(Shapes.Options with { Epochs = 1 });
        var engines = new Broken();
        using var network = new Network("trained", trained.Model, HostEngines.Simd, engines, 1, opensLater: true);
        var image = Shapes.Draw(1).Image(0);
        Assert.Equal("broken", Assert.Throws<UserErrorException>(() => network.Predict(image)).What);
        network.Save(path);
        using var loaded = Network.Load(path);
        engines.IsBroken = false;
        Assert.Equal(loaded.Predict(image).Probability, network.Predict(image).Probability);
        Assert.Throws<UserErrorException>(() =>
            new Network("loaded", trained.Model, HostEngines.Simd, new Broken(), 1));
    }

    private sealed class Broken : IEngineList
    {
        public bool IsBroken { get; set; } = true;

        public IReadOnlyList<EngineChoice> List() => [HostEngines.Simd];

        public EngineChoice Choose(string device) => HostEngines.Simd;

        public INetworkEngine Create(EngineChoice choice, NetworkShape shape, int threads) =>
            IsBroken ? throw new UserErrorException("broken") : HostEngines.Find(choice, shape, threads)!;

        public IReadOnlyDictionary<string, string> FactsOf(INetworkEngine engine) => new Dictionary<string, string>();

        public void Prepare(INetworkEngine engine, int images)
        {
            // Nothing is compiled.
        }

        public string? NoticeOf(INetworkEngine engine) => null;
    }
}
