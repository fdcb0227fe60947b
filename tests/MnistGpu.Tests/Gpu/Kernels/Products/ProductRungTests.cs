using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>
/// Every rung's five products against plain loops in double. What only an NVIDIA GPU has is simulated; everything
/// around it is the kernel that such a GPU runs.
/// </summary>
public abstract class ProductRungTests
{
    private protected abstract GpuDevice Device { get; }

    private protected abstract IReadOnlyList<IProductRung> Rungs { get; }

    protected void Check(int rows, int columns, int m)
    {
        foreach (var rung in Rungs)
        {
            var device = Device;
            Assert.Null(rung.Refusal(device.Accelerator));
            new RungCheck(device).Run(rung, rows, columns, m);
        }
    }
}

/// <summary>
/// Every rung with tiny groups on ILGPU's CPU accelerator: its barriers cost more the more threads wait.
/// </summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorProductRungTests(GpuDevices devices) : ProductRungTests
{
    private protected override GpuDevice Device => devices.Simulator(4);

    private protected override IReadOnlyList<IProductRung> Rungs { get; } =
    [
        new Naive(),
        new CoalescedRung<Threads2x2Depth2>("coalesced"),
        new SharedTileRung<Threads2x2Depth2>("shared"),
        new RegisterTileRung<Threads2x1Depth4>("register"),
        new VectorTileRung<Threads2x1Depth4>("vector"),
    ];

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 7, 5)]
    [InlineData(2, 60, 2)]
    [InlineData(5, 3, 1)]
    [InlineData(15, 9, 7)]
    [InlineData(16, 8, 8)]
    [InlineData(17, 5, 9)]
    [InlineData(8, 16, 16)]
    public void EveryRungIsWithinItsBound(int rows, int columns, int m) => Check(rows, columns, m);
}

/// <summary>
/// The tensor cores' kernels with the ladder's four warps on ILGPU's CPU accelerator, and the instruction simulated.
/// </summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorTensorCoreTests(GpuDevices devices) : ProductRungTests
{
    private protected override GpuDevice Device => devices.Simulator(32, warps: 4);

    private protected override IReadOnlyList<IProductRung> Rungs { get; } =
    [
        new PipelinedRung<Tile64x32, SynchronousCopy, SimulatedUnit<Bf16>>("pipelined, two stages"),
        new TensorCoresRung<FourWarps, SimulatedUnit<Tf32>, SynchronousCopy>("tf32"),
        new TensorCoresRung<FourWarps, SimulatedUnit<Bf16>, SynchronousCopy>("bf16"),
    ];

    [Theory]
    [InlineData(3, 7, 5)]
    [InlineData(33, 17, 41)]
    public void TheTensorCoresAreWithinTheirBounds(int rows, int columns, int m) => Check(rows, columns, m);
}

/// <summary>
/// Pixels on the tensor cores, with the ladder's eight warps on ILGPU's CPU accelerator, and the instruction simulated.
/// </summary>
[Collection(GpuDevices.SimulatorCollection)]
public sealed class CpuAcceleratorMatrixPixelTests(GpuDevices devices) : ProductRungTests
{
    private protected override GpuDevice Device => devices.Simulator(32, warps: 8);

    private protected override IReadOnlyList<IProductRung> Rungs { get; } =
        [new PipelinedRung<Tile32x32, SynchronousCopy, SimulatedUnit<Bf16>>("pipelined-32")];

    [Theory]
    [InlineData(3, 16, 5)]
    [InlineData(17, 32, 20)]
    public void PixelsAreWithinTheirBounds(int rows, int columns, int m) => Check(rows, columns, m);
}

/// <summary>
/// Every rung with the sizes of the ladder, as OpenCL on PoCL. Its compiler takes minutes for a simulated instruction.
/// </summary>
[Collection(GpuDevices.PoclCollection)]
public sealed class PoclProductRungTests(GpuDevices devices) : ProductRungTests
{
    private protected override GpuDevice Device => devices.Pocl;

    private protected override IReadOnlyList<IProductRung> Rungs { get; } =
    [
        .. ProductLadder.Rungs.Where(rung => !rung.NeedsSm80),
        new PipelinedRung<Tile64x64, SynchronousCopy, SimulatedUnit<Bf16>>("pipelined-64", takesMatrixPixels: false),
    ];

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 7, 5)]
    [InlineData(10, 784, 4)]
    [InlineData(5, 3, 1)]
    [InlineData(1, 9, 16)]
    [InlineData(15, 17, 16)]
    [InlineData(63, 65, 64)]
    [InlineData(64, 64, 65)]
    [InlineData(65, 63, 63)]
    [InlineData(128, 16, 129)]
    [InlineData(129, 128, 20)]
    public void EveryRungIsWithinItsBound(int rows, int columns, int m) => Check(rows, columns, m);
}
