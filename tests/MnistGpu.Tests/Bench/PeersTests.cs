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

    [Theory]
    [InlineData(512, 512)]
    [InlineData(256, 256)]
    [InlineData(128, 128)]
    [InlineData(512, 256)]
    public void NoPeerIsLimitedWhereOurVectorsAreTheProcessors(int ours, int processors) =>
        Assert.Null(PeerLimit.Of(Width(ours), Width(processors)));

    [Theory]
    [InlineData(256, 512, "Haswell", "avx2", "AVX2", "AVX2", "AVX512F AVX512_SKX", "AVX2 FMA3")]
    [InlineData(128, 512, "Nehalem", "default", "SSE41", "SSE4_2", "AVX512F AVX2 FMA3 AVX", "SSE42 SSE41")]
    [InlineData(128, 256, "Nehalem", "default", "SSE41", "SSE4_2", "AVX512F AVX2 FMA3 AVX", "SSE42 SSE41")]
    public void APeersLibrariesAreLimitedToOurVectors(int ours, int processors, string core, string torch, string dnnl,
        string mkl, string without, string with)
    {
        var limit = PeerLimit.Of(Width(ours), Width(processors))!;
        Assert.Equal((core, Width(ours)), (limit.Core, limit.Width));
        Assert.Equal((core, torch, dnnl, mkl), (limit.Variables["OPENBLAS_CORETYPE"],
            limit.Variables["ATEN_CPU_CAPABILITY"], limit.Variables["ONEDNN_MAX_CPU_ISA"],
            limit.Variables["MKL_ENABLE_INSTRUCTIONS"]));
        var numpys = limit.Variables["NPY_DISABLE_CPU_FEATURES"].Split(' ');
        Assert.All(without.Split(' '), name => Assert.Contains(name, numpys));
        Assert.DoesNotContain(with.Split(' '), numpys.Contains);
    }

    [Fact]
    public void NoPeerCanDoWithoutVectors() =>
        Assert.Throws<UserErrorException>(() => PeerLimit.Of(VectorWidth.Scalar, VectorWidth.Bits128));

    [Theory]
    [InlineData(256, true, "peers limited to 256-bit vectors, as ours are by X: AVX2 with FMA on both sides")]
    [InlineData(128, false, "peers limited to 128-bit vectors, as ours are by X: SSE4.2 without FMA on both sides")]
    [InlineData(128, true, "peers limited to 128-bit vectors, as ours are by X: no FMA on either side; SSE4.2 there, "
        + "AVX's encoding of 128-bit vectors here")]
    public void TheLimitIsSaid(int bits, bool hasAvx, string line) =>
        Assert.Equal(line, PeerLimit.Of(Width(bits), VectorWidth.Bits512)!.Describe("X", hasAvx));

    [Theory]
    [InlineData("DOTNET_EnableAVX512=0", "DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_EnableAVX=0", "DOTNET_EnableAVX", "00")]
    [InlineData("the configuration of .NET", "DOTNET_EnableAVX", "1")]
    [InlineData("the configuration of .NET", "DOTNET_EnableAVX512F", "0")]
    public void TheVariableThatLimitsIsNamed(string said, string name, string value) =>
        Assert.Equal(said, PeerLimit.SetBy(asked => asked == name ? value : null));

    [Theory]
    [InlineData(256, "Haswell", "AVX2", true)]
    [InlineData(256, "haswell", "NO AVX", true)]
    [InlineData(256, "SkylakeX", "AVX2", false)]
    [InlineData(256, "Zen", "AVX2", false)]
    [InlineData(256, "", "AVX2", false)]
    [InlineData(256, "Haswell", "AVX512_SKX", false)]
    [InlineData(256, "Haswell", "", false)]
    [InlineData(128, "Nehalem", "NO AVX", true)]
    [InlineData(128, "Nehalem", "SSE42", true)]
    [InlineData(128, "Nehalem", "AVX2", false)]
    [InlineData(128, "Nehalem", "FMA3", false)]
    [InlineData(128, "Haswell", "SSE42", false)]
    public void APeerThatDoesNotKeepToTheLimitIsRefused(int bits, string core, string loops, bool keeps) =>
        Assert.Equal(keeps, PeerLimit.Of(Width(bits), VectorWidth.Bits512)!.Refusal(core, loops) is null);

    [Theory]
    [InlineData("numpy", 1, "1")]
    [InlineData("torch", 1, "1")]
    [InlineData("numpy", 2, "1; 2")]
    [InlineData("torch", 2, "1; 2; 1, BLAS 2")]
    public void APeerTriesNoMoreThreadsThanOurs(string peer, int threads, string tried) =>
        Assert.Equal(tried, string.Join("; ", PeerPool.Settings(peer, threads)));

    private static VectorWidth Width(int bits) => (VectorWidth)(bits / 32);
}
