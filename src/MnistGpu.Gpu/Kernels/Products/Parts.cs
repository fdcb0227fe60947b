using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Four floats that lie together: 16 bytes, which a GPU moves with one instruction where they are aligned.
/// </summary>
internal readonly struct Float4(float x, float y, float z, float w)
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
internal readonly struct Sums4x4(Float4 c0, Float4 c1, Float4 c2, Float4 c3)
{
    /// <summary>Column 0.</summary>
    public Float4 C0 => c0;

    /// <summary>Column 1.</summary>
    public Float4 C1 => c1;

    /// <summary>Column 2.</summary>
    public Float4 C2 => c2;

    /// <summary>Column 3.</summary>
    public Float4 C3 => c3;

    /// <summary>Column <paramref name="j"/>.</summary>
    public Float4 Column(int j) => j switch { 0 => C0, 1 => C1, 2 => C2, _ => C3 };

    /// <summary>
    /// this + a·bᵀ: 16 multiply-adds for 8 numbers read. Written out, because ILGPU unrolls no loops.
    /// </summary>
    public Sums4x4 Plus(Float4 a, Float4 b) => new(C0.Plus(a, b.X), C1.Plus(a, b.Y), C2.Plus(a, b.Z), C3.Plus(a, b.W));
}

/// <summary>Eight rows (or columns) at four steps of the depth, in registers: 0 … 3 low, 4 … 7 high.</summary>
internal readonly struct Octets(
    Float4 low0, Float4 high0, Float4 low1, Float4 high1, Float4 low2, Float4 high2, Float4 low3, Float4 high3)
{
    /// <summary>Step 0.</summary>
    public Float4 Low0 => low0;

    /// <inheritdoc cref="Low0"/>
    public Float4 High0 => high0;

    /// <summary>Step 1.</summary>
    public Float4 Low1 => low1;

    /// <inheritdoc cref="Low1"/>
    public Float4 High1 => high1;

    /// <summary>Step 2.</summary>
    public Float4 Low2 => low2;

    /// <inheritdoc cref="Low2"/>
    public Float4 High2 => high2;

    /// <summary>Step 3.</summary>
    public Float4 Low3 => low3;

    /// <inheritdoc cref="Low3"/>
    public Float4 High3 => high3;

    /// <summary>From four steps of each of the eight.</summary>
    public static Octets Transposed(
        Float4 r0, Float4 r1, Float4 r2, Float4 r3, Float4 r4, Float4 r5, Float4 r6, Float4 r7) => new(
        new(r0.X, r1.X, r2.X, r3.X), new(r4.X, r5.X, r6.X, r7.X),
        new(r0.Y, r1.Y, r2.Y, r3.Y), new(r4.Y, r5.Y, r6.Y, r7.Y),
        new(r0.Z, r1.Z, r2.Z, r3.Z), new(r4.Z, r5.Z, r6.Z, r7.Z),
        new(r0.W, r1.W, r2.W, r3.W), new(r4.W, r5.W, r6.W, r7.W));
}

/// <summary>
/// A thread's 8 × 8 sums as four blocks: rows r and r + half, columns c and c + half, of a tile of two halves.
/// </summary>
/// <remarks>
/// Halves rather than eight neighbours: the threads of a warp then read neighbouring 16 bytes of shared memory, from
/// different banks.
/// </remarks>
internal readonly struct Sums8x8(Sums4x4 s00, Sums4x4 s01, Sums4x4 s10, Sums4x4 s11)
{
    /// <summary>this + a·bᵀ for eight rows and eight columns: 64 multiply-adds for 16 numbers read.</summary>
    public Sums8x8 Plus(Float4 a0, Float4 a1, Float4 b0, Float4 b1) =>
        new(s00.Plus(a0, b0), s01.Plus(a0, b1), s10.Plus(a1, b0), s11.Plus(a1, b1));

    /// <summary>
    /// The same for four steps of the depth, a column after the other: each number of b is needed for one column only,
    /// so that its load may come as late as that.
    /// </summary>
    public Sums8x8 PlusByColumns(Octets a, Octets b) => new(
        new(
            Column(s00.C0, a.Low0, a.Low1, a.Low2, a.Low3, b.Low0.X, b.Low1.X, b.Low2.X, b.Low3.X),
            Column(s00.C1, a.Low0, a.Low1, a.Low2, a.Low3, b.Low0.Y, b.Low1.Y, b.Low2.Y, b.Low3.Y),
            Column(s00.C2, a.Low0, a.Low1, a.Low2, a.Low3, b.Low0.Z, b.Low1.Z, b.Low2.Z, b.Low3.Z),
            Column(s00.C3, a.Low0, a.Low1, a.Low2, a.Low3, b.Low0.W, b.Low1.W, b.Low2.W, b.Low3.W)),
        new(
            Column(s01.C0, a.Low0, a.Low1, a.Low2, a.Low3, b.High0.X, b.High1.X, b.High2.X, b.High3.X),
            Column(s01.C1, a.Low0, a.Low1, a.Low2, a.Low3, b.High0.Y, b.High1.Y, b.High2.Y, b.High3.Y),
            Column(s01.C2, a.Low0, a.Low1, a.Low2, a.Low3, b.High0.Z, b.High1.Z, b.High2.Z, b.High3.Z),
            Column(s01.C3, a.Low0, a.Low1, a.Low2, a.Low3, b.High0.W, b.High1.W, b.High2.W, b.High3.W)),
        new(
            Column(s10.C0, a.High0, a.High1, a.High2, a.High3, b.Low0.X, b.Low1.X, b.Low2.X, b.Low3.X),
            Column(s10.C1, a.High0, a.High1, a.High2, a.High3, b.Low0.Y, b.Low1.Y, b.Low2.Y, b.Low3.Y),
            Column(s10.C2, a.High0, a.High1, a.High2, a.High3, b.Low0.Z, b.Low1.Z, b.Low2.Z, b.Low3.Z),
            Column(s10.C3, a.High0, a.High1, a.High2, a.High3, b.Low0.W, b.Low1.W, b.Low2.W, b.Low3.W)),
        new(
            Column(s11.C0, a.High0, a.High1, a.High2, a.High3, b.High0.X, b.High1.X, b.High2.X, b.High3.X),
            Column(s11.C1, a.High0, a.High1, a.High2, a.High3, b.High0.Y, b.High1.Y, b.High2.Y, b.High3.Y),
            Column(s11.C2, a.High0, a.High1, a.High2, a.High3, b.High0.Z, b.High1.Z, b.High2.Z, b.High3.Z),
            Column(s11.C3, a.High0, a.High1, a.High2, a.High3, b.High0.W, b.High1.W, b.High2.W, b.High3.W)));

    private static Float4 Column(
        Float4 sums, Float4 a0, Float4 a1, Float4 a2, Float4 a3, float b0, float b1, float b2, float b3) =>
        sums.Plus(a0, b0).Plus(a1, b1).Plus(a2, b2).Plus(a3, b3);

    /// <summary>Rows 0 … 3 of column <paramref name="j"/>.</summary>
    public Float4 Low(int j) => j < 4 ? s00.Column(j) : s01.Column(j - 4);

    /// <summary>Rows 4 … 7 of column <paramref name="j"/>.</summary>
    public Float4 High(int j) => j < 4 ? s10.Column(j) : s11.Column(j - 4);

    /// <summary>Writes the sums to C from row <paramref name="r"/>, column <paramref name="c"/> on.</summary>
    public void Store<TLeft, TRight>(
        ProductArguments<TLeft, TRight> product, int r, int c, int halfRows, int halfColumns)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand
    {
        Store(product, s00, r, c);
        Store(product, s01, r, c + halfColumns);
        Store(product, s10, r + halfRows, c);
        Store(product, s11, r + halfRows, c + halfColumns);
    }

    private static void Store<TLeft, TRight>(ProductArguments<TLeft, TRight> product, Sums4x4 sums, int r, int c)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand
    {
        product.Store4(r, c, sums.C0);
        product.Store4(r, c + 1, sums.C1);
        product.Store4(r, c + 2, sums.C2);
        product.Store4(r, c + 3, sums.C3);
    }
}

/// <summary>
/// How many threads share a tile of C, and how deep a tile of the operands is. Constants to the compiler: a size is a
/// type.
/// </summary>
/// <remarks>Powers of two: ptxas divides by a constant in full, so remainders are written as masks.</remarks>
internal interface ITileSize
{
    /// <summary>Threads along the rows of C.</summary>
    static abstract int RowThreads { get; }

    /// <summary>Threads along the columns of C.</summary>
    static abstract int ColumnThreads { get; }

    /// <summary>Elements along the depth that are in shared memory at once, a multiple of 4.</summary>
    static abstract int Depth { get; }
}

/// <summary>16 × 16 threads, 16 deep: the shared-memory tile.</summary>
internal readonly struct Threads16x16Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 16;

    /// <inheritdoc/>
    public static int ColumnThreads => 16;

    /// <inheritdoc/>
    public static int Depth => 16;
}

/// <summary>
/// 8 × 8 threads, 16 deep: tiles of 64 × 64 with 8 × 8 sums a thread. Many groups even for small layers.
/// </summary>
internal readonly struct Threads8x8Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 8;

    /// <inheritdoc/>
    public static int ColumnThreads => 8;

    /// <inheritdoc/>
    public static int Depth => 16;
}

/// <summary>
/// 16 × 16 threads, 8 deep: tiles of 128 × 128 with 8 × 8 sums a thread. Half the traffic per multiply-add of tiles
/// half as wide.
/// </summary>
internal readonly struct Threads16x16Depth8 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 16;

    /// <inheritdoc/>
    public static int ColumnThreads => 16;

    /// <inheritdoc/>
    public static int Depth => 8;
}

/// <summary>32 threads along the depth, 8 elements a group: coalesced. It has no tiles, and so no depth.</summary>
internal readonly struct Lanes32x8 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 32;

    /// <inheritdoc/>
    public static int ColumnThreads => 8;

    /// <inheritdoc/>
    public static int Depth => 4;
}

/// <summary>
/// cp.async (PTX ISA, "Data Movement and Conversion Instructions: cp.async"; compute capability 8.0): memory to shared
/// memory past the registers, 16 bytes where four neighbours are aligned, else 4, with zeros for what is outside.
/// Pixels have to become floats on the way and so pass through registers.
/// </summary>
internal readonly struct CpAsync : ITileCopy
{
    private const string ToShared = "{ .reg .u32 to; mov.u32 to, __shared_alloca0; add.u32 to, to, %0; ";

    /// <inheritdoc/>
    public static bool NeedsSm80 => true;

    /// <inheritdoc/>
    public static void Begin4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int o, int s, int end)
        where TOperand : struct, IOperand
    {
        if (!TOperand.IsFloat)
        {
            shared.Cast<Float4>().AsAligned(16)[i >> 2] = operand.Load4(o, s, end);
        }
        else if (operand.IsAligned)
        {
            // Of the 16 bytes so many are read; a source of which nothing is read must still be an address.
            var inside = operand.Inside4(o, s, end);
            CudaAsm.Emit(
                ToShared + "cp.async.cg.shared.global [to], [%1], 16, %2; }",
                sizeof(float) * i, operand.Address(o, s, inside > 0), sizeof(float) * inside);
        }
        else
        {
            for (var n = 0; n < 4; n++)
            {
                int on = TOperand.IsAlongDepth ? o : o + n, sn = TOperand.IsAlongDepth ? s + n : s;
                var isInside = operand.IsInside(on, sn, end);
                CudaAsm.Emit(
                    ToShared + "cp.async.ca.shared.global [to], [%1], 4, %2; }",
                    sizeof(float) * (i + n), operand.Address(on, sn, isInside), isInside ? sizeof(float) : 0);
            }
        }
    }

    /// <inheritdoc/>
    public static void BeginWhole4<TOperand>(
        TOperand operand, ArrayView<float> shared, int i, int o, int s, int end, long address)
        where TOperand : struct, IOperand =>
        CudaAsm.Emit(ToShared + "cp.async.cg.shared.global [to], [%1], 16; }", sizeof(float) * i, address);

    /// <inheritdoc/>
    public static void EndTile() => CudaAsm.Emit("cp.async.commit_group;");

    /// <inheritdoc/>
    public static void WaitForAllButTheLast() => CudaAsm.Emit("cp.async.wait_group 1;");

    /// <inheritdoc/>
    public static void WaitForAll() => CudaAsm.Emit("cp.async.wait_group 0;");
}
