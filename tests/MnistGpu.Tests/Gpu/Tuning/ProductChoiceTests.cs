using ILGPU;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Tuning;

[Collection(GpuDevices.PoclCollection)]
public sealed class ProductChoiceTests(GpuDevices devices)
{
    [Theory]
    [InlineData(1, 1, "naive")]
    [InlineData(10, 41_000, "naive")]
    [InlineData(784, 10, "naive")]
    [InlineData(64, 32, "vector")]
    [InlineData(64, 64, "vector")]
    [InlineData(784, 41_000, "vector")]
    public void OnAHostCpuTheChoiceIsNaiveInTheSimulatorAndVectorWhereOpenClFillsItsTiles(int rows, int columns,
        string openCl)
    {
        Assert.Equal("naive", ProductChoice.Create(devices.Cpu)
            .For(ProductKind.WeightsTimesActivations, rows, columns).Name);
        Assert.Equal(openCl, ProductChoice.Create(devices.Pocl)
            .For(ProductKind.WeightsTimesActivations, rows, columns).Name);
    }

    [Fact]
    public void AChoiceAmongSomeTakesNoOther()
    {
        var choice = ProductChoice.Create(devices.Pocl);
        Assert.Equal("vector", choice.Only(ProductLadder.Rungs)!
            .For(ProductKind.WeightsTimesActivations, 784, 41_000).Name);
        Assert.Equal("naive", choice.Only([ProductLadder.Find("naive"), ProductLadder.Find("shared")])!
            .For(ProductKind.WeightsTimesActivations, 784, 41_000).Name);
        Assert.Null(choice.Only([ProductLadder.Find("shared")]));
    }

    /// <summary>What a job will launch is compiled before its first step.</summary>
    [Theory]
    [InlineData(ProductChoice.Auto)]
    [InlineData("coalesced")]
    public void AStepOfAPreparedEngineCompilesItsOptimizerAlone(string product)
    {
        var shape = NetworkShape.Parse("40-70-64-10");
        var images = new RandomImages(shape, 90);
        using var device = new GpuDevice(devices.Pocl.Info);
        using var engine = new GpuEngine(device, shape, products: ProductChoice.Create(device, product));
        engine.Compile();
        var others = device.Launcher.Compiled;
        engine.Prepare(90);
        var compiled = device.Launcher.Compiled;
        Assert.InRange(compiled, others + 4, others + 10);
        engine.Attach(images.X, images.Labels);
        engine.Step(new UpdateRule(0.1));
        engine.Evaluate(images.X, images.Labels);
        Assert.Equal(compiled + 1, device.Launcher.Compiled);
    }

    [Fact]
    public void OnAGpuTheLargestTilesThatFillItAreChosen()
    {
        // PoCL's two multiprocessors, taken for a GPU's.
        using var device = new GpuDevice(devices.Pocl.Info with { IsGpu = true });
        var choice = ProductChoice.Create(device);
        Assert.Equal(2, device.Accelerator.NumMultiprocessors);
        Assert.Equal("vector-128", choice.For(ProductKind.WeightsTimesActivations, 1024, 1024).Name);
        Assert.Equal("vector", choice.For(ProductKind.WeightsTimesActivations, 128, 128).Name);
        Assert.Equal("vector-128", choice.For(ProductKind.WeightsTimesActivations, 128, 128, slices: 2).Name);
        Assert.Equal("shared", choice.For(ProductKind.WeightsTimesActivations, 10, 41_000).Name);
        Assert.Equal("coalesced", choice.For(ProductKind.WeightsTimesActivations, 1, 41_000).Name);
        Assert.Equal("naive", choice.For(ProductKind.WeightsTimesActivations, 1, 1).Name);
    }

    /// <summary>CUDA's limit is 65,535 groups in Y.</summary>
    [Fact]
    public void ALayerTooWideForARungsGridIsTheTextbooksUnlessTheRungIsAskedFor()
    {
        var grid = new Index3D(int.MaxValue, 65_535, 65_535);
        var (coalesced, vector) = (ProductLadder.Find("coalesced"), ProductLadder.Find("vector"));
        Assert.Equal((true, false), (coalesced.Fits(grid, 65_535, 4), coalesced.Fits(grid, 65_536, 4)));
        Assert.Equal((true, false), (vector.Fits(grid, 64 * 65_535, 4), vector.Fits(grid, 64 * 65_535 + 1, 4)));

        var device = devices.Pocl;
        var tooWide = (int)Math.Min(int.MaxValue, 64L * device.Accelerator.MaxGridSize.Y + 1);
        var fits = vector.Fits(device.Accelerator.MaxGridSize, tooWide, 64);
        Assert.Equal(fits ? "vector" : "naive", ProductChoice.Create(device)
            .For(ProductKind.WeightsTimesActivations, tooWide, 64).Name);
        if (!fits)
        {
            var e = Assert.Throws<UserErrorException>(() => ProductChoice.Create(device, "vector")
                .For(ProductKind.WeightsTimesActivations, tooWide, 64));
            Assert.Contains("too wide", e.Message, StringComparison.Ordinal);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"grid {device.Accelerator.MaxGridSize}");
    }

    [Theory]
    [InlineData("coalesced")]
    [InlineData("shared")]
    [InlineData("register")]
    [InlineData("vector-128")]
    public void AnEngineTrainsWithTheRungThatIsNamed(string product)
    {
        var shape = NetworkShape.Parse("20-17-10");
        var images = new RandomImages(shape, 300);
        using var engine = new GpuEngine(devices.Pocl, shape, products: ProductChoice.Create(devices.Pocl, product));
        Assert.Equal(product, engine.Products.Description);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        engine.Step(new UpdateRule(0.001));
        Assert.Equal(8, engine.Work.Launches);
        var bounds = RoundingBounds.Create(engine.Save(), images.X, images.Labels);
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, 300)]);
        for (var l = 0; l < shape.Layers; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }
    }

    [Theory]
    [InlineData(ProductMath.Tf32)]
    [InlineData(ProductMath.Bf16)]
    public void RoundingThatTheDeviceLacksIsRefused(object math)
    {
        var e = Assert.Throws<UserErrorException>(() =>
            ProductChoice.Create(devices.Cpu, ProductNames.NameOf((ProductMath)math)));
        Assert.Contains("--product", e.Message, StringComparison.Ordinal);
        Assert.Contains("compute capability 8.0", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The small networks' kernel computes its products itself: it is not what is asked for by name.</summary>
    [Fact]
    public void SmallNetworksAreFusedOnlyWhereNoProductIsAskedFor()
    {
        var shape = NetworkShape.Parse("784-10-10");
        var images = new RandomImages(shape, 5);
        foreach (var (product, launches) in ((string, int)[])[(ProductChoice.Auto, 2), ("naive", 8)])
        {
            using var engine =
                new GpuEngine(devices.Pocl, shape, products: ProductChoice.Create(devices.Pocl, product));
            engine.Attach(images.X, images.Labels);
            engine.Step(new UpdateRule(0.1));
            Assert.Equal(launches, engine.Work.Launches);
        }
    }

    [Fact]
    public void TheNamesAreThoseOfTheLadder()
    {
        Assert.Equal(ProductLadder.Rungs.Select(rung => rung.Name), ProductLadder.Names);
        var products = Enum.GetValues<ProductKind>();
        Assert.Equal(products.Length, products.Select(ProductNames.NameOf).Distinct().Count());
        Assert.All(ProductLadder.Rungs, rung => Assert.Equal(rung.Math, ProductNames.MathOf(rung.Name)));
    }
}
