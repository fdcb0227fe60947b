using System.Text.Json;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

public sealed class ProfileTests : IDisposable
{
    private static readonly string[] Small = ["train", "--data", "synthetic", "--limit", "60", "--dev", "10", "--batch",
        "20", "--iterations", "4", "--device", "cpu", "--fusion", "off"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheTimesOfTheKernelsAreShown()
    {
        var run = ProgramRun.Run(folder, [.. Small, "--profile", "--quiet"]);
        Assert.Equal(0, run.ExitCode);
        foreach (var part in (string[])["WeightsTimesPixels", "of peak", "GB/s copying", "launches     18 a step"])
        {
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void JsonHasTheTimesAndTheLaunches()
    {
        var json = ProgramRun.Run(folder, [.. Small, "--profile", "--json"]).Json;
        Assert.Equal(18, json.GetProperty("launches_per_step").GetDouble());
        // Two epochs, the second of one batch: an order of 50 numbers each.
        Assert.Equal(2 * 50 * 4 / 4.0, json.GetProperty("uploaded_bytes_per_step").GetDouble());
        Assert.All(json.GetProperty("profile").EnumerateArray(), kernel =>
            Assert.True(kernel.GetProperty("seconds").GetDouble() > 0));
        Assert.Equal(4 * 18, json.GetProperty("profile").EnumerateArray()
            .Sum(kernel => kernel.GetProperty("launches").GetInt64()));
        Assert.Equal(JsonValueKind.Null, ProgramRun.Run(folder,
            [.. Small, "--json"]).Json.GetProperty("profile").ValueKind);
    }

    [Theory]
    [InlineData("simd")]
    [InlineData("reference")]
    public void AnEngineWithoutKernelsIsRefused(string device)
    {
        var run = ProgramRun.Run(folder, "train", "--data", "synthetic", "--device", device, "--profile");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        foreach (var part in (string[])["--profile", $"--device {device}", "cpu"])
        {
            Assert.Contains(part, run.Error, StringComparison.Ordinal);
        }
    }
}
