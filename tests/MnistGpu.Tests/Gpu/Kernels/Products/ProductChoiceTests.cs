using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

[Collection(GpuDevices.PoclCollection)]
public sealed class ProductChoiceTests(GpuDevices devices)
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(784, 41_000)]
    public void OnAHostCpuTheChoiceIsNaive(int rows, int columns)
    {
        Assert.Equal("naive", ProductChoice.Of(devices.Cpu).For(rows, columns).Name);
        Assert.Equal("naive", ProductChoice.Of(devices.Pocl).For(rows, columns).Name);
    }

    [Fact]
    public void OnAGpuTheLargestTilesThatFillItAreChosen()
    {
        // PoCL's two multiprocessors, taken for a GPU's.
        using var device = new GpuDevice(devices.Pocl.Info with { IsGpu = true });
        var choice = ProductChoice.Of(device);
        Assert.Equal(2, device.Accelerator.NumMultiprocessors);
        Assert.Equal("vector-128", choice.For(1024, 1024).Name);
        Assert.Equal("vector", choice.For(128, 128).Name);
        Assert.Equal("vector-128", choice.For(128, 128, slices: 2).Name);
        Assert.Equal("shared", choice.For(10, 41_000).Name);
        Assert.Equal("coalesced", choice.For(1, 41_000).Name);
        Assert.Equal("naive", choice.For(1, 1).Name);
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
        using var engine = new GpuEngine(devices.Pocl, shape, products: ProductChoice.Of(devices.Pocl, product));
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        var bounds = RoundingBounds.Of(engine.Save(), images.X, images.Labels);
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
    public void RoundingThatTheDeviceLacksIsRefused(ProductMath math)
    {
        var e = Assert.Throws<UserErrorException>(() => ProductChoice.Of(devices.Cpu, math: math));
        Assert.Contains("--math", e.Message, StringComparison.Ordinal);
        Assert.Contains("compute capability 8.0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARungThatRoundsOtherwiseIsRefused()
    {
        var e = Assert.Throws<UserErrorException>(() => ProductChoice.Of(devices.Cpu, "naive", ProductMath.Tf32));
        Assert.Contains("does not compute in tf32", e.Message, StringComparison.Ordinal);
    }
}
