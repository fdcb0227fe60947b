using ILGPU.Runtime;
using MnistGpu.Host;

namespace MnistGpu.Gpu.Devices;

/// <summary>One device that ILGPU can run kernels on.</summary>
/// <param name="Name">What the user calls it: cuda:0, opencl:0, cpu.</param>
/// <param name="Kind">What it is, for people: "CUDA GPU", "OpenCL on the host CPU (PoCL)".</param>
/// <param name="Model">The hardware's own name.</param>
/// <param name="Details">Driver, architecture, units.</param>
/// <param name="MemoryBytes">Its memory; null where that is the host's.</param>
/// <param name="IsGpu">Whether it is a GPU: only these are chosen unasked.</param>
/// <param name="Device">ILGPU's description of it.</param>
internal sealed record AcceleratorInfo(
    string Name, string Kind, string Model, string Details, long? MemoryBytes, bool IsGpu, Device Device)
    : EngineChoice(Name, Kind, $"{Model}, {Details}", MemoryBytes, IsGpu,
        IsHostSimulation: Device.AcceleratorType == AcceleratorType.CPU, HasKernels: true)
{
    /// <summary>Opens it; see <see cref="GpuDevice(AcceleratorInfo, bool)"/>.</summary>
    public GpuDevice Open(bool profile = false) => new(this, profile);
}
