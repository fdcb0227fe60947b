using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// The tile goes into shared memory rounded to TF32 or bf16, and each warp's tensor cores multiply 32 × 32 of it, 16 ×
/// 8 × 8 words an instruction, summing in float32. A group of RowThreads × ColumnThreads warps makes 32·RowThreads ×
/// 32·ColumnThreads of C.
/// </summary>
/// <remarks>TSize counts warps, and its Depth words of <typeparamref name="TFormat"/>, a multiple of 8.</remarks>
public readonly struct TensorCores<TLeft, TRight, TSize, TFormat, TUnit>(ProductArguments<TLeft, TRight> product)
    : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, ITileSize
    where TFormat : struct, IMatrixFormat
    where TUnit : struct, IMatrixUnit<TUnit>
{
    private static int Threads => 32 * TSize.RowThreads * TSize.ColumnThreads;

    // Eight more than the tile is wide: the 4 words × 8 rows that a warp reads at once lie in 32 different banks.
    private static int LeftPitch => 32 * TSize.RowThreads + 8;

    private static int RightPitch => 32 * TSize.ColumnThreads + 8;

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var left = SharedMemory.Allocate<uint>(TSize.Depth * (32 * TSize.RowThreads + 8));
        var right = SharedMemory.Allocate<uint>(TSize.Depth * (32 * TSize.ColumnThreads + 8));
        int r0 = Grid.IdxY * 32 * TSize.RowThreads, c0 = Grid.IdxX * 32 * TSize.ColumnThreads;
        int warp = Group.IdxX / 32, lane = Group.IdxX & 31;
        int warpRow = (warp & (TSize.RowThreads - 1)) * 32, warpColumn = warp / TSize.RowThreads * 32;
        int a = Fragments.Word(lane) * LeftPitch + warpRow + Fragments.Outer(lane);
        int b = Fragments.Word(lane) * RightPitch + warpColumn + Fragments.Outer(lane);
        int end = product.End;
        var unit = TUnit.Start();
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth * TFormat.PerWord)
        {
            Fill(left, LeftPitch, product.Left, 32 * TSize.RowThreads, r0, s0, end);
            Fill(right, RightPitch, product.Right, 32 * TSize.ColumnThreads, c0, s0, end);
            Group.Barrier();
            for (var word = 0; word < TSize.Depth; word += 8)
            {
                unit = Multiply(unit, left, a + word * LeftPitch, right, b + word * RightPitch);
            }

            Group.Barrier();
        }

        int r = r0 + warpRow + Fragments.Outer(lane), c = c0 + warpColumn + Fragments.SumColumn(lane);
        Store(unit, 0, r, c);
        Store(unit, 1, r, c + 8);
        Store(unit, 2, r, c + 16);
        Store(unit, 3, r, c + 24);
        Store(unit, 4, r + 16, c);
        Store(unit, 5, r + 16, c + 8);
        Store(unit, 6, r + 16, c + 16);
        Store(unit, 7, r + 16, c + 24);
    }

    /// <summary>Eight words of the depth: two fragments of 16 rows by four of 8 columns.</summary>
    private static TUnit Multiply(TUnit unit, ArrayView<uint> left, int a, ArrayView<uint> right, int b)
    {
        int next = a + 4 * LeftPitch, bNext = b + 4 * RightPitch;
        uint a0 = left[a], a1 = left[a + 8], a2 = left[next], a3 = left[next + 8];
        uint a4 = left[a + 16], a5 = left[a + 24], a6 = left[next + 16], a7 = left[next + 24];
        uint b0 = right[b], b1 = right[bNext], b2 = right[b + 8], b3 = right[bNext + 8];
        uint b4 = right[b + 16], b5 = right[bNext + 16], b6 = right[b + 24], b7 = right[bNext + 24];
        unit = unit.Multiply(0, a0, a1, a2, a3, b0, b1);
        unit = unit.Multiply(1, a0, a1, a2, a3, b2, b3);
        unit = unit.Multiply(2, a0, a1, a2, a3, b4, b5);
        unit = unit.Multiply(3, a0, a1, a2, a3, b6, b7);
        unit = unit.Multiply(4, a4, a5, a6, a7, b0, b1);
        unit = unit.Multiply(5, a4, a5, a6, a7, b2, b3);
        unit = unit.Multiply(6, a4, a5, a6, a7, b4, b5);
        return unit.Multiply(7, a4, a5, a6, a7, b6, b7);
    }

    private void Store(TUnit unit, int t, int r, int c)
    {
        product.Store(r, c, unit.Sum(t, 0));
        product.Store(r, c + 1, unit.Sum(t, 1));
        product.Store(r + 8, c, unit.Sum(t, 2));
        product.Store(r + 8, c + 1, unit.Sum(t, 3));
    }

    /// <summary>tile[word, o], neighbouring threads at neighbours in memory.</summary>
    private static void Fill<TOperand>(
        ArrayView<uint> tile, int pitch, TOperand operand, int outer, int o0, int s0, int end)
        where TOperand : struct, IOperand
    {
        for (int n = Group.IdxX; n < outer * TSize.Depth; n += Threads)
        {
            int o = TOperand.IsAlongDepth ? n / TSize.Depth : n & (outer - 1);
            int word = TOperand.IsAlongDepth ? n & (TSize.Depth - 1) : n / outer;
            tile[word * pitch + o] = TFormat.Load(operand, o0 + o, s0 + word * TFormat.PerWord, end);
        }
    }
}

/// <summary>The rung of <see cref="TensorCores{TLeft, TRight, TSize, TFormat, TUnit}"/>.</summary>
public sealed class TensorCoresRung<TSize, TFormat, TUnit>(string name)
    : TileRung(name, 32 * TSize.RowThreads * TSize.ColumnThreads, 32 * TSize.RowThreads, 32 * TSize.ColumnThreads,
        sizeof(uint) * TSize.Depth * (32 * (TSize.RowThreads + TSize.ColumnThreads) + 16))
    where TSize : struct, ITileSize
    where TFormat : struct, IMatrixFormat
    where TUnit : struct, IMatrixUnit<TUnit>
{
    /// <inheritdoc/>
    public override ProductMath Math => TFormat.Math;

    /// <inheritdoc/>
    public override bool NeedsSm80 => TUnit.NeedsSm80;

    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(TensorCores<TLeft, TRight, TSize, TFormat, TUnit>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new TensorCores<TLeft, TRight, TSize, TFormat, TUnit>(product));
}
