using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Fused;

/// <summary>
/// <see cref="OutputLayer"/> and <see cref="RowSumsInGroups{TSize}"/> as the engine launches them, against float64
/// within derived bounds: from four threads an image to a whole group, and more layers than one launch sums.
/// </summary>
[Collection(GpuDevices.PoclCollection)]
public sealed class OutputLayerTests(GpuDevices devices)
{
    [Theory]
    [InlineData("9-1-1", 1)]
    [InlineData("9-3-2", 70)]
    [InlineData("9-33-10", 7)]
    [InlineData("9-65-16", 130)]
    [InlineData("9-300-10", 9)]
    [InlineData("9-1030-10", 3)]
    [InlineData("9-5-6-7-4", 33)]
    public void GradientsAndTotalsAreWithinTheirBounds(string network, int m)
    {
        foreach (var activation in Enum.GetValues<Activation>())
        {
            var shape = NetworkShape.Parse(network).With(activation);
            var images = new RandomImages(shape, m);
            using var engine = new GpuEngine(devices.Pocl, shape, new WorkPlan(shape), ownsDevice: false,
                fusion: new Fusion(devices.Pocl.Launcher, null, inGroups: true, takesOutputLayer: true));
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            var bounds = RoundingBounds.Create(engine.Save(), images.X, images.Labels);
            var gradients = engine.ComputeGradients([.. Enumerable.Range(0, m)]);
            for (var l = 0; l < shape.Layers; l++)
            {
                Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
                Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
            }

            engine.Step(new UpdateRule(0.1));
            var totals = engine.ReadTotals();
            Assert.Equal((m, bounds.Hits), (totals.Images, totals.Hits));
            Assert.Equal(bounds.MeanLoss, totals.MeanLoss, bounds.MeanLossBound);
        }
    }

    [Fact]
    public void TheThreadsOfAnImageFollowTheWidth() => Assert.Equal(
        [4, 4, 8, 32, 256, 256], ((int[])[1, 16, 17, 128, 800, 100_000]).Select(OutputLayer.Lanes));
}
