using MnistGpu.Gpu;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>--product of the program, as a process.</summary>
public sealed class ProductOptionTests : IDisposable
{
    private static readonly string[] Small = ["train", "--data", "synthetic", "--limit", "60", "--dev", "10",
        "--network", "784-10", "--device", "cpu", "--iterations", "2"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // The data do not exist: what the device lacks is told before they are looked for.
    [Theory]
    [InlineData("train --data nowhere --product vectro", "did you mean vector")]
    [InlineData("train --data nowhere --product tf23", "did you mean tf32")]
    [InlineData("train --data nowhere --device simd --product naive", "--device simd")]
    [InlineData("train --data nowhere --device reference --product bf16", "--device reference")]
    [InlineData("train --data nowhere --device cpu --product tf32", "compute capability 8.0")]
    [InlineData("train --data nowhere --device cpu --product shared", "groups of 256 threads")]
    [InlineData("verify --device cpu --product bf16", "compute capability 8.0")]
    [InlineData("verify --device simd --product naive", "--device simd")]
    [InlineData("compare --data nowhere --device cpu --product tf32", "compute capability 8.0")]
    [InlineData("compare --data nowhere --device simd --product tf32", "--device simd")]
    public void WhatADeviceLacksIsRefusedBeforeAnythingIsLoaded(string arguments, string says)
    {
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("nowhere", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify --product tf32")]
    [InlineData("compare --data nowhere --product bf16")]
    public void ARoundingThatNoDeviceHasIsRefused(string arguments)
    {
        Assert.SkipWhen(Engines.List().Any(choice => choice.Name.StartsWith("cuda", StringComparison.Ordinal)),
            "needs a machine without a CUDA GPU");
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("compute capability 8.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ElsewhereTheDefaultsMayBeNamed()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--device", "simd", "--product", "auto", "--json"]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output)); // --device twice
        run = ProgramRun.Run(folder, [.. Small.Select(word => word == "cpu" ? "simd" : word), "--product", "auto",
            "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public void TheProductsAreShownAndKeptAndResumed()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--product", "naive", "--save", "m", "--checkpoint", "c", "--every",
            "1"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("products     naive", run.Output, StringComparison.Ordinal);
        var kept = ModelFile.Load(folder.File("m")).Metadata;
        Assert.Equal(("naive", "float32"), (kept["product"], kept["math"]));

        foreach (var value in (string[])["auto", "bf16"])
        {
            var refused = ProgramRun.Run(folder, "train", "--resume", "c", "--product", value);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("expected : naive", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--product", refused.Error, StringComparison.Ordinal);
        }

        var resumed = ProgramRun.Run(folder, "train", "--resume", "c", "--product", "naive", "--json");
        Assert.Equal(0, resumed.ExitCode);
        Assert.Equal("naive", resumed.Json.GetProperty("products").GetString());
        var elsewhere = ProgramRun.Run(folder, "train", "--resume", "c", "--device", "simd");
        Assert.Equal(2, elsewhere.ExitCode);
        Assert.Contains("--product", elsewhere.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void VerifyAndCompareTakeAProductOnTheDevicesThatHaveIt()
    {
        PatchImages.WriteSmall(folder.File("small"));
        var verified = ProgramRun.Run(folder, "verify", "--data", "small", "--product", "naive", "--json");
        Assert.Equal((0, ""), (verified.ExitCode, verified.Error));
        Assert.Contains("cpu", verified.Json.GetProperty("checks").EnumerateArray()
            .Select(check => check.GetProperty("device").GetString()));
        Assert.DoesNotContain("simd", verified.Json.GetProperty("checks").EnumerateArray()
            .Select(check => check.GetProperty("device").GetString()));

        var compared = ProgramRun.Run(folder, "compare", "--data", "small", "--limit", "50", "--iterations", "2",
            "--product", "naive", "--wide");
        Assert.Equal(0, compared.ExitCode);
        var rows = compared.Output.Split('\n').Where(line => line.StartsWith("  cpu  ", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]).Skip(1).ToArray();
        Assert.Equal(["auto", "auto", "naive"], rows);
    }
}
