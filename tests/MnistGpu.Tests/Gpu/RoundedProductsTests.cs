using MnistGpu.Data.Synthetic;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Proof;
using MnistGpu.Tests.Gpu.Kernels.Products;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

/// <summary>
/// Whole engines whose products are the tensor cores' kernels, the instruction alone simulated: what verify and compare
/// make of them. A bound that any engine
/// passes proves nothing, so the coarser rounding must fail the finer one's bound.
/// </summary>
public abstract class RoundedProductsTests
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("9-7-10");

    private protected abstract GpuDevice Device { get; }

    private protected void Passes(ProductMath math)
    {
        var results = Verify(math, ProductChoice.RoundingOf(math));
        Assert.All(results, result => Assert.True(result.Passed,
            $"{result.What}: error {result.Error:G3}, bound {result.Bound:G3}"));

        // Errors accumulate at random and the bound adds their sizes, through the layers: a twentieth of it is near.
        var gradients = results.First(result => result.What == "gradients");
        Assert.True(gradients.Error > gradients.Bound / 20,
            $"the gradients' error is {gradients.Error:G3} of {gradients.Bound:G3}");
    }

    private protected void Fails(ProductMath math, ProductMath finer) =>
        Assert.Contains(Verify(math, ProductChoice.RoundingOf(finer)), result => !result.Passed);

    private IReadOnlyList<VerificationResult> Verify(ProductMath math, ProductRounding bound)
    {
        var images = new RandomImages(Shape, 8);
        using var engine = Engine(Shape, math);
        return Verification.Run(engine, Initialization.Draw(Shape, Start.He, 3), images.X, images.Labels, 0.1, bound);
    }

    private protected GpuEngine Engine(NetworkShape shape, ProductMath math) =>
        new(Device, shape, products: ProductChoice.Create(math == ProductMath.Tf32
        ? new TensorCoresRung<OneWarp, SimulatedUnit<Tf32>, SynchronousCopy>("tf32")
        : (IProductRung)new TensorCoresRung<OneWarp, SimulatedUnit<Bf16>, SynchronousCopy>("bf16"),
        Device.Accelerator));
}

/// <summary>On ILGPU's CPU accelerator.</summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorRoundedProductsTests(GpuDevices devices) : RoundedProductsTests
{
    private protected override GpuDevice Device => devices.Simulator(32);

    [Fact]
    public void AnEngineIsWithinTheBoundsOfItsRounding() => Passes(ProductMath.Tf32);

    [Fact]
    public void CompareShowsWhatTheRoundingDoesToTheAccuracy()
    {
        var shape = NetworkShape.Parse("784-10"); // one layer: the simulation is slow
        var images = SyntheticDigits.Draw(12, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);
        var device = new EngineChoice("cuda:0", "simulated", "simulated") { HasKernels = true };
        Contender[] contenders =
        [
            new(new EngineChoice("reference", "", ""), new()),
            new(device, new()) { Make = (s, _) => new GpuEngine(Device, s) },
            new(device, new() { Product = ProductNames.NameOf(ProductMath.Bf16) })
            {
                Make = (s, _) => Engine(s, ProductMath.Bf16),
            },
        ];
        var rows = Comparison.Run(images, shape, Initialization.Draw(shape, Start.He, 1), 2, contenders, 1,
            TestContext.Current.CancellationToken).Rows;
        Assert.Equal([null, "auto, by the table", "bf16"], rows.Select(row => row.Products));
        Assert.Equal(["reference", "cuda:0", "cuda:0 bf16"], rows.Select(row => row.Label));
        Assert.Equal(rows[0].Accuracy, rows[1].Accuracy);
        Assert.InRange(rows[1].LargestDifference!.Value, 0, 1e-5);
        Assert.InRange(rows[2].LargestDifference!.Value, 1e-5, 0.02);
        Assert.InRange(rows[2].Accuracy, rows[0].Accuracy - 0.2, rows[0].Accuracy + 0.2);
        Assert.All(rows, row => Assert.True(row.Accuracy > 0));
    }
}

/// <summary>As OpenCL on PoCL.</summary>
[Collection(GpuDevices.PoclCollection)]
public sealed class PoclRoundedProductsTests(GpuDevices devices) : RoundedProductsTests
{
    private protected override GpuDevice Device => devices.Pocl;

    [Theory]
    [InlineData(ProductMath.Tf32)]
    [InlineData(ProductMath.Bf16)]
    public void AnEngineIsWithinTheBoundsOfItsRounding(object math) => Passes((ProductMath)math);

    [Theory]
    [InlineData(ProductMath.Tf32, ProductMath.Full)]
    [InlineData(ProductMath.Bf16, ProductMath.Tf32)]
    public void AnEngineIsNotWithinTheBoundsOfAFinerRounding(object math, object finer) =>
        Fails((ProductMath)math, (ProductMath)finer);
}
