namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>Four floats that lie together: 16 bytes, which a GPU moves with one instruction where they are aligned.</summary>
public readonly struct Float4(float x, float y, float z, float w)
{
    // Fields in this order, as in memory.
    private readonly float x = x;
    private readonly float y = y;
    private readonly float z = z;
    private readonly float w = w;

    /// <summary>The first.</summary>
    public float X => x;

    /// <summary>The second.</summary>
    public float Y => y;

    /// <summary>The third.</summary>
    public float Z => z;

    /// <summary>The fourth.</summary>
    public float W => w;

    /// <summary>this + a·b, element by element.</summary>
    public Float4 Plus(Float4 a, float b) => new(X + a.X * b, Y + a.Y * b, Z + a.Z * b, W + a.W * b);
}

/// <summary>A thread's 4 × 4 block of sums, in registers: column c holds four neighbouring rows.</summary>
public readonly struct Sums4x4(Float4 c0, Float4 c1, Float4 c2, Float4 c3)
{
    /// <summary>Column 0.</summary>
    public Float4 C0 => c0;

    /// <summary>Column 1.</summary>
    public Float4 C1 => c1;

    /// <summary>Column 2.</summary>
    public Float4 C2 => c2;

    /// <summary>Column 3.</summary>
    public Float4 C3 => c3;

    /// <summary>this + a·bᵀ: 16 multiply-adds for 8 numbers read. Written out, because ILGPU unrolls no loops.</summary>
    public Sums4x4 Plus(Float4 a, Float4 b) => new(C0.Plus(a, b.X), C1.Plus(a, b.Y), C2.Plus(a, b.Z), C3.Plus(a, b.W));
}

/// <summary>A thread's 8 × 8 sums as four blocks: rows r and r + half, columns c and c + half, of a tile of two halves.</summary>
/// <remarks>Halves rather than eight neighbours: the threads of a warp then read neighbouring 16 bytes of shared memory, from different banks.</remarks>
public readonly struct Sums8x8(Sums4x4 s00, Sums4x4 s01, Sums4x4 s10, Sums4x4 s11)
{
    /// <summary>this + a·bᵀ for eight rows and eight columns: 64 multiply-adds for 16 numbers read.</summary>
    public Sums8x8 Plus(Float4 a0, Float4 a1, Float4 b0, Float4 b1) =>
        new(s00.Plus(a0, b0), s01.Plus(a0, b1), s10.Plus(a1, b0), s11.Plus(a1, b1));

    /// <summary>Writes the sums to C from row <paramref name="r"/>, column <paramref name="c"/> on.</summary>
    public void Store<TLeft, TRight>(Problem<TLeft, TRight> problem, int r, int c, int halfRows, int halfColumns)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand
    {
        Store(problem, s00, r, c);
        Store(problem, s01, r, c + halfColumns);
        Store(problem, s10, r + halfRows, c);
        Store(problem, s11, r + halfRows, c + halfColumns);
    }

    private static void Store<TLeft, TRight>(Problem<TLeft, TRight> problem, Sums4x4 sums, int r, int c)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand
    {
        problem.Store4(r, c, sums.C0);
        problem.Store4(r, c + 1, sums.C1);
        problem.Store4(r, c + 2, sums.C2);
        problem.Store4(r, c + 3, sums.C3);
    }
}
