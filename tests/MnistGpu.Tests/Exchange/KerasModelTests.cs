using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Keras;
using MnistGpu.Exchange.Layers;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Exchange;

/// <summary>What Keras describes of a network besides its weights: taken as it is meant, or refused by the layer.
/// </summary>
public sealed class KerasModelTests : IDisposable
{
    private const string Original = "keras3.keras";
    private const string Config = "config.json";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("ReLU", """{ "max_value": 6.0 }""", "max_value", "6")]
    [InlineData("ReLU", """{ "threshold": 0.5 }""", "threshold 0", "0.5")]
    [InlineData("ReLU", """{ "negative_slope": 0.2 }""", "negative_slope 0", "0.2")]
    [InlineData("Rescaling", """{ "scale": [0.00392156862745098] }""", "scale", "[0.00392156862745098]")]
    [InlineData("Rescaling", """{ "scale": 0.01, "offset": "0" }""", "offset", "\"0\"")]
    [InlineData("LeakyReLU", """{ "negative_slope": [0.01] }""", "negative_slope", "[0.01]")]
    [InlineData("Activation", """{ "activation": { "class_name": "LeakyReLU" } }""", "LeakyReLU")]
    public void ALayerWithOptionsThatAreNotTakenIsRefused(string kind, string options, params string[] words)
    {
        var e = Refused(config => Describe(Layer(config, 4), kind, options));
        Assert.All([kind, "'act_0'", .. words], word => Assert.Contains(word, e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ReLU", """{ "max_value": null, "negative_slope": 0.0, "threshold": 0.0 }""")]
    [InlineData("ReLU", "{ }")]
    public void AReLUWithoutOptionsIsTaken(string kind, string options) =>
        AssertAnswers(Write(config => Describe(Layer(config, 4), kind, options)));

    [Fact]
    public void AnActivationThatIsNoNameIsRefused()
    {
        var e = Refused(config => Layer(config, 2)["config"]!["activation"] = new JsonObject
        {
            ["class_name"] = "function",
            ["config"] = "my_own",
        });
        Assert.Contains("Dense 'dense'", e, StringComparison.Ordinal);
        Assert.Contains("my_own", e, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void ABiasOfAnotherLengthIsRefused(int length)
    {
        using var json = JsonDocument.Parse(
            """{ "class_name": "Dense", "config": { "name": "dense", "units": 5, "activation": "relu" } }""");
        var modules = WeightModule.Group("file", [new NamedArray("dense/kernel", [12, 5], new double[60]),
            new NamedArray("dense/bias", [length], new double[length])]);
        var e = Assert.Throws<UserErrorException>(() => new KerasLayer("file", json.RootElement).AddTo(
            new LayerChain("file", InputScale.None, takesBytes: false), new Queue<WeightModule>(modules), [], false));
        Assert.All(["Dense 'dense'", "a bias of 5 numbers", $"[{length}]"],
            word => Assert.Contains(word, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void ABiasThatIsDescribedAndNotThereIsRefused()
    {
        using var json = JsonDocument.Parse(
            """{ "class_name": "Dense", "config": { "name": "dense", "units": 5, "use_bias": true } }""");
        var modules = WeightModule.Group("file", [new NamedArray("dense/kernel", [12, 5], new double[60])]);
        var e = Assert.Throws<UserErrorException>(() => new KerasLayer("file", json.RootElement).AddTo(
            new LayerChain("file", InputScale.None, takesBytes: false), new Queue<WeightModule>(modules), [], false));
        Assert.Contains("a bias of 5 numbers", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void AFunctionalModelOfOneChainIsTaken(int version) =>
        AssertAnswers(Write(config => MakeFunctional(config, version)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ALayerThatIsUsedTwiceIsRefused(int version)
    {
        var e = Refused(config =>
        {
            MakeFunctional(config, version);
            var nodes = (JsonArray)Layer(config, 6)["inbound_nodes"]!;
            nodes.Add(nodes[0]!.DeepClone());
        });
        Assert.Contains("Dense 'dense_1'", e, StringComparison.Ordinal);
        Assert.Contains("2 uses", e, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void BranchesAreRefused(int version)
    {
        var e = Refused(config =>
        {
            MakeFunctional(config, version);
            // Past the activation, as a second branch that the output leaves.
            Layer(config, 5)["inbound_nodes"] = Nodes(Name(Layer(config, 3)), version);
        });
        Assert.Contains("Dropout 'dropout_0'", e, StringComparison.Ordinal);
        Assert.Contains("'act_0'", e, StringComparison.Ordinal);
        Assert.Contains("'batch_normalization_0'", e, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ASecondOutputIsRefused(int version)
    {
        var e = Refused(config =>
        {
            MakeFunctional(config, version);
            config["config"]!["output_layers"] = new JsonArray(new JsonArray("dropout_0", 0, 0),
                new JsonArray("dropout_2", 0, 0));
        });
        Assert.Contains("'dropout_0', 'dropout_2'", e, StringComparison.Ordinal);
    }

    [Fact]
    public void AFunctionalModelThatDoesNotSayItsConnectionsIsRefused()
    {
        var e = Refused(config => config["class_name"] = "Functional");
        Assert.Contains("Flatten 'flatten'", e, StringComparison.Ordinal);
    }

    private static void MakeFunctional(JsonNode config, int version)
    {
        config["class_name"] = version == 2 ? "Model" : "Functional";
        var layers = config["config"]!["layers"]!.AsArray();
        for (var l = 0; l < layers.Count; l++)
        {
            layers[l]!["name"] = Name(layers[l]!);
            layers[l]!["inbound_nodes"] = l == 0 ? new JsonArray() : Nodes(Name(layers[l - 1]!), version);
        }

        config["config"]!["input_layers"] = new JsonArray(new JsonArray(Name(layers[0]!), 0, 0));
        var last = new JsonArray(Name(layers[^1]!), 0, 0);
        // Keras 3 leaves out the list where there is one.
        config["config"]!["output_layers"] = version == 2 ? new JsonArray(last) : last;
    }

    /// <summary>One use of a layer, as Keras 2 and Keras 3 write it.</summary>
    private static JsonArray Nodes(string from, int version) => JsonNode.Parse(version == 2
        ? $$"""[[["{{from}}", 0, 0, {}]]]"""
        : $$"""
            [{ "args": [{ "class_name": "__keras_tensor__", "config": { "shape": [null, 5], "dtype": "float32",
            "keras_history": ["{{from}}", 0, 0] } }], "kwargs": { "training": false, "mask": null } }]
            """)!.AsArray();

    private static JsonNode Layer(JsonNode config, int at) => config["config"]!["layers"]![at]!;

    private static string Name(JsonNode layer) => (string)layer["config"]!["name"]!;

    private static void Describe(JsonNode layer, string kind, string options)
    {
        var name = Name(layer);
        layer["class_name"] = kind;
        layer["config"] = JsonNode.Parse(options);
        layer["config"]!["name"] = name;
    }

    private string Refused(Action<JsonNode> edit) =>
        Assert.Throws<UserErrorException>(() => ModelImport.Load(Write(edit))).Message;

    private static void AssertAnswers(string path) => Assert.InRange(ForeignFiles.LargestDifference(
        ForeignFiles.Answers(Original), ForeignFiles.Predict(ModelImport.Load(path).State,
        ForeignFiles.LoadPixels())), 0, 2e-7);

    /// <summary>The original with another description.</summary>
    private string Write(Action<JsonNode> edit)
    {
        var path = folder.File("edited.keras");
        File.Copy(ForeignFiles.Named(Original), path);
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        var entry = archive.GetEntry(Config)!;
        JsonNode config;
        using (var stream = entry.Open())
        {
            config = JsonNode.Parse(stream)!;
        }

        edit(config);
        entry.Delete();
        using var writer = new StreamWriter(archive.CreateEntry(Config).Open());
        writer.Write(config.ToJsonString());
        return path;
    }
}
