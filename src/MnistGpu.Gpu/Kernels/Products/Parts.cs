using ILGPU;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Four floats that lie together: 16 bytes, which a GPU moves with one instruction where they are aligned.
/// </summary>
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

    /// <summary>
    /// this + a·bᵀ: 16 multiply-adds for 8 numbers read. Written out, because ILGPU unrolls no loops.
    /// </summary>
    public Sums4x4 Plus(Float4 a, Float4 b) => new(C0.Plus(a, b.X), C1.Plus(a, b.Y), C2.Plus(a, b.Z), C3.Plus(a, b.W));
}

/// <summary>
/// A thread's 8 × 8 sums as four blocks: rows r and r + half, columns c and c + half, of a tile of two halves.
/// </summary>
/// <remarks>
/// Halves rather than eight neighbours: the threads of a warp then read neighbouring 16 bytes of shared memory, from
/// different banks.
/// </remarks>
public readonly struct Sums8x8(Sums4x4 s00, Sums4x4 s01, Sums4x4 s10, Sums4x4 s11)
{
    /// <summary>this + a·bᵀ for eight rows and eight columns: 64 multiply-adds for 16 numbers read.</summary>
    public Sums8x8 Plus(Float4 a0, Float4 a1, Float4 b0, Float4 b1) =>
        new(s00.Plus(a0, b0), s01.Plus(a0, b1), s10.Plus(a1, b0), s11.Plus(a1, b1));

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
public interface ITileSize
{
    /// <summary>Threads along the rows of C.</summary>
    static abstract int RowThreads { get; }

    /// <summary>Threads along the columns of C.</summary>
    static abstract int ColumnThreads { get; }

    /// <summary>Elements along the depth that are in shared memory at once, a multiple of 4.</summary>
    static abstract int Depth { get; }
}

/// <summary>16 × 16 threads, 16 deep: the shared-memory tile.</summary>
public readonly struct Threads16x16Depth16 : ITileSize
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
public readonly struct Threads8x8Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 8;

    /// <inheritdoc/>
    public static int ColumnThreads => 8;

    /// <inheritdoc/>
    public static int Depth => 16;
}

/// <summary>
/// 16 × 16 threads, 8 deep: tiles of 128 × 128 with 8 × 8 sums a thread. Half the traffic per multiply-add of 64 × 64.
/// </summary>
public readonly struct Threads16x16Depth8 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 16;

    /// <inheritdoc/>
    public static int ColumnThreads => 16;

    /// <inheritdoc/>
    public static int Depth => 8;
}

/// <summary>32 threads along the depth, 8 elements a group: coalesced. It has no tiles, and so no depth.</summary>
public readonly struct Lanes32x8 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 32;

    /// <inheritdoc/>
    public static int ColumnThreads => 8;

    /// <inheritdoc/>
    public static int Depth => 4;
}

/// <summary>2 × 2 warps, 16 words deep: tiles of 64 × 64 on the tensor cores.</summary>
public readonly struct Warps2x2Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 2;

    /// <inheritdoc/>
    public static int ColumnThreads => 2;

    /// <inheritdoc/>
    public static int Depth => 16;
}

/// <summary>How a tile comes into shared memory while the threads go on with the one before.</summary>
public interface ITileCopy
{
    /// <summary>Whether it is inline PTX for compute capability 8.0.</summary>
    static abstract bool NeedsSm80 { get; }

    /// <summary>
    /// Begins to copy <paramref name="operand"/>'s four neighbours in memory from [o, s] on to shared[i], shared[i +
    /// step], …; 0 where they are outside. <paramref name="shared"/> is the kernel's only shared memory, from its
    /// beginning; i is a multiple of 4 where step is 1.
    /// </summary>
    static abstract void Begin4<TOperand>(
        TOperand operand, ArrayView<float> shared, int i, int step, int o, int s, int end)
        where TOperand : struct, IOperand;

    /// <summary>Ends a tile: all that this thread began since the one before belongs to it.</summary>
    static abstract void EndTile();

    /// <summary>Waits until this thread's copies of every tile but the last have arrived.</summary>
    static abstract void WaitForAllButTheLast();
}

/// <summary>
/// cp.async (PTX ISA, "Data Movement and Conversion Instructions: cp.async"; compute capability 8.0): memory to shared
/// memory past the registers, 16 bytes where four neighbours are aligned and stay together, else 4, with zeros for
/// what is outside. Pixels have to become floats on the way and so pass through registers.
/// </summary>
public readonly struct CpAsync : ITileCopy
{
    private const string ToShared = "{ .reg .u32 to; mov.u32 to, __shared_alloca0; add.u32 to, to, %0; ";

    /// <inheritdoc/>
    public static bool NeedsSm80 => true;

    /// <inheritdoc/>
    public static void Begin4<TOperand>(
        TOperand operand, ArrayView<float> shared, int i, int step, int o, int s, int end)
        where TOperand : struct, IOperand
    {
        if (!TOperand.IsFloat)
        {
            var four = operand.Load4(o, s, end);
            shared[i] = four.X;
            shared[i + step] = four.Y;
            shared[i + 2 * step] = four.Z;
            shared[i + 3 * step] = four.W;
        }
        else if (!TOperand.IsAlongDepth && operand.IsWhole4(o, s, end))
        {
            CudaAsm.Emit(
                ToShared + "cp.async.cg.shared.global [to], [%1], 16; }",
                sizeof(float) * i, operand.Address(o, s));
        }
        else
        {
            int oStep = TOperand.IsAlongDepth ? 0 : 1, sStep = TOperand.IsAlongDepth ? 1 : 0;
            Begin(operand, i, o, s, end);
            Begin(operand, i + step, o + oStep, s + sStep, end);
            Begin(operand, i + 2 * step, o + 2 * oStep, s + 2 * sStep, end);
            Begin(operand, i + 3 * step, o + 3 * oStep, s + 3 * sStep, end);
        }
    }

    /// <inheritdoc/>
    public static void EndTile() => CudaAsm.Emit("cp.async.commit_group;");

    /// <inheritdoc/>
    public static void WaitForAllButTheLast() => CudaAsm.Emit("cp.async.wait_group 1;");

    // Of the 4 bytes so many are read, the rest are zeros; a source of which nothing is read must still be an address.
    private static void Begin<TOperand>(TOperand operand, int i, int o, int s, int end)
        where TOperand : struct, IOperand
    {
        var inside = operand.IsInside(o, s, end);
        CudaAsm.Emit(
            ToShared + "cp.async.ca.shared.global [to], [%1], 4, %2; }",
            sizeof(float) * i, inside ? operand.Address(o, s) : operand.Address(0, 0), inside ? sizeof(float) : 0);
    }
}
