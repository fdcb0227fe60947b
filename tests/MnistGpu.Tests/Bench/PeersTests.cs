using MnistGpu.Bench.Peers;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Bench;

public sealed class PeersTests
{
    [Theory]
    [InlineData(0.5, 0.50004)]
    [InlineData(0, 0)]
    public void EqualResultsAreCompared(double here, double there) =>
        PeersCommand.RequireEqualResults(here, there, 1e-4, 10);

    [Theory]
    [InlineData(0.5, 0.5001)]
    [InlineData(0.5, 0)]
    [InlineData(double.NaN, 0.5)]
    [InlineData(double.NaN, double.NaN)]
    public void OtherResultsAreRefused(double here, double there) =>
        Assert.Throws<UnfairComparisonException>(() => PeersCommand.RequireEqualResults(here, there, 1e-4, 10));

    /// <summary>Whatever the shell says, a peer chooses its kernels and threads by itself.</summary>
    [Fact]
    public void AShellsChoiceOfKernelsIsNotPassedOnToAPeer()
    {
        var environment = new Dictionary<string, string?>
        {
            ["OPENBLAS_CORETYPE"] = "Haswell",
            ["OPENBLAS_L2_SIZE"] = "262144",
            ["MKL_ENABLE_INSTRUCTIONS"] = "SSE4_2",
            ["OMP_NUM_THREADS"] = "1",
            ["ATEN_CPU_CAPABILITY"] = "default",
            ["NPY_DISABLE_CPU_FEATURES"] = "AVX2",
            ["ONEDNN_MAX_CPU_ISA"] = "SSE41",
            ["HOME"] = "/home/someone",
        };
        Assert.Equal(7, PeerKernels.Clean(environment).Length);
        Assert.Equal(["HOME"], environment.Keys);
    }

    [Theory]
    [InlineData("Haswell", 512)]
    [InlineData("Prescott", 256)]
    public void KernelsOfAnOlderProcessorAreRefused(string core, int bits) =>
        Assert.Contains(core, PeerKernels.Refusal("libopenblas.so.0", core, Width(bits)), StringComparison.Ordinal);

    [Theory]
    [InlineData("SkylakeX", 512)]
    [InlineData("Zen", 256)]
    [InlineData("neoversen1", 128)]
    [InlineData("", 512)]
    public void KernelsOfThisProcessorAreCompared(string core, int bits) =>
        Assert.Null(PeerKernels.Refusal("libopenblas.so.0", core, Width(bits)));

    [Fact]
    public void ABlasWithoutKernelsIsRefused() =>
        Assert.Contains("libopenblas", PeerKernels.Refusal("libblas.so.3", "", VectorWidth.Bits256),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    public void TheKernelsThatTheBenchAsksForAreTheProcessorsBest(int bits) =>
        Assert.True(PeerKernels.AreBest(PeerKernels.Fitting(Width(bits))!, Width(bits)));

    private static VectorWidth Width(int bits) => (VectorWidth)(bits / 32);
}
