using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// A group brings a square tile of each operand into shared memory once and all its threads read it there: each number
/// comes from device memory once per tile, not once per element of C. One element of C per thread.
/// </summary>
/// <remarks>TSize is square: RowThreads = ColumnThreads = Depth.</remarks>
internal readonly struct SharedTile<TLeft, TRight, TSize>(ProductArguments<TLeft, TRight> product) : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, ITileSize
{
    // One more than the tile is wide: a tile that is written across is then written to different banks.
    private static int Pitch => TSize.Depth + 1;

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var left = SharedMemory.Allocate<float>(TSize.Depth * (TSize.Depth + 1));
        var right = SharedMemory.Allocate<float>(TSize.Depth * (TSize.Depth + 1));
        int x = Group.IdxX & (TSize.Depth - 1), y = Group.IdxX / TSize.Depth;
        int r0 = Grid.IdxY * TSize.Depth, c0 = Grid.IdxX * TSize.Depth;
        int end = product.End;
        var sum = 0f;
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth)
        {
            Fill(left, product.Left, r0, s0, end, x, y);
            Fill(right, product.Right, c0, s0, end, x, y);
            Group.Barrier();
            for (var s = 0; s < TSize.Depth; s++)
            {
                sum += left[s * Pitch + x] * right[s * Pitch + y];
            }

            Group.Barrier();
        }

        // PoCL compiles what follows a barrier once for every way that leads there without one: this leaves one way.
        Group.Barrier();
        product.Store(r0 + x, c0 + y, sum);
    }

    /// <summary>tile[s, o], the neighbours in x neighbours in memory.</summary>
    private static void Fill<TOperand>(ArrayView<float> tile, TOperand operand, int o0, int s0, int end, int x, int y)
        where TOperand : struct, IOperand
    {
        if (TOperand.IsAlongDepth)
        {
            tile[x * Pitch + y] = operand.Load(o0 + y, s0 + x, end);
        }
        else
        {
            tile[y * Pitch + x] = operand.Load(o0 + x, s0 + y, end);
        }
    }
}

/// <summary>The rung of <see cref="SharedTile{TLeft, TRight, TSize}"/>.</summary>
internal sealed class SharedTileRung<TSize>(string name)
    : TileRung(name, TSize.RowThreads * TSize.ColumnThreads, TSize.RowThreads, TSize.ColumnThreads,
        2 * sizeof(float) * TSize.Depth * (TSize.Depth + 1))
    where TSize : struct, ITileSize
{
    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(SharedTile<TLeft, TRight, TSize>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new SharedTile<TLeft, TRight, TSize>(product));
}
