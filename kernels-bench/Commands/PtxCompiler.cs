using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Bench.Commands;

/// <summary>
/// Kernels as PTX from ILGPU's own back end, on machines without a GPU. One for many kernels reads once what they
/// share, as a device does.
/// </summary>
internal sealed class PtxCompiler : IDisposable
{
    private readonly Context context = Context.Create(builder => builder.DefaultCPU().EnableAlgorithms());
    private readonly PTXBackend backend;

    /// <summary>Prepares to compile for one architecture.</summary>
    public PtxCompiler(CudaArchitecture architecture) => backend = new(context,
        new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_78, nvvmAPI: null);

    /// <summary>A kernel's PTX, as ILGPU writes it for the architecture.</summary>
    public string Compile(Type kernel)
    {
        var grouped = kernel.IsAssignableTo(typeof(IGroupKernel));
        var method = typeof(KernelLauncher).GetMethod(
            grouped ? nameof(KernelLauncher.RunGroup) : nameof(KernelLauncher.Run),
                BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(kernel);
        var entry = grouped ? EntryPointDescription.FromExplicitlyGroupedKernel(method)
            : EntryPointDescription.FromImplicitlyGroupedKernel(method);
        var limits = grouped ? KernelLauncher.Specialization(kernel) : default;
        return ((PTXCompiledKernel)backend.Compile(entry, limits)).PTXAssembly;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        backend.Dispose();
        context.Dispose();
    }
}
