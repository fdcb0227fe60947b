using System.Reflection;
using ILGPU.Runtime.Cuda;
using MnistGpu.Bench.Commands;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Tests.Gpu.Kernels;

/// <summary>
/// What a CUDA GPU would be given, on machines without one: every kernel as PTX, and as machine code where ptxas is
/// installed.
/// </summary>
public sealed class PtxTests(PtxTests.Compilers compilers) : IClassFixture<PtxTests.Compilers>
{
    public static TheoryData<Type> Kernels => [.. AllKernels()];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EveryKernelCompilesToPtx(Type kernel)
    {
        var ptx = compilers.Sm80.Compile(kernel);
        Assert.Contains(".target sm_80", ptx, StringComparison.Ordinal);
        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\b(atom|red)\.", ptx);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryKernelAssemblesWithoutASpill()
    {
        var ptxas = Ptxas.Find();
        Assert.SkipUnless(ptxas is not null, "needs ptxas on the PATH (Debian's nvidia-cuda-toolkit, non-free)");
        foreach (var kernel in AllKernels())
        {
            var ptx = compilers.Sm90.Compile(kernel);
            foreach (var architecture in (string[])["sm_80", "sm_90"])
            {
                var used = ptxas!.Assemble(ptx, architecture);
                Assert.True((used.SpillStores, used.SpillLoads) == (0, 0), $"{kernel} for {architecture}: {used}");
                Assert.InRange(used.Registers, 1, 128);
                Assert.InRange(used.Shared, 0, 48 << 10);
            }
        }
    }

    [Fact]
    public void TheReportOfPtxasIsRead()
    {
        var read = Ptxas.Read("""
            ptxas info    : Function properties for Kernel_Run
                128 bytes stack frame, 8 bytes spill stores, 16 bytes spill loads
            ptxas info    : Used 54 registers, 9216 bytes smem, 648 bytes cmem[0]
            """);
        Assert.Equal(new KernelResources(54, 8, 16, 128, 9216), read);
        Assert.Throws<UserErrorException>(() => Ptxas.Read("ptxas info    : 0 bytes gmem"));
    }

    [Fact]
    public void EveryKernelHasATestOfItsOwn()
    {
        var tests = typeof(KernelTests).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null)
            .Select(m => m.Name).ToArray();
        Assert.NotEmpty(KernelLauncher.AllKernels);
        Assert.All(KernelLauncher.AllKernels, kernel =>
            Assert.Contains(tests, test => test.StartsWith(kernel.Name, StringComparison.Ordinal)));
    }

    private static IEnumerable<Type> AllKernels() =>
        KernelLauncher.AllKernels.Concat(FusedKernels.OfGroups)
            .Concat(ProductLadder.Rungs.SelectMany(rung => Enum.GetValues<ProductKind>().Select(rung.Kernel)))
                .Distinct();

    /// <summary>One for all kernels: a context of its own for each took half of the time.</summary>
    public sealed class Compilers : IDisposable
    {
        internal PtxCompiler Sm80 { get; } = new(CudaArchitecture.SM_80);

        internal PtxCompiler Sm90 { get; } = new(CudaArchitecture.SM_90);

        public void Dispose()
        {
            Sm80.Dispose();
            Sm90.Dispose();
        }
    }
}
