using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Each warp's tensor cores make 32 × 32 of C, 16 × 8 × 8 words an instruction, summing in float32, from tiles that
/// come through a <see cref="Pipeline{TSize}"/>. The operands are rounded to TF32 or bf16 as they are read from shared
/// memory.
/// </summary>
internal readonly struct TensorCores<TLeft, TRight, TSize, TUnit, TCopy>(ProductArguments<TLeft, TRight> product)
    : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, IPipelineSize
    where TUnit : struct, IMatrixUnit<TUnit>
    where TCopy : struct, ITileCopy
{
    /// <inheritdoc/>
    static (int Threads, int Groups)? IGroupKernel.Occupancy => (TSize.Threads, 3);

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<Float4>(
            TSize.Stages * ((TSize.TileRows + TSize.TileColumns) * TSize.Depth) / 4).AsAligned(16).Cast<float>();
        int warp = Group.IdxX / 32, lane = Group.IdxX & 31;
        int warpRow = (warp & (TSize.TileRows / 32 - 1)) * 32, warpColumn = warp / (TSize.TileRows / 32) * 32;
        int end = product.End;
        var unit = TUnit.Start();
        for (var stage = 0; stage < TSize.Stages - 1; stage++)
        {
            Pipeline<TSize>.Begin<TLeft, TRight, TCopy>(
                product, shared, stage, product.Start + stage * TSize.Depth, end);
        }

        int now = 0, next = TSize.Stages - 1;
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth)
        {
            Pipeline<TSize>.Wait<TCopy>();
            // All have the tile now, and none still reads the one that the next copies go over.
            Group.Barrier();
            Pipeline<TSize>.Begin<TLeft, TRight, TCopy>(
                product, shared, next, s0 + (TSize.Stages - 1) * TSize.Depth, end);
            int left = now * Pipeline<TSize>.Stage, right = left + Pipeline<TSize>.Left;
            for (var word = 0; word < TSize.Depth / TUnit.PerWord; word += 8)
            {
                unit = Multiply(unit, shared, left, right, warpRow + Fragments.Outer(lane),
                    warpColumn + Fragments.Outer(lane), word + Fragments.Word(lane));
            }

            now = now + 1 == TSize.Stages ? 0 : now + 1;
            next = next + 1 == TSize.Stages ? 0 : next + 1;
        }

        TCopy.WaitForAll();
        Group.Barrier();
        int at = (warpColumn + Fragments.SumColumn(lane)) * TSize.TileRows + warpRow + Fragments.Outer(lane);
        Keep(unit, shared, 0, at);
        Keep(unit, shared, 1, at + 8 * TSize.TileRows);
        Keep(unit, shared, 2, at + 16 * TSize.TileRows);
        Keep(unit, shared, 3, at + 24 * TSize.TileRows);
        Keep(unit, shared, 4, at + 16);
        Keep(unit, shared, 5, at + 16 + 8 * TSize.TileRows);
        Keep(unit, shared, 6, at + 16 + 16 * TSize.TileRows);
        Keep(unit, shared, 7, at + 16 + 24 * TSize.TileRows);
        Group.Barrier();
        for (int n = Group.IdxX; n < TSize.TileRows * TSize.TileColumns; n += TSize.Threads)
        {
            product.Store(Grid.IdxY * TSize.TileRows + (n & (TSize.TileRows - 1)),
                Grid.IdxX * TSize.TileColumns + n / TSize.TileRows, shared[n]);
        }
    }

    /// <summary>Eight words of the depth: two fragments of 16 rows by four of 8 columns.</summary>
    private static TUnit Multiply(
        TUnit unit, ArrayView<float> shared, int left, int right, int row, int column, int word)
    {
        unit = Take<TLeft>(unit, 0, shared, left, TSize.TileRows, row, word);
        unit = Take<TRight>(unit, 8, shared, right, TSize.TileColumns, column, word);
        return unit.Multiply();
    }

    /// <summary>
    /// Words of the depth, this thread's and the fourth after it, of the rows (or columns) o, o + 8, o + 16 and o + 24.
    /// </summary>
    private static TUnit Take<TOperand>(
        TUnit unit, int first, ArrayView<float> shared, int tile, int outer, int o, int word)
        where TOperand : struct, IOperand
    {
        unit = Take<TOperand>(unit, first, shared, tile, outer, o, 0, word, 0);
        unit = Take<TOperand>(unit, first + 1, shared, tile, outer, o, 1, word, 0);
        unit = Take<TOperand>(unit, first + 2, shared, tile, outer, o, 2, word, 0);
        unit = Take<TOperand>(unit, first + 3, shared, tile, outer, o, 3, word, 0);
        unit = Take<TOperand>(unit, first + 4, shared, tile, outer, o, 0, word, 1);
        unit = Take<TOperand>(unit, first + 5, shared, tile, outer, o, 1, word, 1);
        unit = Take<TOperand>(unit, first + 6, shared, tile, outer, o, 2, word, 1);
        return Take<TOperand>(unit, first + 7, shared, tile, outer, o, 3, word, 1);
    }

    private static TUnit Take<TOperand>(
        TUnit unit, int n, ArrayView<float> shared, int tile, int outer, int o, int eights, int word, int fours)
        where TOperand : struct, IOperand
    {
        var s = word * TUnit.PerWord;
        var first = Element<TOperand>(shared, tile, outer, o, eights, s, fours);
        return unit.Take(
            n, first, TUnit.PerWord > 1 ? Element<TOperand>(shared, tile, outer, o, eights, s + 1, fours) : first);
    }

    /// <summary>[o + 8·eights, s + 4·PerWord·fours] of a tile; o is less than 8 above a multiple of 32.</summary>
    // A view of its own, so that what the addresses have in common is computed once. Swizzles come again after eight
    // rows along the depth, and after four across it, where they move eights.
    private static float Element<TOperand>(
        ArrayView<float> shared, int tile, int outer, int o, int eights, int s, int fours)
        where TOperand : struct, IOperand => TOperand.IsAlongDepth
            ? shared.SubView(tile + Pipeline<TSize>.AlongDepth(o, s + 4 * TUnit.PerWord * fours), 24 * TSize.Depth + 1)[
                8 * eights * TSize.Depth]
            : shared.SubView(tile + s * outer + o + 8 * (eights ^ (s & 3)), 4 * TUnit.PerWord * outer + 1)[
                4 * TUnit.PerWord * fours * outer];

    private static void Keep(TUnit unit, ArrayView<float> shared, int t, int at)
    {
        shared[at] = unit.Sum(t, 0);
        shared[at + TSize.TileRows] = unit.Sum(t, 1);
        shared[at + 8] = unit.Sum(t, 2);
        shared[at + 8 + TSize.TileRows] = unit.Sum(t, 3);
    }
}

/// <summary>128 × 64 of C by eight warps, 16 deep. 36 KB.</summary>
internal readonly struct Tile128x64 : IPipelineSize
{
    /// <inheritdoc/>
    public static int TileRows => 128;

    /// <inheritdoc/>
    public static int TileColumns => 64;

    /// <inheritdoc/>
    public static int Depth => 16;

    /// <inheritdoc/>
    public static int Stages => 3;

    /// <inheritdoc/>
    public static int Threads => 256;
}

/// <summary>
/// The rung of <see cref="TensorCores{TLeft, TRight, TSize, TUnit, TCopy}"/>. A tile of C must fit into the pipeline's
/// memory.
/// </summary>
internal sealed class TensorCoresRung<TSize, TUnit, TCopy>(string name)
    : TileRung(name, TSize.Threads, TSize.TileRows, TSize.TileColumns, Pipeline<TSize>.Bytes)
    where TSize : struct, IPipelineSize
    where TUnit : struct, IMatrixUnit<TUnit>
    where TCopy : struct, ITileCopy
{
    /// <inheritdoc/>
    public override ProductMath Math => TUnit.Math;

    /// <inheritdoc/>
    public override bool NeedsSm80 => TUnit.NeedsSm80 || TCopy.NeedsSm80;

    /// <inheritdoc/>
    // What is copied past the registers cannot become a float on the way.
    public override bool PrefersFloats(int inputs) => true;

    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(TensorCores<TLeft, TRight, TSize, TUnit, TCopy>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new TensorCores<TLeft, TRight, TSize, TUnit, TCopy>(product));
}
