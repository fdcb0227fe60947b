using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Tests.Gpu.Kernels.Products;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

/// <summary>
/// Whole engines whose products are pipelined, <c>cp.async</c> and <c>mma.sync</c> alone simulated: pixels in sixteens,
/// which go to the tensor cores, and others, of which A0 is made as floats.
/// </summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class PipelinedEngineTests(GpuDevices devices)
{
    private static readonly PipelinedRung<Tile32x32, SynchronousCopy, SimulatedUnit<Bf16>> Rung = new("pipelined-32");

    private MnistGpu.Gpu.Devices.GpuDevice Device => devices.Simulator(32, warps: 8);

    [Theory]
    [InlineData("16-3-2", 1)]
    [InlineData("32-17-3", 5)]
    [InlineData("18-5-3", 3)]
    public void GradientsAndAnswersAreWithinTheirBounds(string network, int m)
    {
        var shape = NetworkShape.Parse(network);
        var images = new RandomImages(shape, m);
        using var engine = new GpuEngine(
            Device, shape, products: ProductChoice.Create(Rung, Device.Accelerator));
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Prepare(m);
        engine.Attach(images.X, images.Labels);
        var bounds = RoundingBounds.Create(engine.Save(), images.X, images.Labels);
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, m)]);
        for (var l = 0; l < shape.Layers; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }

        var AL = new double[shape.Outputs * m];
        engine.Predict(images.X, AL);
        Agreement.Within("AL", bounds.AL, AL, bounds.ALBounds);
    }

    [Fact]
    public void OnlyPixelsInSixteensArePixels()
    {
        Assert.False(Rung.PrefersFloats(784));
        Assert.True(Rung.PrefersFloats(785));
        Assert.False(ProductChoice.Create(Device).TakesMatrixPixels(784));
    }
}
