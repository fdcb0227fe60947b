using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// W·A0 and dZ·A0ᵀ on the tensor cores in float32: a pixel is exact in bf16, and a float is the sum of three
/// numbers that are. So every product of the two is exact, and sums are float32's.
/// </summary>
/// <remarks>
/// Each of a group's warps makes the same 16 × 64 sums over a part of the depth, in <see cref="IMatrixUnit{TSelf}"/>'s
/// eight tiles, straight from memory; then they are added up. The order of the depth within an instruction is free, as
/// long as both sides have the same: so each thread takes elements that lie together.
/// <para>
/// Tensor cores may cut sums off where other units round them (<see cref="Proof.ProductRounding"/>); the checks hold
/// them to the bound of those that round, which the GPUs measured so far keep.
/// </para>
/// </remarks>
internal static class MatrixPixels
{
    public const int Short = 16;
    public const int Long = 64;
    public const int Warps = 8;
    public const int Threads = 32 * Warps;

    /// <summary>Two bf16 in a word: the upper halves of two floats.</summary>
    public static uint Upper(float first, float second) =>
        (Interop.FloatAsInt(first) >> 16) | (Interop.FloatAsInt(second) & 0xffff0000);

    /// <summary>What is left of a float without its upper half, exactly.</summary>
    public static float Rest(float x) => x - Interop.IntAsFloat(Interop.FloatAsInt(x) & 0xffff0000);

    /// <summary>Byte <paramref name="i"/> of each of two words, as two bf16.</summary>
    public static uint Pixels(uint first, uint second, int i) => Both(Pixel(first, i), Pixel(second, i));

    /// <summary>Bytes <paramref name="i"/> and i + 1 of a word, as two bf16.</summary>
    public static uint Pixels(uint word, int i) => Both(Pixel(word, i), Pixel(word, i + 1));

    // A pixel's lower half is 0.
    private static uint Both(float first, float second) =>
        (Interop.FloatAsInt(first) >> 16) + Interop.FloatAsInt(second);

    // 2²³ + the byte, less 2²³: cheaper than a conversion.
    private static float Pixel(uint word, int i) =>
        Interop.IntAsFloat(((word >> (8 * i)) & 255) | 0x4b000000) - 8388608f;

    /// <summary>
    /// Keeps a warp's sums in shared memory: tile t's first at at + t·tile, its neighbour <paramref name="next"/>
    /// further, those of eight rows on <paramref name="eighth"/> further.
    /// </summary>
    public static void Keep<TUnit>(TUnit unit, ArrayView<float> shared, int at, int tile, int next, int eighth)
        where TUnit : struct, IMatrixUnit<TUnit>
    {
        KeepTile(unit, shared, 0, at, next, eighth);
        KeepTile(unit, shared, 1, at + tile, next, eighth);
        KeepTile(unit, shared, 2, at + 2 * tile, next, eighth);
        KeepTile(unit, shared, 3, at + 3 * tile, next, eighth);
        KeepTile(unit, shared, 4, at + 4 * tile, next, eighth);
        KeepTile(unit, shared, 5, at + 5 * tile, next, eighth);
        KeepTile(unit, shared, 6, at + 6 * tile, next, eighth);
        KeepTile(unit, shared, 7, at + 7 * tile, next, eighth);
    }

    /// <summary>Element n of all warps' sums.</summary>
    public static float AddUp(ArrayView<float> shared, int n)
    {
        var sum = shared[n];
        for (var other = 1; other < Warps; other++)
        {
            sum += shared[n + other * Short * Long];
        }

        return sum;
    }

    /// <summary>Adds three products to tile <paramref name="t"/>, a constant: the small first.</summary>
    public static TUnit Multiply<TUnit>(TUnit unit, int t, in ThreeParts a, uint b0, uint b1)
        where TUnit : struct, IMatrixUnit<TUnit> => unit
            .Multiply(t, a.Low.X, a.Low.Y, a.Low.Z, a.Low.W, b0, b1)
            .Multiply(t, a.Middle.X, a.Middle.Y, a.Middle.Z, a.Middle.W, b0, b1)
            .Multiply(t, a.High.X, a.High.Y, a.High.Z, a.High.W, b0, b1);

    private static void KeepTile<TUnit>(TUnit unit, ArrayView<float> shared, int t, int at, int next, int eighth)
        where TUnit : struct, IMatrixUnit<TUnit>
    {
        shared[at] = unit.Sum(t, 0);
        shared[at + next] = unit.Sum(t, 1);
        shared[at + eighth] = unit.Sum(t, 2);
        shared[at + eighth + next] = unit.Sum(t, 3);
    }
}

/// <summary>Four words that lie together.</summary>
internal readonly struct Words4(uint x, uint y, uint z, uint w)
{
    // Fields in this order, as in memory.
    private readonly uint x = x;
    private readonly uint y = y;
    private readonly uint z = z;
    private readonly uint w = w;

    /// <summary>The first.</summary>
    public uint X => x;

    /// <summary>The second.</summary>
    public uint Y => y;

    /// <summary>The third.</summary>
    public uint Z => z;

    /// <summary>The fourth.</summary>
    public uint W => w;
}

/// <summary>Two words that lie together.</summary>
internal readonly struct Words2(uint x, uint y)
{
    private readonly uint x = x;
    private readonly uint y = y;

    /// <summary>The first.</summary>
    public uint X => x;

    /// <summary>The second.</summary>
    public uint Y => y;
}

/// <summary>
/// A fragment of floats as three of bf16, whose sum they are: a0 … a3 in the order of the instruction's.
/// </summary>
internal readonly struct ThreeParts(Words4 high, Words4 middle, Words4 low)
{
    public Words4 High => high;

    public Words4 Middle => middle;

    public Words4 Low => low;

    /// <summary>Of a thread's four elements in its row and in the one 8 further.</summary>
    public static ThreeParts Create(Float4 row, Float4 eighth)
    {
        Float4 rowRest = Rest(row), eighthRest = Rest(eighth);
        return new(Upper(row, eighth), Upper(rowRest, eighthRest), Upper(Rest(rowRest), Rest(eighthRest)));
    }

    private static Words4 Upper(Float4 row, Float4 eighth) => new(
        MatrixPixels.Upper(row.X, row.Y), MatrixPixels.Upper(eighth.X, eighth.Y),
        MatrixPixels.Upper(row.Z, row.W), MatrixPixels.Upper(eighth.Z, eighth.W));

    private static Float4 Rest(Float4 x) => new(
        MatrixPixels.Rest(x.X), MatrixPixels.Rest(x.Y), MatrixPixels.Rest(x.Z), MatrixPixels.Rest(x.W));
}

/// <summary>Z = W·A0 of <see cref="MatrixPixels"/>: 16 units by 64 images a group.</summary>
internal readonly struct MatrixWeightsTimesPixels<TUnit>(ProductArguments<AlongDepth, PixelsAlongDepth> product)
    : IGroupKernel
    where TUnit : struct, IMatrixUnit<TUnit>
{
    /// <inheritdoc/>
    static (int Threads, int Groups)? IGroupKernel.Occupancy => (MatrixPixels.Threads, 2);

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<float>(MatrixPixels.Warps * MatrixPixels.Short * MatrixPixels.Long);
        int warp = Group.IdxX / 32, lane = Group.IdxX & 31, g = Fragments.Outer(lane), t = Fragments.Word(lane);
        int r0 = Grid.IdxY * MatrixPixels.Short, c0 = Grid.IdxX * MatrixPixels.Long;
        int end = product.End;
        var unit = TUnit.Start();
        int c = c0 + g;
        int i0 = product.Right.Begin(c), i1 = product.Right.Begin(c + 8), i2 = product.Right.Begin(c + 16);
        int i3 = product.Right.Begin(c + 24), i4 = product.Right.Begin(c + 32), i5 = product.Right.Begin(c + 40);
        int i6 = product.Right.Begin(c + 48), i7 = product.Right.Begin(c + 56);
        for (var first = 0; first < end; first += 32 * MatrixPixels.Warps)
        {
            var s = first + 32 * warp + 8 * t;
            if (TUnit.WantsAllWarps || first + 32 * warp < end)
            {
                // Eight elements of the depth: those of two instructions.
                Words2 x0 = product.Right.Load8(i0, s, end), x1 = product.Right.Load8(i1, s, end);
                Words2 x2 = product.Right.Load8(i2, s, end), x3 = product.Right.Load8(i3, s, end);
                Words2 x4 = product.Right.Load8(i4, s, end), x5 = product.Right.Load8(i5, s, end);
                Words2 x6 = product.Right.Load8(i6, s, end), x7 = product.Right.Load8(i7, s, end);
                unit = Multiply(unit, Weights(r0 + g, s, end), x0.X, x1.X, x2.X, x3.X, x4.X, x5.X, x6.X, x7.X);
                unit = Multiply(unit, Weights(r0 + g, s + 4, end), x0.Y, x1.Y, x2.Y, x3.Y, x4.Y, x5.Y, x6.Y, x7.Y);
            }
        }

        // [image, unit] of each warp.
        int at = (warp * MatrixPixels.Long + Fragments.SumColumn(lane)) * MatrixPixels.Short + g;
        MatrixPixels.Keep(unit, shared, at, 8 * MatrixPixels.Short, MatrixPixels.Short, 8);
        Group.Barrier();
        for (int n = Group.IdxX; n < MatrixPixels.Short * MatrixPixels.Long; n += MatrixPixels.Threads)
        {
            product.Store(r0 + n % MatrixPixels.Short, c0 + n / MatrixPixels.Short,
                MatrixPixels.AddUp(shared, n));
        }
    }

    private ThreeParts Weights(int r, int s, int end) =>
        ThreeParts.Create(product.Left.LoadAligned4(r, s, end), product.Left.LoadAligned4(r + 8, s, end));

    private static TUnit Multiply(
        TUnit unit, ThreeParts a, uint x0, uint x1, uint x2, uint x3, uint x4, uint x5, uint x6, uint x7)
    {
        unit = Multiply(unit, 0, a, x0);
        unit = Multiply(unit, 1, a, x1);
        unit = Multiply(unit, 2, a, x2);
        unit = Multiply(unit, 3, a, x3);
        unit = Multiply(unit, 4, a, x4);
        unit = Multiply(unit, 5, a, x5);
        unit = Multiply(unit, 6, a, x6);
        return Multiply(unit, 7, a, x7);
    }

    private static TUnit Multiply(TUnit unit, int t, ThreeParts a, uint x) =>
        MatrixPixels.Multiply(unit, t, a, MatrixPixels.Pixels(x, 0), MatrixPixels.Pixels(x, 2));
}

/// <summary>dWᵀ = A0·dZᵀ of <see cref="MatrixPixels"/>: 64 pixels by 16 units a group.</summary>
internal readonly struct MatrixErrorsTimesPixels<TUnit>(ProductArguments<PixelsAcrossDepth, AcrossDepth> product)
    : IGroupKernel
    where TUnit : struct, IMatrixUnit<TUnit>
{
    /// <inheritdoc/>
    static (int Threads, int Groups)? IGroupKernel.Occupancy => (MatrixPixels.Threads, 2);

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<float>(MatrixPixels.Warps * MatrixPixels.Short * MatrixPixels.Long);
        int warp = Group.IdxX / 32, lane = Group.IdxX & 31, g = Fragments.Outer(lane), t = Fragments.Word(lane);
        int r0 = Grid.IdxY * MatrixPixels.Long, c0 = Grid.IdxX * MatrixPixels.Short;
        int end = product.End;
        var unit = TUnit.Start();
        for (var first = product.Start; first < end; first += 16 * MatrixPixels.Warps)
        {
            var s0 = first + 16 * warp;
            if (TUnit.WantsAllWarps || s0 < end)
            {
                unit = Multiply(unit, r0 + 8 * g, c0 + g, s0 + 4 * t, end);
            }
        }

        // [unit, pixel] of each warp: pixel 8·column + tile.
        int at = (warp * MatrixPixels.Short + g) * MatrixPixels.Long + 8 * Fragments.SumColumn(lane);
        MatrixPixels.Keep(unit, shared, at, 1, 8, 8 * MatrixPixels.Long);
        Group.Barrier();
        for (int n = Group.IdxX; n < MatrixPixels.Short * MatrixPixels.Long; n += MatrixPixels.Threads)
        {
            product.Store(r0 + n % MatrixPixels.Long, c0 + n / MatrixPixels.Long,
                MatrixPixels.AddUp(shared, n));
        }
    }

    /// <summary>Four images, and of each eight pixels: one for each tile.</summary>
    private TUnit Multiply(TUnit unit, int r, int c, int s, int end)
    {
        Words2 x0 = product.Left.Load8(r, s, end), x1 = product.Left.Load8(r, s + 1, end);
        Words2 x2 = product.Left.Load8(r, s + 2, end), x3 = product.Left.Load8(r, s + 3, end);
        var a = ThreeParts.Create(Errors(c, s, end), Errors(c + 8, s, end));
        unit = Multiply(unit, 0, a, x0.X, x1.X, x2.X, x3.X, 0);
        unit = Multiply(unit, 1, a, x0.X, x1.X, x2.X, x3.X, 1);
        unit = Multiply(unit, 2, a, x0.X, x1.X, x2.X, x3.X, 2);
        unit = Multiply(unit, 3, a, x0.X, x1.X, x2.X, x3.X, 3);
        unit = Multiply(unit, 4, a, x0.Y, x1.Y, x2.Y, x3.Y, 0);
        unit = Multiply(unit, 5, a, x0.Y, x1.Y, x2.Y, x3.Y, 1);
        unit = Multiply(unit, 6, a, x0.Y, x1.Y, x2.Y, x3.Y, 2);
        return Multiply(unit, 7, a, x0.Y, x1.Y, x2.Y, x3.Y, 3);
    }

    private Float4 Errors(int c, int s, int end) => new(
        product.Right.Load(c, s, end), product.Right.Load(c, s + 1, end), product.Right.Load(c, s + 2, end),
        product.Right.Load(c, s + 3, end));

    private static TUnit Multiply(
        TUnit unit, int tile, ThreeParts a, uint x0, uint x1, uint x2, uint x3, int pixel) => MatrixPixels.Multiply(
            unit, tile, a, MatrixPixels.Pixels(x0, x1, pixel), MatrixPixels.Pixels(x2, x3, pixel));
}
