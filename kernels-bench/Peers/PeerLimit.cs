using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Peers;

/// <summary>
/// The vectors that a peer may use where .NET's variables keep ours narrower than the processor's: else one side alone
/// would be held back.
/// </summary>
internal sealed class PeerLimit
{
    // .NET 10's switches, the widest instructions first. EnableAVX2 has FMA in it.
    private static readonly string[] Switches = ["EnableAVX512", "EnableAVX2", "EnableAVX", "EnableSSE42",
        "EnableHWIntrinsic"];

    // NumPy's names of its own loops' instructions. Of one that a version does not know, it only warns.
    private const string WiderThan256 = "AVX512F AVX512CD AVX512_KNL AVX512_KNM AVX512_SKX AVX512_CLX AVX512_CNL "
        + "AVX512_ICL AVX512_SPR X86_V4";

    private const string WiderThan128 = "AVX F16C FMA3 FMA4 XOP AVX2 X86_V3 " + WiderThan256;

    private PeerLimit(VectorWidth width, string core, params (string Name, string Value)[] variables)
    {
        (Width, Core) = (width, core);
        Variables = variables.Append(("OPENBLAS_CORETYPE", core))
            .Append(("PYTHONWARNINGS", "ignore:During parsing environment variable:RuntimeWarning"))
            .ToDictionary(v => v.Item1, v => v.Item2);
    }

    /// <summary>What .NET's variables leave here of the processor's instructions; null where they leave all.</summary>
    /// <exception cref="UserErrorException">They leave no vectors.</exception>
    public static PeerLimit? Here => Of(Ours, Processors);

    /// <summary>The widest vectors.</summary>
    public VectorWidth Width { get; }

    /// <summary>The core type that OpenBLAS is asked for.</summary>
    public string Core { get; }

    /// <summary>What a peer's libraries are told.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    private static VectorWidth Ours => Avx512BW.IsSupported ? VectorWidth.Bits512
        : Avx2.IsSupported && Fma.IsSupported ? VectorWidth.Bits256
        : Sse42.IsSupported || (!X86Base.IsSupported && Vector128.IsHardwareAccelerated) ? VectorWidth.Bits128
        : VectorWidth.Scalar;

    // Those that .NET has a switch for.
    private static VectorWidth Processors
    {
        get
        {
            if (!X86Base.IsSupported)
            {
                // Each x64 processor has these vectors: there, .NET was told to leave all out.
                return VectorWidth.Bits128;
            }

            if (X86Base.CpuId(0, 0).Eax < 7)
            {
                return VectorWidth.Bits128;
            }

            // AVX-512 F, DQ, CD, BW and VL, without which .NET takes none; AVX2 with FMA.
            const int avx512 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31;
            var (features, fma) = (X86Base.CpuId(7, 0).Ebx, X86Base.CpuId(1, 0).Ecx & 1 << 12);
            return (features & avx512) == avx512 ? VectorWidth.Bits512
                : (features & 1 << 5) != 0 && fma != 0 ? VectorWidth.Bits256
                : VectorWidth.Bits128;
        }
    }

    /// <summary>The limit of the peers, or null where there is none.</summary>
    /// <param name="ours">The vectors that .NET has.</param>
    /// <param name="processors">Those that the processor has.</param>
    /// <exception cref="UserErrorException">.NET has none, and peers cannot be limited so far.</exception>
    public static PeerLimit? Of(VectorWidth ours, VectorWidth processors) => ours >= processors ? null : ours switch
    {
        VectorWidth.Bits256 => new PeerLimit(ours, "Haswell", ("ATEN_CPU_CAPABILITY", "avx2"),
            ("NPY_DISABLE_CPU_FEATURES", WiderThan256), ("ONEDNN_MAX_CPU_ISA", "AVX2"),
            ("MKL_ENABLE_INSTRUCTIONS", "AVX2")),
        VectorWidth.Bits128 => new PeerLimit(ours, "Nehalem", ("ATEN_CPU_CAPABILITY", "default"),
            ("NPY_DISABLE_CPU_FEATURES", WiderThan128), ("ONEDNN_MAX_CPU_ISA", "SSE41"),
            ("MKL_ENABLE_INSTRUCTIONS", "SSE4_2")),
        _ => throw new UserErrorException(".NET uses no vectors here, and no peer can do without", where: "peers",
            expected: "DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0, DOTNET_EnableAVX=0 or none of them",
            found: SetBy(Environment.GetEnvironmentVariable), todo: "unset it"),
    };

    /// <summary>Which of .NET's variables leave instructions out, for people.</summary>
    /// <param name="read">The environment.</param>
    public static string SetBy(Func<string, string?> read)
    {
        // .NET reads a number in hexadecimal digits.
        var set = Switches.Select(name => "DOTNET_" + name).Where(name => read(name) is { } value
            && int.TryParse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number)
            && number == 0).Select(name => $"{name}=0").ToArray();
        return set.Length > 0 ? string.Join(" ", set) : "the configuration of .NET";
    }

    /// <summary>The limit for people.</summary>
    /// <param name="setBy">What keeps ours narrow.</param>
    /// <param name="hasAvx">Whether ours are encoded as AVX.</param>
    public string Describe(string setBy, bool hasAvx) =>
        $"peers limited to {32 * (int)Width}-bit vectors, as ours are by {setBy}: " + (Width, hasAvx) switch
        {
            (VectorWidth.Bits256, _) => "AVX2 with FMA on both sides",
            (_, true) => "no FMA on either side; SSE4.2 there, AVX's encoding of 128-bit vectors here",
            _ => "SSE4.2 without FMA on both sides",
        };

    /// <summary>Describes it as it is here.</summary>
    public override string ToString() => Describe(SetBy(Environment.GetEnvironmentVariable), Avx.IsSupported);

    /// <summary>Why a peer cannot be shown to keep to the limit, or null where it keeps to it.</summary>
    /// <param name="core">What its BLAS has kernels for; empty where it does not say.</param>
    /// <param name="loops">The instructions of its own loops, as it names them; empty where it does not say.</param>
    public string? Refusal(string core, string loops) =>
        !core.Equals(Core, StringComparison.OrdinalIgnoreCase)
            ? $"its BLAS should be limited to kernels for {Core}, and {Found(core)}"
        : IsWider(loops)
            ? $"its own loops should be limited to {32 * (int)Width}-bit vectors, and it {Found(loops)}"
        : null;

    private static string Found(string used) => used.Length > 0 ? $"uses {used}" : "does not say what it uses";

    // PyTorch calls its narrowest NO AVX or DEFAULT.
    private bool IsWider(string loops) => loops.Length == 0 || (loops != "NO AVX"
        && (Width == VectorWidth.Bits256 ? (string[])["AVX512"] : ["AVX", "FMA"])
            .Any(name => loops.Contains(name, StringComparison.Ordinal)));
}
