using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Each thread keeps 8 × 8 sums in registers: 64 multiply-adds for 16 numbers read from shared memory, where the
/// shared-memory tile reads 2 for one. Tiles of C are 8·RowThreads × 8·ColumnThreads.
/// </summary>
internal readonly struct RegisterTile<TLeft, TRight, TSize>(ProductArguments<TLeft, TRight> product) : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, ITileSize
{
    private static int Threads => TSize.RowThreads * TSize.ColumnThreads;

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var left = SharedMemory.Allocate<float>(TSize.Depth * (8 * TSize.RowThreads + 1));
        var right = SharedMemory.Allocate<float>(TSize.Depth * (8 * TSize.ColumnThreads + 1));
        int x = (Group.IdxX & (TSize.RowThreads - 1)) * 4, y = Group.IdxX / TSize.RowThreads * 4;
        int r0 = Grid.IdxY * 8 * TSize.RowThreads, c0 = Grid.IdxX * 8 * TSize.ColumnThreads;
        int end = product.End;
        var sums = default(Sums8x8);
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth)
        {
            Fill(left, product.Left, 8 * TSize.RowThreads, r0, s0, end);
            Fill(right, product.Right, 8 * TSize.ColumnThreads, c0, s0, end);
            Group.Barrier();
            for (var s = 0; s < TSize.Depth; s++)
            {
                int a = s * (8 * TSize.RowThreads + 1) + x, b = s * (8 * TSize.ColumnThreads + 1) + y;
                sums = sums.Plus(
                    Four(left, a), Four(left, a + 4 * TSize.RowThreads), Four(right, b),
                    Four(right, b + 4 * TSize.ColumnThreads));
            }

            Group.Barrier();
        }

        // PoCL compiles what follows a barrier once for every way that leads there without one: this leaves one way.
        Group.Barrier();
        sums.Store(product, r0 + x, c0 + y, 4 * TSize.RowThreads, 4 * TSize.ColumnThreads);
    }

    private static Float4 Four(ArrayView<float> tile, int i) => new(tile[i], tile[i + 1], tile[i + 2], tile[i + 3]);

    /// <summary>tile[s, o], neighbouring threads at neighbours in memory.</summary>
    private static void Fill<TOperand>(ArrayView<float> tile, TOperand operand, int outer, int o0, int s0, int end)
        where TOperand : struct, IOperand
    {
        for (int n = Group.IdxX; n < outer * TSize.Depth; n += Threads)
        {
            int o = TOperand.IsAlongDepth ? n / TSize.Depth : n & (outer - 1);
            int s = TOperand.IsAlongDepth ? n & (TSize.Depth - 1) : n / outer;
            tile[s * (outer + 1) + o] = operand.Load(o0 + o, s0 + s, end);
        }
    }
}

/// <summary>The rung of <see cref="RegisterTile{TLeft, TRight, TSize}"/>.</summary>
internal sealed class RegisterTileRung<TSize>(string name)
    : TileRung(name, TSize.RowThreads * TSize.ColumnThreads, 8 * TSize.RowThreads, 8 * TSize.ColumnThreads,
        sizeof(float) * TSize.Depth * (8 * (TSize.RowThreads + TSize.ColumnThreads) + 2))
    where TSize : struct, ITileSize
{
    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(RegisterTile<TLeft, TRight, TSize>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new RegisterTile<TLeft, TRight, TSize>(product));
}
