using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Tests.Contract;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorContract(GpuDevices devices) : EngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) => new GpuEngine(devices.Cpu, shape);
}

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorUnfusedContract(GpuDevices devices) : EngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) =>
        new GpuEngine(devices.Cpu, shape, fuse: false);
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclUnfusedContract(GpuDevices devices) : FullEngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) =>
        new GpuEngine(devices.Pocl, shape, fuse: false);
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclContract(GpuDevices devices) : FullEngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) => new GpuEngine(devices.Pocl, shape);
}
