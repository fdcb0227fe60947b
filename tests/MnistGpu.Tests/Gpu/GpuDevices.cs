using MnistGpu.Gpu.Devices;

[assembly: AssemblyFixture(typeof(MnistGpu.Tests.Gpu.GpuDevices))]

namespace MnistGpu.Tests.Gpu;

/// <summary>
/// The devices that kernels are tested on, opened once for all tests: ILGPU's CPU accelerator, and PoCL, which runs the OpenCL code
/// that ILGPU generates on the host. Tests that use one are in the collection of that device, so that they take turns.
/// </summary>
public sealed class GpuDevices : IDisposable
{
    /// <summary>The collection of tests on ILGPU's CPU accelerator.</summary>
    public const string CpuCollection = "ILGPU's CPU accelerator";

    /// <summary>The collection of tests on PoCL.</summary>
    public const string PoclCollection = "PoCL";

    private readonly Lazy<GpuDevice> cpu = new(() => AcceleratorCatalog.Cpu().Open());
    private readonly Lazy<GpuDevice?> pocl = new(() => FindPocl()?.Open());

    public GpuDevice Cpu => cpu.Value;

    /// <summary>PoCL, or the test is skipped.</summary>
    public GpuDevice Pocl
    {
        get
        {
            Assert.SkipUnless(pocl.Value is not null, "needs Debian's pocl-opencl-icd");
            return pocl.Value!;
        }
    }

    public static AcceleratorInfo? FindPocl()
    {
        Environment.SetEnvironmentVariable("MNISTGPU_POCL", "1");
        return AcceleratorCatalog.OpenCl().FirstOrDefault(device => device.Kind.Contains("PoCL", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        if (cpu.IsValueCreated)
        {
            cpu.Value.Dispose();
        }

        if (pocl.IsValueCreated)
        {
            pocl.Value?.Dispose();
        }
    }
}
