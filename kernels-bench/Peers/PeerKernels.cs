using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Peers;

/// <summary>
/// Which kernels a peer's linear algebra uses. A variable of the shell can tie it to those of an older processor, and
/// an older library may not know this processor: its times would be a third longer and the ratio worth nothing.
/// </summary>
internal static class PeerKernels
{
    // Each chooses kernels or threads in a library that NumPy or PyTorch may stand on.
    private static readonly string[] Prefixes =
    [
        "OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "NVPL_", "OMP_", "GOMP_", "KMP_", "ATEN_", "NPY_", "ONEDNN_", "DNNL_",
    ];

    // OpenBLAS' names of x86 cores by the vectors of their kernels (its driver/others/dynamic.c). Those of other
    // processors and of a later OpenBLAS are not here, and are taken as its best.
    private static readonly Dictionary<string, VectorWidth> Cores = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SkylakeX"] = VectorWidth.Bits512,
        ["Cooperlake"] = VectorWidth.Bits512,
        ["SapphireRapids"] = VectorWidth.Bits512,
        ["Haswell"] = VectorWidth.Bits256,
        ["Zen"] = VectorWidth.Bits256,
        ["Excavator"] = VectorWidth.Bits256,
        ["Sandybridge"] = VectorWidth.Bits128,
        ["Bulldozer"] = VectorWidth.Bits128,
        ["Piledriver"] = VectorWidth.Bits128,
        ["Steamroller"] = VectorWidth.Bits128,
        ["Nehalem"] = VectorWidth.Bits128,
        ["Penryn"] = VectorWidth.Bits128,
        ["Dunnington"] = VectorWidth.Bits128,
        ["Core2"] = VectorWidth.Bits128,
        ["Prescott"] = VectorWidth.Bits128,
        ["Katmai"] = VectorWidth.Bits128,
        ["Coppermine"] = VectorWidth.Bits128,
        ["Northwood"] = VectorWidth.Bits128,
        ["Banias"] = VectorWidth.Bits128,
        ["Atom"] = VectorWidth.Bits128,
        ["Nano"] = VectorWidth.Bits128,
        ["Athlon"] = VectorWidth.Bits128,
        ["Opteron"] = VectorWidth.Bits128,
        ["Opteron_SSE3"] = VectorWidth.Bits128,
        ["Barcelona"] = VectorWidth.Bits128,
        ["Bobcat"] = VectorWidth.Bits128,
    };

    /// <summary>Removes every variable that chooses a peer's kernels or threads.</summary>
    /// <returns>Their names, in order.</returns>
    public static string[] Clean(IDictionary<string, string?> environment)
    {
        string[] removed =
        [
            .. environment.Keys.Where(name =>
                Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                .Order(StringComparer.Ordinal),
        ];
        foreach (var name in removed)
        {
            environment.Remove(name);
        }

        return removed;
    }

    /// <summary>Whether a core type's kernels use vectors as wide as the processor's.</summary>
    /// <param name="core">As OpenBLAS names it; empty where the library does not tell.</param>
    /// <param name="widest">The processor's.</param>
    public static bool AreBest(string core, VectorWidth widest) =>
        !Cores.TryGetValue(core, out var width) || width >= widest;

    /// <summary>A core type to ask OpenBLAS for that fits the processor; its versions since 0.3.0 know it.</summary>
    public static string? Fitting(VectorWidth widest) => widest switch
    {
        VectorWidth.Bits512 => "SkylakeX",
        VectorWidth.Bits256 => "Haswell",
        _ => null,
    };

    /// <summary>Why these kernels are no fair peer, or null where they are.</summary>
    /// <param name="libraries">The linear algebra that is loaded.</param>
    /// <param name="core">What it says of itself; empty where it does not.</param>
    /// <param name="widest">The processor's vectors.</param>
    public static string? Refusal(string libraries, string core, VectorWidth widest) =>
        !AreBest(core, widest)
            ? $"its BLAS uses kernels for {core}: narrower vectors than this processor's ({(int)widest} floats)"
        : libraries is "libblas.so.3" or "libblas.so"
            ? "its BLAS is the plain Fortran one, without kernels for any processor: install libopenblas0-pthread"
        : null;
}
