using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// What the tensor cores multiply, as 32-bit words: one TF32 or two bf16, neighbours along the depth. Counted in
/// words, both instructions (m16n8k8 for TF32, m16n8k16 for bf16) multiply 16 × 8 by 8 × 8 words and lay their
/// fragments out alike.
/// </summary>
internal interface IMatrixFormat
{
    /// <summary>Which rounding it is.</summary>
    static abstract ProductMath Math { get; }

    /// <summary>Elements along the depth in a word.</summary>
    static abstract int PerWord { get; }

    /// <summary>A word of one or two neighbours, rounded from float32 to the nearest.</summary>
    static abstract uint Word(float first, float second);
}

/// <summary>TF32: float32 with 10 bits after the point instead of 23; the rest of the word is 0.</summary>
internal readonly struct Tf32 : IMatrixFormat
{
    /// <inheritdoc/>
    public static ProductMath Math => ProductMath.Tf32;

    /// <inheritdoc/>
    public static int PerWord => 1;

    /// <inheritdoc/>
    public static uint Word(float first, float second) => Round(first);

    /// <summary>
    /// To the nearest, ties away from zero, as cvt.rna.tf32.f32 does: off by at most 2⁻¹¹ of the number. NaN stays
    /// NaN.
    /// </summary>
    public static uint Round(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fffe000 : (bits + 0x1000) & 0xffffe000;
    }
}

/// <summary>bf16: float32's upper 16 bits. Bytes, and so pixels, are exact in it.</summary>
internal readonly struct Bf16 : IMatrixFormat
{
    /// <inheritdoc/>
    public static ProductMath Math => ProductMath.Bf16;

    /// <inheritdoc/>
    public static int PerWord => 2;

    /// <inheritdoc/>
    public static uint Word(float first, float second) => Round(first) | (Round(second) << 16);

    /// <summary>To the nearest, ties to even: off by at most 2⁻⁸ of the number. NaN stays NaN.</summary>
    public static uint Round(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    }
}

/// <summary>
/// A warp's tensor cores and its 32 × 32 sums: eight tiles of 16 × 8, tile t in rows t / 4·16, columns t % 4·8. A
/// thread holds four sums of each, in places that <see cref="Fragments"/> names.
/// </summary>
/// <remarks>
/// Used once in a kernel, from straight-line code: the sums are registers that the text of the kernel declares.
/// </remarks>
internal interface IMatrixUnit<TSelf>
    where TSelf : struct, IMatrixUnit<TSelf>
{
    /// <summary>Whether it is inline PTX for compute capability 8.0.</summary>
    static abstract bool NeedsSm80 { get; }

    /// <summary>Whether all warps of a group must multiply at once, even with zeros.</summary>
    static abstract bool WantsAllWarps { get; }

    /// <summary>Which rounding its operands have.</summary>
    static abstract ProductMath Math { get; }

    /// <summary>Elements along the depth in a word.</summary>
    static abstract int PerWord { get; }

    /// <summary>Sums of 0.</summary>
    static abstract TSelf Start();

    /// <summary>
    /// Takes this thread's word <paramref name="n"/>, a constant, of one or two neighbours along the depth, and rounds
    /// it as <see cref="IMatrixFormat.Word"/> does, but that TF32 may cut off subnormal numbers. 0 … 3: its word of
    /// the depth, rows 0, 8, 16 and 24 further; 4 … 7: the fourth word after that; 8 … 15: the same of the columns.
    /// </summary>
    TSelf Take(int n, float first, float second);

    /// <summary>Adds the products of the words taken to all eight tiles. All threads of the group take part.</summary>
    TSelf Multiply();

    /// <summary>
    /// Adds one product of two fragments to tile <paramref name="t"/>, a constant. All threads of the warp take part.
    /// </summary>
    TSelf Multiply(int t, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1);

    /// <summary>
    /// This thread's sum <paramref name="i"/> (0 … 3) of tile <paramref name="t"/>, both constants.
    /// </summary>
    float Sum(int t, int i);
}

/// <summary>
/// Where a thread's parts of the fragments lie (PTX ISA, "Matrix Fragments for mma.m16n8k8" with .tf32 and "… for
/// mma.m16n8k16 with floating point type"). In words along the depth, the same for both.
/// </summary>
internal static class Fragments
{
    /// <summary>
    /// Row of a0 and a2, column of b0 and b1, row of sums 0 and 1: "groupID"; a1, a3 and sums 2 and 3 are 8 further.
    /// </summary>
    public static int Outer(int lane) => lane / 4;

    /// <summary>Word along the depth of a0, a1 and b0: "threadID_in_group"; a2, a3 and b1 are 4 further.</summary>
    public static int Word(int lane) => lane & 3;

    /// <summary>Column of sums 0 and 2; sums 1 and 3 are 1 further.</summary>
    public static int SumColumn(int lane) => (lane & 3) * 2;
}
