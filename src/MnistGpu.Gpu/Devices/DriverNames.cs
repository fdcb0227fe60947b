using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace MnistGpu.Gpu.Devices;

/// <summary>
/// Finds the GPU drivers under the names that they are installed by. ILGPU asks for "cuda" and "OpenCL", which .NET
/// looks for as libcuda.so and libOpenCL.so: names that only development packages install. A machine with the drivers
/// alone has libcuda.so.1 and libOpenCL.so.1, and ILGPU would silently see no GPU.
/// </summary>
internal static class DriverNames
{
    private static readonly string[] CudaNames = OperatingSystem.IsWindows()
        ? ["nvcuda"]
        : ["libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"];

    private static readonly string[] OpenClNames = OperatingSystem.IsWindows() ? ["OpenCL"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    private static readonly Lazy<nint> Cuda = new(() => First(CudaNames));
    private static readonly Lazy<nint> OpenCl = new(() => First(OpenClNames));
    private static readonly Lazy<bool> Resolver = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        return true;
    });

    /// <summary>Whether a CUDA driver is installed.</summary>
    public static bool HasCuda => Cuda.Value != 0;

    /// <summary>Whether an OpenCL loader is installed.</summary>
    public static bool HasOpenCl => OpenCl.Value != 0;

    /// <summary>Points ILGPU to the drivers; once per process, before ILGPU first asks for one.</summary>
    public static void Install() => _ = Resolver.Value;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        NativeLibrary.TryLoad(name, assembly, searchPath, out var handle) ? handle
        : name is "cuda" or "nvcuda" ? Cuda.Value
        : name == "OpenCL" ? OpenCl.Value
        : 0; // Not one of the two: .NET goes on as ever.

    private static nint First(string[] names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }
}
