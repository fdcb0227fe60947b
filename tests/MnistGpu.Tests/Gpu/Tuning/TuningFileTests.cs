using ILGPU.Runtime.CPU;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Tuning;

/// <summary>The file that keeps a choice: taken only when it is whole and of this device, driver and ladder.</summary>
public sealed class TuningFileTests : IDisposable
{
    internal static readonly AcceleratorInfo Info = new("cuda:0", "CUDA GPU", "GPU of the/tests", "", null, IsGpu: true,
        new CPUDevice(32, 8, 1))
    { Driver = "driver 1.0" };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A choice of naive for all, but for one that is told apart.</summary>
    internal static TuningFile Choice(AcceleratorInfo info, string rung = "coalesced") => TuningFile.Create(info, new(
        [.. Enum.GetValues<ProductKind>().SelectMany(product => Enum.GetValues<ResultSize>()
            .Select(size => new TunedProduct(
            ResultSizes.Create(product, size, isGpu: true), size,
                [new("naive", 2), new(rung, product == ProductKind.WeightsTimesActivations && size == ResultSize.Large
                ? 1 : 3)])))],
        new Dictionary<string, string>()), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void WhatIsKeptIsFoundAgain()
    {
        var path = Choice(Info).Save(Info, folder.File("new"));
        Assert.StartsWith("gpu-of-the-tests-", Path.GetFileName(path), StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(folder.File("new")));
        var found = TuningFile.Find(Info, out var notice, folder.File("new"));
        Assert.Null(notice);
        Assert.Equal(Choice(Info).Tuned, found!.Tuned);
        foreach (var product in Enum.GetValues<ProductKind>())
        {
            foreach (var size in Enum.GetValues<ResultSize>())
            {
                Assert.Equal(product == ProductKind.WeightsTimesActivations && size == ResultSize.Large
                    ? "coalesced" : "naive", found.RungOf(product, size));
            }
        }
    }

    [Fact]
    public void WithoutAFileThereIsNothingToSay()
    {
        Assert.Null(TuningFile.Find(Info, out var notice, folder.File("nowhere")));
        Assert.Null(notice);
    }

    [Theory]
    [InlineData("", "damaged")]
    [InlineData("null", "damaged")]
    [InlineData("[]", "damaged")]
    [InlineData("{}", "damaged")]
    [InlineData("{\"device\": \"GPU of the/tests\", \"driver\": \"driver 1.0\", \"ladder\": 2, \"tuned\": "
        + "\"2026-01-02T03:04:05Z\", \"products\": [null]}", "damaged")]
    [InlineData("{\"device\": \"GPU of the/tests\", \"driver\": \"driver 1.0\", \"ladder\": 2, \"tuned\": "
        + "\"2026-01-02T03:04:05Z\", \"products\": null}", "damaged")]
    public void WhatIsNoChoiceIsIgnoredInOneLine(string text, string says)
    {
        File.WriteAllText(TuningFile.PathOf(Info, folder.Path), text);
        Ignored(Info, says);
    }

    [Fact]
    public void AChoiceThatDoesNotFitIsIgnoredInOneLine()
    {
        var path = Choice(Info).Save(Info, folder.Path);
        var whole = File.ReadAllText(path);
        Ignored(Info with { Driver = "driver 2.0" }, "measured with driver 1.0");
        foreach (var (from, to, says) in ((string, string, string)[])[
            ("GPU of the/tests", "Other\\nGPU", "it is of Other GPU"),
                ($"\"ladder\": {ProductLadder.Version}", "\"ladder\": 0", "other kernels"),
                ("\"rung\": \"naive\"", "\"rung\": \"tf32\"", "damaged"),
            ("\"rung\": \"naive\"", "\"rung\": \"fastest\"", "damaged"),
                ("\"size\": \"narrow\"", "\"size\": \"wide\"", "damaged"),
                ("\"size\": \"narrow\"", "\"size\": \"large\"", "damaged"),
            ("\"size\": \"narrow\"", "\"size\": 0", "damaged"), ("\"ladder\"", "\"ladders\"", "damaged")])
        {
            var at = whole.IndexOf(from, StringComparison.Ordinal);
            Assert.True(at >= 0, from);
            File.WriteAllText(path, whole[..at] + to + whole[(at + from.Length)..]);
            Ignored(Info, says);
        }

        for (var length = 0; length < whole.Length - 2; length += 97)
        {
            File.WriteAllText(path, whole[..length]);
            Ignored(Info, "damaged");
        }

        File.Delete(path);
        Directory.CreateDirectory(path);
        Assert.Null(TuningFile.Find(Info, out _, folder.Path));
    }

    [Fact]
    public void TheSimulatorTakesNoChoice()
    {
        using var device = new GpuDevice(Info);
        Choice(Info).Save(Info, folder.Path);
        var choice = ProductChoice.OfTuned(device, folder: folder.Path);
        Assert.Null(choice.Notice);
        Assert.Null(choice.Tuned);
        Assert.Equal("auto, by the table", choice.Description);
    }

    [Theory]
    [InlineData(10, 41_000, 1, ResultSize.Narrow)]
    [InlineData(784, 10, 161, ResultSize.Narrow)]
    [InlineData(31, 10_000, 1, ResultSize.Narrow)]
    [InlineData(128, 128, 1, ResultSize.Small)]
    [InlineData(784, 128, 1, ResultSize.Small)]
    [InlineData(784, 128, 6, ResultSize.Large)]
    [InlineData(2500, 1024, 1, ResultSize.Large)]
    public void SizesAreToldApart(int rows, int columns, int slices, object size) =>
        Assert.Equal(size, ResultSizes.Create(rows, columns, slices, multiprocessors: 132));

    [Theory]
    [InlineData(true, 132)]
    [InlineData(true, 40)]
    [InlineData(false, 2)]
    public void WhatIsTimedIsOfTheSizeThatItStandsFor(bool isGpu, int multiprocessors) =>
        Assert.All(Enum.GetValues<ProductKind>(), product => Assert.All(Enum.GetValues<ResultSize>(), size =>
    {
        var what = ResultSizes.Create(product, size, isGpu);
        Assert.Equal(size, ResultSizes.Create(what.Rows, what.Columns, what.Slices, multiprocessors));
    }));

    private void Ignored(AcceleratorInfo info, string says)
    {
        Assert.Null(TuningFile.Find(info, out var notice, folder.Path));
        Assert.Contains(says, notice, StringComparison.Ordinal);
        Assert.Contains("devices --tune", notice, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', notice!);
    }
}
