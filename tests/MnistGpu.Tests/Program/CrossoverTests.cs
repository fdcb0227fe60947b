using MnistGpu.Bench.Ladder;
using MnistGpu.Program.Jobs;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

public sealed class CrossoverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(10, new[] { 10 })]
    [InlineData(16, new[] { 16 })]
    [InlineData(300, new[] { 16, 128, 300 })]
    [InlineData(41_000, new[] { 16, 128, 1024, 8192, 41_000 })]
    public void BatchesGrowEightfoldUpToAllImages(int images, int[] batches) =>
        Assert.Equal(batches, Crossover.Batches(images));

    [Fact]
    public void TheVerdictTellsWhoOvertakesWhomAndWhere()
    {
        CrossoverRow Row(int batch, double? simd, double? gpu) =>
            new("784-10-10", batch, [new("simd", simd), new("cuda:0", gpu)]);
        Assert.Equal("784-10-10: simd is the fastest, cuda:0 from batch 128 on",
            Crossover.Verdict([Row(16, 2, 1), Row(128, 3, 4), Row(1024, null, 9)]));
        Assert.Equal("784-10-10: simd is the fastest at every batch",
            Crossover.Verdict([Row(16, 2, 1), Row(128, 3, null), Row(1024, null, null)]));
    }

    // ILGPU's CPU accelerator has the smallest batch only: it is always measured, a larger one not where its step would
    // take over two seconds.
    [Theory]
    [InlineData("reference", 40, new[] { 16, 40 })]
    [InlineData("cpu", 16, new[] { 16 })]
    public void EveryDeviceHasASpeedAtEveryBatch(string device, int limit, int[] batches)
    {
        var run = ProgramRun.Run(folder, "compare", "--crossover", "--network", "784-12-10", "--data", "synthetic",
            "--limit", $"{limit}", "--device", device, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var rows = run.Json.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(batches, rows.Select(row => row.GetProperty("batch").GetInt32()));
        foreach (var row in rows)
        {
            var speeds = row.GetProperty("speeds").EnumerateArray()
                .ToDictionary(speed => speed.GetProperty("device").GetString()!, speed =>
                speed.GetProperty("images_per_second").GetDouble());
            Assert.Equal([device, "simd"], speeds.Keys.Order());
            Assert.All(speeds.Values, speed => Assert.InRange(speed, 1, double.MaxValue));
            Assert.Equal(speeds.MaxBy(speed => speed.Value).Key, row.GetProperty("fastest").GetString());
        }
    }

    [Fact]
    public void TheTableEndsWithAVerdict()
    {
        var run = ProgramRun.Run(folder, "compare", "--crossover", "--network", "784-12-10", "--data", "synthetic",
            "--limit", "40", "--device", "simd");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("784-12-10: simd is the fastest at every batch", run.Output, StringComparison.Ordinal);
        Assert.Contains("no other device", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--report r.html", "--report")]
    [InlineData("--iterations 5", "--iterations")]
    [InlineData("--product tf32", "--product")]
    [InlineData("--network 784", "784-10-10")]
    [InlineData("--device cuda:7", "cuda:7")]
    public void WhatDoesNotGoWithItIsRefused(string options, string says)
    {
        var run = ProgramRun.Run(folder, ["compare", "--crossover", "--data", "synthetic", "--limit", "40",
            .. options.Split(' ')]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
