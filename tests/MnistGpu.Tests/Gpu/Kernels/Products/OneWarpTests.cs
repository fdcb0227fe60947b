using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>The tensor cores' kernels of one warp on ILGPU's CPU accelerator, and the instruction simulated.</summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorOneWarpTests(GpuDevices devices) : ProductRungTests
{
    private protected override GpuDevice Device => devices.Simulator(32);

    private protected override IReadOnlyList<IProductRung> Rungs { get; } =
    [
        new PipelinedRung<Tile32x32ByTwo, SynchronousCopy, SimulatedUnit<Bf16>>("pipelined, two to a sum"),
        new TensorCoresRung<OneWarp, SimulatedUnit<Tf32>, SynchronousCopy>("tf32"),
        new TensorCoresRung<OneWarp, SimulatedUnit<Bf16>, SynchronousCopy>("bf16"),
    ];

    [Theory]
    [InlineData(3, 7, 5)]
    [InlineData(33, 17, 41)]
    public void TheTensorCoresAreWithinTheirBounds(int rows, int columns, int m) => Check(rows, columns, m);
}
