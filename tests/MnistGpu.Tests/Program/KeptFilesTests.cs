using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using MnistGpu.Files;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>
/// Files that version 0.1.0 wrote half way and at the end of two runs, the tutorial's and one with everything that has
/// a state of its own: later versions read them, and end in the same bits.
/// </summary>
public sealed class KeptFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("tutorial", "7aa7826080426c5fcba74d011caeb4fb5d6189775dcc684a69558ce99e344004")]
    [InlineData("everything", "8b2827434e471f792ba0c2e97d0a0ec73f14dd067d33c1a7e2b72c58f1ffeb6b")]
    public void ACheckpointGoesOnToTheSameBitsInFloat64(string name, string hash)
    {
        // exp and log are the C library's: other machines' may differ in the last bit.
        Assert.SkipUnless(OperatingSystem.IsLinux() && Fma.IsSupported, "the hash is that of Linux on x64");
        Resume(name, "reference");
        var file = File.ReadAllBytes(folder.File("resumed"));
        var tensors = file.AsSpan(8 + (int)BitConverter.ToInt64(file));
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(tensors)));
    }

    [Theory]
    [InlineData("tutorial")]
    [InlineData("everything")]
    public void ACheckpointGoesOnToTheModelOfThatTime(string name)
    {
        var output = Resume(name, "simd");
        var expected = Safetensors.Read(Kept($"{name}.safetensors")).Tensors;
        var actual = Safetensors.Read(folder.File("resumed")).Tensors;
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        // Vectors of another width sum in another order.
        var isSame = output.Contains("256-bit vectors", StringComparison.Ordinal);
        foreach (var (tensor, values) in expected)
        {
            var pairs = values.Values.Zip(actual[tensor].Values);
            Assert.All(pairs, pair => Assert.Equal(pair.First, pair.Second, isSame ? 0 : 1e-3));
        }
    }

    [Theory]
    [InlineData("tutorial", "784-4-10 relu", 5, 40)]
    [InlineData("everything", "784-3-10 tanh", 7, 30)]
    public void AModelIsAsGoodAsItsFileSays(string name, string network, int seed, int step)
    {
        var file = Kept($"{name}.safetensors");
        var model = ModelFile.Load(file);
        var metadata = model.Metadata;
        Assert.Equal((network, step), ($"{metadata["network"]} {metadata["activation"]}", model.State.Step));
        // As many as were drawn when the files were made.
        Assert.Equal(0, ProgramRun.Run(folder, "data", "synth", "drawn", "--count", "300", "--test", "10000", "--seed",
            $"{seed}").ExitCode);
        string[] job = ["--data", "drawn", "--limit", "300", "--dev", "60", "--seed", $"{seed}"];
        string[] how = ["--start", file, "--iterations", "0", "--device", "simd", "--json"];
        var run = ProgramRun.Run(folder, ["train", .. how, .. job]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var figure in (string[])["loss", "train_accuracy", "dev_accuracy", "test_accuracy"])
        {
            var expected = double.Parse(metadata[figure], CultureInfo.InvariantCulture);
            Assert.Equal(expected, run.Json.GetProperty(figure).GetDouble(), 1e-5);
        }
    }

    private static string Kept(string name) => Path.Combine(AppContext.BaseDirectory, "Program", "files", name);

    private string Resume(string name, string device)
    {
        File.Copy(Kept($"{name}.checkpoint"), folder.File("c"));
        var run = ProgramRun.Run(folder, "train", "--resume", "c", "--device", device, "--save", "resumed");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("goes on from c, after step 20 of 40", run.Error, StringComparison.Ordinal);
        return run.Output;
    }
}
