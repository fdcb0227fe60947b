using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>A thread's ten sums, in registers. Written out, because ILGPU unrolls no loops.</summary>
internal readonly struct Sums10(Float4 s0, Float4 s4, float s8, float s9)
{
    /// <summary>Row i + wi·x for ten rows.</summary>
    public Sums10 Plus(
        Float4 x, Float4 w0, Float4 w1, Float4 w2, Float4 w3, Float4 w4, Float4 w5, Float4 w6, Float4 w7, Float4 w8,
        Float4 w9) => new(
        new(Add(s0.X, w0, x), Add(s0.Y, w1, x), Add(s0.Z, w2, x), Add(s0.W, w3, x)),
        new(Add(s4.X, w4, x), Add(s4.Y, w5, x), Add(s4.Z, w6, x), Add(s4.W, w7, x)), Add(s8, w8, x), Add(s9, w9, x));

    /// <summary>Row r.</summary>
    public float At(int r) => r switch
    {
        0 => s0.X,
        1 => s0.Y,
        2 => s0.Z,
        3 => s0.W,
        4 => s4.X,
        5 => s4.Y,
        6 => s4.Z,
        7 => s4.W,
        8 => s8,
        _ => s9,
    };

    private static float Add(float sum, Float4 w, Float4 x) => sum + w.X * x.X + w.Y * x.Y + w.Z * x.Z + w.W * x.W;
}

/// <summary>A thread's ten rows by four columns of dW1, in registers.</summary>
internal readonly struct Sums10x4(
    Float4 r0, Float4 r1, Float4 r2, Float4 r3, Float4 r4, Float4 r5, Float4 r6, Float4 r7, Float4 r8, Float4 r9)
{
    /// <summary>
    /// this + d·xᵀ: 40 multiply-adds for 14 numbers read. The ten of d are in <paramref name="d0"/>,
    /// <paramref name="d4"/> and the first two of <paramref name="d8"/>.
    /// </summary>
    public Sums10x4 Plus(Float4 d0, Float4 d4, Float4 d8, Float4 x) => new(
        r0.Plus(x, d0.X), r1.Plus(x, d0.Y), r2.Plus(x, d0.Z), r3.Plus(x, d0.W), r4.Plus(x, d4.X),
        r5.Plus(x, d4.Y), r6.Plus(x, d4.Z), r7.Plus(x, d4.W), r8.Plus(x, d8.X), r9.Plus(x, d8.Y));

    /// <summary>Row r.</summary>
    public Float4 At(int r) =>
        r switch { 0 => r0, 1 => r1, 2 => r2, 3 => r3, 4 => r4, 5 => r5, 6 => r6, 7 => r7, 8 => r8, _ => r9 };
}
