using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace MnistGpu.Gpu.Devices;

/// <summary>
/// What ILGPU finds on this machine. Only a driver that is installed is asked, and no context is started.
/// </summary>
internal static class AcceleratorCatalog
{
    /// <summary>Every device: CUDA GPUs, OpenCL devices (GPUs first), ILGPU's CPU accelerator.</summary>
    public static IReadOnlyList<AcceleratorInfo> List() => [.. Cuda(), .. OpenCl(), Cpu()];

    /// <summary>The CUDA GPUs that ILGPU can compile for, in the driver's order.</summary>
    public static IReadOnlyList<AcceleratorInfo> Cuda()
    {
        DriverNames.Install();
        return DriverNames.HasCuda
            ? [.. CudaDevice.GetDevices(IsUsable).Cast<CudaDevice>().Select((device, i) => Describe(device, i))]
            : [];
    }

    /// <summary>
    /// The OpenCL devices that ILGPU can compile for, GPUs first, otherwise in the drivers' order. PoCL only on
    /// request.
    /// </summary>
    public static IReadOnlyList<AcceleratorInfo> OpenCl()
    {
        DriverNames.Install();
        if (!DriverNames.HasOpenCl)
        {
            return [];
        }

        if (Pocl.IsRequested)
        {
            Pocl.Prepare();
        }

        return [.. CLDevice.GetDevices(IsUsable).Cast<CLDevice>().OrderBy(d => IsGpu(d) ? 0 : 1).Select(Describe)];
    }

    /// <summary>
    /// ILGPU's CPU accelerator with one group of two threads: the fastest setting for kernels without barriers
    /// (measured: a launch takes 34 µs, against 300 µs for ILGPU's default of sixteen threads).
    /// </summary>
    public static AcceleratorInfo Cpu() => new(
        "cpu", "ILGPU's CPU accelerator", "a simulator for proving kernels", "2 host threads, far slower than simd",
        null, IsGpu: false,
        new CPUDevice(2, 1, 1));

    /// <summary>
    /// Why there is no CUDA device although the driver is installed, as something to do; null where there is one.
    /// </summary>
    public static string? CudaRefusal()
    {
        var refused = new List<string>();
        CudaDevice.GetDevices(device =>
        {
            if (!IsUsable(device))
            {
                refused.Add(CudaRefusal(device.Name, device.Architecture is null, VersionOf(device)));
            }

            return false;
        });
        return Cuda().Count > 0 ? null
            : refused.Count > 0 ? string.Join("; ", refused)
            : "NVIDIA's driver is installed but shows no GPU: see whether nvidia-smi lists one, or leave "
                + "TrainingOptions.Device out";
    }

    internal static string CudaRefusal(string name, bool isUnknown, Version driver) => isUnknown
        ? $"{name} is of an architecture that ILGPU does not know: choose another device"
        : $"update NVIDIA's driver: {name} has one for CUDA {driver.Major}.{driver.Minor}, which is too old for ILGPU";

    private static Version VersionOf(CudaDevice device) => new(device.DriverVersion.Major, device.DriverVersion.Minor);

    private static AcceleratorInfo Describe(CudaDevice device, int index)
    {
        var architecture = device.Architecture is { } known ? $"compute capability {known.Major}.{known.Minor}" : null;
        var driver = NvidiaDriver.Describe(VersionOf(device));
        return new AcceleratorInfo(
            $"cuda:{index}", "CUDA GPU", device.Name,
            $"{architecture}, {device.NumMultiprocessors} multiprocessors, {driver}", device.MemorySize, IsGpu: true,
            device)
        {
            Architecture = architecture,
            Driver = driver,
        };
    }

    private static AcceleratorInfo Describe(CLDevice device, int index)
    {
        var architecture = $"OpenCL {device.DeviceVersion}";
        var version = CLAPI.CurrentAPI.GetDeviceInfo(device.DeviceId, CLDeviceInfoType.CL_DRIVER_VERSION).Trim(
            '\0', ' ');
        var driver = $"driver {version} of {device.PlatformName.Trim()}";
        return new AcceleratorInfo(
            $"opencl:{index}",
            Pocl.Is(device) && !IsGpu(device)
            ? "OpenCL on the host CPU (PoCL)" : IsGpu(device) ? "OpenCL GPU" : "OpenCL on the host CPU",
            device.Name.Trim(), $"{device.NumMultiprocessors} compute units, {architecture}, {driver}",
            IsGpu(device) ? device.MemorySize : null, IsGpu(device), device)
        {
            Architecture = architecture,
            Driver = driver,
        };
    }

    // What ILGPU's own registration asks of a CUDA device.
    private static bool IsUsable(CudaDevice device) =>
        device.Architecture.HasValue && device.InstructionSet is { } set
            && PTXCodeGenerator.SupportedInstructionSets.Contains(set);

    // What ILGPU's own registration asks of an OpenCL device, but for PoCL.
    private static bool IsUsable(CLDevice device)
    {
        if (Pocl.Is(device))
        {
            if (!Pocl.IsRequested)
            {
                return false;
            }

            Pocl.Admit(device);
        }

        return device.CLStdVersion >= CLBackend.MinimumVersion && device.Capabilities.GenericAddressSpace;
    }

    private static bool IsGpu(CLDevice device) => (device.DeviceType & CLDeviceType.CL_DEVICE_TYPE_CPU) == 0;
}
