using System.Diagnostics;
using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Tests.Gpu.Kernels;

/// <summary>What a CUDA GPU would be given, on machines without one: every kernel as PTX, and as machine code where ptxas is installed.</summary>
public sealed class PtxTests
{
    public static TheoryData<Type> Kernels => [.. KernelLauncher.AllKernels];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EveryKernelCompilesToPtx(Type kernel)
    {
        var ptx = Compile(kernel);
        Assert.Contains(".target sm_80", ptx, StringComparison.Ordinal);
        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("atom.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("red.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryKernelAssembles()
    {
        var ptxas = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(ptxas is not null, "needs ptxas on the PATH (Debian's nvidia-cuda-toolkit, non-free)");
        var folder = Directory.CreateTempSubdirectory("mnistgpu-ptx-");
        try
        {
            foreach (var kernel in KernelLauncher.AllKernels)
            {
                var source = Path.Combine(folder.FullName, kernel.Name + ".ptx");
                await File.WriteAllTextAsync(source, Compile(kernel), TestContext.Current.CancellationToken);
                using var process = Process.Start(new ProcessStartInfo(ptxas!, ["-arch", "sm_80", source, "-o", source + ".cubin"])
                {
                    RedirectStandardError = true,
                })!;
                var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.True(process.ExitCode == 0, $"{kernel.Name}: {errors}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void EveryKernelHasATestOfItsOwn()
    {
        var tests = typeof(KernelTests).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null).Select(m => m.Name).ToArray();
        Assert.NotEmpty(KernelLauncher.AllKernels);
        Assert.All(KernelLauncher.AllKernels, kernel => Assert.Contains(tests, test => test.StartsWith(kernel.Name, StringComparison.Ordinal)));
    }

    private static string Compile(Type kernel)
    {
        using var context = Context.Create(builder => builder.DefaultCPU().EnableAlgorithms());
        using var backend = new PTXBackend(
            context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, nvvmAPI: null);
        var method = typeof(KernelLauncher).GetMethod(nameof(KernelLauncher.Run))!.MakeGenericMethod(kernel);
        var compiled = backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(method), default(KernelSpecialization));
        return ((PTXCompiledKernel)compiled).PTXAssembly;
    }
}
