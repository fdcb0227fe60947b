using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Tuning;

[Collection(GpuDevices.PoclCollection)]
public sealed class ProductTunerTests(GpuDevices devices) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A wrong rung costs nothing to run, so it would be the fastest of any that were only timed.</summary>
    [Fact]
    public void ARungThatIsWrongIsReportedAndNeverChosen()
    {
        var said = new List<string>();
        IProductRung[] rungs = [new Naive(), new CoalescedRung<Lanes32x8>("coalesced"),
            new Wrong("untouched", (_, _) => { }), new Wrong("beyond its bound", (kernels, Z) =>
            kernels.Launch(Z.IntLength, new AddBias(Z, Z, Z.IntLength)))];
        var result = new ProductTuner(devices.Pocl, rungs).Run(0.5, said.Add, TestContext.Current.CancellationToken);
        Assert.Equal(["untouched", "beyond its bound"], result.Failures.Keys);
        Assert.Contains("naive has", result.Failures["beyond its bound"], StringComparison.Ordinal);
        Assert.Equal(15, result.Products.Count);
        Assert.All(result.Products, product =>
        {
            Assert.Equal(rungs.Select(rung => rung.Name), product.Times.Select(time => time.Rung));
            Assert.All(product.Times, time => Assert.Equal(result.Failures.ContainsKey(time.Rung),
                time.Microseconds is null));
            Assert.True(product.Times[0].Microseconds > 0);
            Assert.Equal(product.Times.Take(2).MinBy(time => time.Microseconds)!.Rung, product.Rung);
        });
        Assert.Contains("verifying coalesced", said);

        // And what was measured is what the next engine takes.
        var file = TuningFile.Create(devices.Pocl.Info, result, DateTimeOffset.UnixEpoch);
        file.Save(devices.Pocl.Info, folder.Path);
        var choice = ProductChoice.OfTuned(devices.Pocl, folder: folder.Path);
        Assert.Null(choice.Notice);
        Assert.Equal("auto, as tuned on 1970-01-01 00:00 UTC", choice.Description);
        Assert.False(choice.IsAsked);
        foreach (var product in result.Products)
        {
            Assert.Equal(product.Size, ResultSizes.Create(product.Case.Rows, product.Case.Columns, product.Case.Slices,
                devices.Pocl.Accelerator.NumMultiprocessors));
            Assert.Equal(product.Rung, choice.For(product.Case.Product, product.Case.Rows, product.Case.Columns,
                product.Case.Slices).Name);
        }
    }

    [Fact]
    public void ARungThatTheDeviceLacksIsIgnoredInOneLine()
    {
        TuningFileTests.Choice(devices.Pocl.Info, "pipelined").Save(devices.Pocl.Info, folder.Path);
        var choice = ProductChoice.OfTuned(devices.Pocl, folder: folder.Path);
        Assert.Contains("pipelined needs an NVIDIA GPU", choice.Notice, StringComparison.Ordinal);
        Assert.Equal("auto, by the table", choice.Description);
        Assert.Equal("naive", choice.For(ProductKind.WeightsTimesActivations, 1, 1).Name);
    }

    /// <summary>What is asked for by name is no business of a tuning.</summary>
    [Fact]
    public void WhatIsAskedForIsTakenWhateverIsTuned()
    {
        TuningFileTests.Choice(devices.Pocl.Info).Save(devices.Pocl.Info, folder.Path);
        Assert.Equal("register", ProductChoice.OfTuned(devices.Pocl, "register", folder: folder.Path)
            .For(ProductKind.WeightsTimesActivations, 1024, 1024).Name);
    }

    /// <summary>The naive rung under another name, with something done to its results.</summary>
    private sealed class Wrong(string name, Action<KernelLauncher, ArrayView<float>> spoil) : IProductRung
    {
        private readonly Naive naive = new();

        public string Name => name;

        public ProductMath Math => ProductMath.Full;

        public bool NeedsSm80 => false;

        public bool PrefersFloats(int inputs) => false;

        public int ElementsPerGroup => naive.ElementsPerGroup;

        public string? Refusal(Accelerator accelerator) => null;

        public bool Fits(Index3D grid, int rows, int columns) => true;

        public long Groups(int rows, int columns) => naive.Groups(rows, columns);

        public Type Kernel(ProductKind product) => naive.Kernel(product);

        // The others are right: one product at one size is enough to fail.
        public void Launch(KernelLauncher kernels, in Product product)
        {
            var isWrong = product.Kind == ProductKind.WeightsTimesActivations;
            if (!isWrong || name != "untouched")
            {
                naive.Launch(kernels, product);
            }

            if (isWrong)
            {
                spoil(kernels, product.Result);
            }
        }
    }
}
