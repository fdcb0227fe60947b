using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU.Runtime.OpenCL;

namespace MnistGpu.Gpu.Devices;

/// <summary>
/// OpenCL on the host CPU (PoCL), so that the OpenCL code that ILGPU generates runs on machines without a GPU. ILGPU
/// 1.5.3 refuses PoCL 3.1 because it declares no generic address space; two steps admit it. Off unless
/// MNISTGPU_POCL=1.
/// </summary>
internal static partial class Pocl
{
    private const string Flags = "POCL_EXTRA_BUILD_FLAGS";

    // Right for kernels whose generic pointers are all global, as ours are.
    private const string GenericIsGlobal = "-D__generic=__global";

    /// <summary>Whether the user asks for PoCL.</summary>
    public static bool IsRequested =>
        Environment.GetEnvironmentVariable("MNISTGPU_POCL") == "1"
            && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS());

    /// <summary>Whether an OpenCL device is PoCL's.</summary>
    public static bool Is(CLDevice device) =>
        device.PlatformName.Contains("Portable Computing Language", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Step 1, before the first OpenCL call: the compiler option, set in the C environment, which .NET's own
    /// <see cref="Environment.SetEnvironmentVariable(string, string)"/> does not touch.
    /// </summary>
    public static void Prepare()
    {
        var present = Environment.GetEnvironmentVariable(Flags) ?? "";
        if (!present.Contains(GenericIsGlobal, StringComparison.Ordinal))
        {
            Environment.SetEnvironmentVariable(Flags, $"{present} {GenericIsGlobal}".Trim());
            _ = SetEnv(Flags, $"{present} {GenericIsGlobal}".Trim(), 1);
        }
    }

    /// <summary>
    /// Step 2: tells ILGPU that the device has a generic address space. The setter is internal to ILGPU.
    /// </summary>
    public static void Admit(CLDevice device) =>
        typeof(CLCapabilityContext).GetProperty("GenericAddressSpace", BindingFlags.Instance | BindingFlags.Public)!
            .SetValue(device.Capabilities, true);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
