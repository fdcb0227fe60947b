using System.Collections.Concurrent;
using ILGPU.Runtime.CPU;
using MnistGpu.Gpu.Devices;

[assembly: AssemblyFixture(typeof(MnistGpu.Tests.Support.GpuDevices))]

namespace MnistGpu.Tests.Support;

/// <summary>
/// The devices that kernels are tested on, opened once for all tests: ILGPU's CPU accelerator, and PoCL, which runs the
/// OpenCL code that ILGPU generates on the host. Tests that use one are in the collection of that device, so that they
/// take turns.
/// </summary>
public sealed class GpuDevices : IDisposable
{
    /// <summary>The collection of tests on ILGPU's CPU accelerator.</summary>
    public const string CpuCollection = "ILGPU's CPU accelerator";

    /// <summary>The collection of tests on that accelerator with groups of a warp or more, see
    /// <see cref="Simulator"/>.</summary>
    public const string SimulatorCollection = "ILGPU's CPU accelerator in groups";

    /// <summary>The collection of tests on PoCL.</summary>
    public const string PoclCollection = "PoCL";

    private readonly Lazy<GpuDevice> cpu = new(() => OnOneCore(AcceleratorCatalog.Cpu()));
    private readonly Lazy<GpuDevice?> pocl = new(() => FindPocl()?.Open());
    private readonly ConcurrentDictionary<(int, int), Lazy<GpuDevice>> simulators = [];

    internal GpuDevice Cpu => cpu.Value;

    /// <summary>PoCL, or the test is skipped.</summary>
    internal GpuDevice Pocl
    {
        get
        {
            Assert.SkipUnless(pocl.Value is not null, "needs Debian's pocl-opencl-icd");
            return pocl.Value!;
        }
    }

    /// <summary>
    /// ILGPU's CPU accelerator with groups of so many threads, no more than a test needs: a launch wakes them all. It
    /// is shared with its compiled kernels, whose compilation takes longer than small products.
    /// </summary>
    internal GpuDevice Simulator(int threadsPerWarp, int warps = 1)
    {
        var groups = $"groups of up to {threadsPerWarp * warps} threads";
        var device = new CPUDevice(threadsPerWarp, warps, 1);
        return simulators.GetOrAdd((threadsPerWarp, warps), _ => new(() => OnOneCore(
            new AcceleratorInfo("cpu", "test", "test", groups, null, IsGpu: false, device)))).Value;
    }

    private static GpuDevice OnOneCore(AcceleratorInfo info)
    {
        var simulator = info.Open();
        OneCore.Keep((CPUAccelerator)simulator.Accelerator);
        return simulator;
    }

    internal static AcceleratorInfo? FindPocl()
    {
        Environment.SetEnvironmentVariable("MNISTGPU_POCL", "1");
        return AcceleratorCatalog.OpenCl()
            .FirstOrDefault(device => device.Kind.Contains("PoCL", StringComparison.Ordinal));
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

        foreach (var simulator in simulators.Values)
        {
            simulator.Value.Dispose();
        }
    }
}
