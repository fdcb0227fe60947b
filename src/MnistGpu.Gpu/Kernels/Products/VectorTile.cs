using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// The register tile with every access 16 bytes wide: from device memory where it is aligned, into registers from
/// shared memory, and to C. A quarter of the load instructions; pixels come as four bytes at once.
/// </summary>
internal readonly struct VectorTile<TLeft, TRight, TSize>(ProductArguments<TLeft, TRight> product) : IGroupKernel
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
        var shared = SharedMemory.Allocate<Float4>(
            TSize.Depth * (VectorTile<TSize>.LeftPitch + VectorTile<TSize>.RightPitch)).AsAligned(16);
        var right = TSize.Depth * VectorTile<TSize>.LeftPitch;
        int x = Group.IdxX & (TSize.RowThreads - 1), y = Group.IdxX / TSize.RowThreads;
        int r0 = Grid.IdxY * 8 * TSize.RowThreads, c0 = Grid.IdxX * 8 * TSize.ColumnThreads;
        int end = product.End;
        var sums = default(Sums8x8);
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth)
        {
            Fill(shared, 0, VectorTile<TSize>.LeftPitch, product.Left, 8 * TSize.RowThreads, r0, s0, end);
            Fill(shared, right, VectorTile<TSize>.RightPitch, product.Right, 8 * TSize.ColumnThreads, c0, s0, end);
            Group.Barrier();
            sums = VectorTile<TSize>.Multiply(sums, shared, x, right + y);
            Group.Barrier();
        }

        // PoCL compiles what follows a barrier once for every way that leads there without one: this leaves one way.
        Group.Barrier();
        sums.Store(product, r0 + 4 * x, c0 + 4 * y, 4 * TSize.RowThreads, 4 * TSize.ColumnThreads);
    }

    /// <summary>tile[s, o], four neighbours in memory at a time.</summary>
    private static void Fill<TOperand>(
        ArrayView<Float4> shared, int tile, int pitch, TOperand operand, int outer, int o0, int s0, int end)
        where TOperand : struct, IOperand
    {
        for (int n = Group.IdxX; n < outer * TSize.Depth / 4; n += Threads)
        {
            if (TOperand.IsAlongDepth)
            {
                int o = n / (TSize.Depth / 4), s = (n & (TSize.Depth / 4 - 1)) * 4;
                var four = operand.Load4(o0 + o, s0 + s, end);
                var floats = shared.Cast<float>();
                var i = 4 * (tile + s * pitch) + o;
                floats[i] = four.X;
                floats[i + 4 * pitch] = four.Y;
                floats[i + 8 * pitch] = four.Z;
                floats[i + 12 * pitch] = four.W;
            }
            else
            {
                int o = n & (outer / 4 - 1), s = n / (outer / 4);
                shared[tile + s * pitch + o] = operand.Load4(o0 + 4 * o, s0 + s, end);
            }
        }
    }
}

/// <summary>
/// What the vectorised tiles have in common: how they lie in shared memory, in units of 16 bytes, and the
/// multiply-adds on them.
/// </summary>
internal static class VectorTile<TSize>
    where TSize : struct, ITileSize
{
    // One unit more than the tile is wide: what is written across the depth then goes to different banks.
    public static int LeftPitch => 2 * TSize.RowThreads + 1;

    public static int RightPitch => 2 * TSize.ColumnThreads + 1;

    /// <summary>
    /// Adds the products of a tile to a thread's sums. Four steps of the depth a turn, because ILGPU unrolls no loops.
    /// </summary>
    public static Sums8x8 Multiply(Sums8x8 sums, ArrayView<Float4> shared, int a, int b)
    {
        for (var s = 0; s < TSize.Depth; s += 4)
        {
            sums = Step(sums, shared, a, b);
            sums = Step(sums, shared, a + LeftPitch, b + RightPitch);
            sums = Step(sums, shared, a + 2 * LeftPitch, b + 2 * RightPitch);
            sums = Step(sums, shared, a + 3 * LeftPitch, b + 3 * RightPitch);
            a += 4 * LeftPitch;
            b += 4 * RightPitch;
        }

        return sums;
    }

    private static Sums8x8 Step(Sums8x8 sums, ArrayView<Float4> shared, int a, int b) =>
        sums.Plus(shared[a], shared[a + TSize.RowThreads], shared[b], shared[b + TSize.ColumnThreads]);
}

/// <summary>The rung of <see cref="VectorTile{TLeft, TRight, TSize}"/>.</summary>
internal sealed class VectorTileRung<TSize>(string name)
    : TileRung(name, TSize.RowThreads * TSize.ColumnThreads, 8 * TSize.RowThreads, 8 * TSize.ColumnThreads,
        8 * sizeof(float) * TSize.Depth * (TSize.RowThreads + TSize.ColumnThreads + 1))
    where TSize : struct, ITileSize
{
    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(VectorTile<TLeft, TRight, TSize>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new VectorTile<TLeft, TRight, TSize>(product));
}
