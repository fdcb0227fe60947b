using System.Text.Json;
using MnistGpu.Gpu;
using MnistGpu.Tests.Gpu.Tuning;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>What the program makes of a tuning, as a process.</summary>
public sealed class TuneTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("devices --tune --device simd", "nothing to tune")]
    [InlineData("devices --tune --device cpu", "nothing to tune")]
    [InlineData("devices --tune --device cuda:99", "cuda:99")]
    [InlineData("devices --device cpu", "--tune")]
    public void WhatHasNoKernelsToTimeIsRefused(string arguments, string says)
    {
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("cache/mnistgpu/tuning")));
    }

    [Fact]
    public void WithoutAGpuThereIsNothingToTune()
    {
        Assert.SkipWhen(Engines.List().Any(choice => choice.IsGpu), "needs a machine without a GPU");
        var run = ProgramRun.Run(folder, "devices", "--tune");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("MNISTGPU_POCL", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeptChoiceIsTakenAndShownAndADamagedOneIsIgnoredInALine()
    {
        var info = GpuDevices.FindPocl();
        Assert.SkipUnless(info is not null, "needs Debian's pocl-opencl-icd");
        string[] train = ["train", "--data", "synthetic", "--limit", "60", "--dev", "10", "--device", info!.Name,
            "--iterations", "1", "--save", "m", "--checkpoint", "c"];
        var path = TuningFileTests.Choice(info).Save(info, folder.File("cache/mnistgpu/tuning"));
        var list = Run("devices", "--json").Json.GetProperty("devices").EnumerateArray()
            .Single(d => d.GetProperty("name").GetString() == info.Name);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), list.GetProperty("tuned")
            .GetDateTimeOffset());
        Assert.Contains(", tuned 2026-01-02 03:04 UTC", Run("devices").Output, StringComparison.Ordinal);
        var tuned = Run(train);
        Assert.Equal((0, ""), (tuned.ExitCode, tuned.Error));
        Assert.Contains("products     auto, as tuned on 2026-01-02 03:04 UTC", tuned.Output, StringComparison.Ordinal);
        Assert.Equal("auto, as tuned on 2026-01-02 03:04 UTC", ModelFile.Load(folder.File("m")).Metadata["products"]);

        File.WriteAllText(path, "{");
        foreach (var arguments in (string[][])[["devices"], ["train", "--resume", "c"]])
        {
            var run = Run(arguments);
            Assert.Equal(0, run.ExitCode);
            Assert.Contains($"notice: the products' tuning in {path} is not used: it is damaged", run.Error,
                StringComparison.Ordinal);
            Assert.Equal(arguments[0] == "train",
                run.Error.Contains("the checkpoint's products were chosen auto, as tuned on 2026-01-02 03:04 UTC",
                StringComparison.Ordinal));
        }

        Assert.Equal(JsonValueKind.Null, Run("devices", "--json").Json.GetProperty("devices").EnumerateArray()
            .Single(d => d.GetProperty("name").GetString() == info.Name).GetProperty("tuned").ValueKind);
    }

    private ProgramRun Run(params string[] arguments)
    {
        using var process = ProgramRun.StartAfter("export MNISTGPU_POCL=1", folder, arguments);
        return ProgramRun.Finish(process);
    }
}
