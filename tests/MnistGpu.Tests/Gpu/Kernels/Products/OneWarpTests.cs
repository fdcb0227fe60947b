using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>The tensor cores' kernels of one warp on ILGPU's CPU accelerator, and the instruction simulated.</summary>
[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorOneWarpTests(GpuDevices devices) : ProductRungTests
{
    protected override GpuDevice Device => devices.Simulator(32);

    protected override IReadOnlyList<IProductRung> Rungs { get; } =
    [
        new TensorCoresRung<One1x1Depth8, Tf32, SimulatedUnit<Tf32>>("tf32"),
        new TensorCoresRung<One1x1Depth8, Bf16, SimulatedUnit<Bf16>>("bf16"),
    ];

    [Theory]
    [InlineData(3, 7, 5)]
    [InlineData(33, 17, 41)]
    public void TheTensorCoresAreWithinTheirBounds(int rows, int columns, int m) => Check(rows, columns, m);
}
