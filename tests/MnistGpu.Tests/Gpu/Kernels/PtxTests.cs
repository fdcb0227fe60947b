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
public sealed class PtxTests(PtxTests.Texts texts) : IClassFixture<PtxTests.Texts>
{
    public static TheoryData<Type> Kernels => [.. AllKernels()];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EveryKernelCompilesToPtx(Type kernel)
    {
        var ptx = texts.Of(kernel);
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
            var ptx = texts.Of(kernel);
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

    /// <summary>
    /// The kernels' PTX, compiled once for all tests: ILGPU 1.5.3 writes the same for 9.0, and calls it 8.0 there too.
    /// </summary>
    public sealed class Texts : IDisposable
    {
        private readonly PtxCompiler compiler = new(CudaArchitecture.SM_80);
        private readonly Dictionary<Type, string> texts = [];

        internal string Of(Type kernel) =>
            texts.TryGetValue(kernel, out var text) ? text : texts[kernel] = compiler.Compile(kernel);

        public void Dispose() => compiler.Dispose();
    }
}
