using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// The vectorised tile with two buffers: while the threads multiply one tile, the next is already on its way into
/// shared memory, so that the latency of device memory is hidden behind arithmetic.
/// </summary>
public readonly struct DoubleBuffered<TLeft, TRight, TSize, TCopy>(ProductArguments<TLeft, TRight> product)
    : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, ITileSize
    where TCopy : struct, ITileCopy
{
    private static int Threads => TSize.RowThreads * TSize.ColumnThreads;

    private static int Buffer => TSize.Depth * (VectorTile<TSize>.LeftPitch + VectorTile<TSize>.RightPitch);

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<Float4>(
            2 * TSize.Depth * (VectorTile<TSize>.LeftPitch + VectorTile<TSize>.RightPitch)).AsAligned(16);
        var right = TSize.Depth * VectorTile<TSize>.LeftPitch;
        int x = Group.IdxX & (TSize.RowThreads - 1), y = Group.IdxX / TSize.RowThreads;
        int r0 = Grid.IdxY * 8 * TSize.RowThreads, c0 = Grid.IdxX * 8 * TSize.ColumnThreads;
        int end = product.End;
        var sums = default(Sums8x8);
        var buffer = 0;
        Begin(shared, buffer, r0, c0, product.Start, end);
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth)
        {
            // Past the end this copies zeros that nobody reads: every turn of the loop is the same.
            Begin(shared, Buffer - buffer, r0, c0, s0 + TSize.Depth, end);
            TCopy.WaitForAllButTheLast();
            Group.Barrier();
            sums = VectorTile<TSize>.Multiply(sums, shared, buffer + x, buffer + right + y);
            Group.Barrier();
            buffer = Buffer - buffer;
        }

        sums.Store(product, r0 + 4 * x, c0 + 4 * y, 4 * TSize.RowThreads, 4 * TSize.ColumnThreads);
    }

    private void Begin(ArrayView<Float4> shared, int buffer, int r0, int c0, int s0, int end)
    {
        var floats = shared.Cast<float>();
        Begin(floats, 4 * buffer, 4 * VectorTile<TSize>.LeftPitch, product.Left, 8 * TSize.RowThreads, r0, s0, end);
        Begin(floats, 4 * (buffer + TSize.Depth * VectorTile<TSize>.LeftPitch), 4 * VectorTile<TSize>.RightPitch,
            product.Right, 8 * TSize.ColumnThreads, c0, s0, end);
        TCopy.EndTile();
    }

    /// <summary>tile[s, o], four neighbours in memory at a time.</summary>
    private static void Begin<TOperand>(
        ArrayView<float> shared, int tile, int pitch, TOperand operand, int outer, int o0, int s0, int end)
        where TOperand : struct, IOperand
    {
        for (int n = Group.IdxX; n < outer * TSize.Depth / 4; n += Threads)
        {
            int o = TOperand.IsAlongDepth ? n / (TSize.Depth / 4) : (n & (outer / 4 - 1)) * 4;
            int s = TOperand.IsAlongDepth ? (n & (TSize.Depth / 4 - 1)) * 4 : n / (outer / 4);
            TCopy.Begin4(operand, shared, tile + s * pitch + o, TOperand.IsAlongDepth ? pitch : 1, o0 + o, s0 + s, end);
        }
    }
}

/// <summary>The rung of <see cref="DoubleBuffered{TLeft, TRight, TSize, TCopy}"/>.</summary>
public sealed class DoubleBufferedRung<TSize, TCopy>(string name)
    : TileRung(name, TSize.RowThreads * TSize.ColumnThreads, 8 * TSize.RowThreads, 8 * TSize.ColumnThreads,
        2 * 8 * sizeof(float) * TSize.Depth * (TSize.RowThreads + TSize.ColumnThreads + 1))
    where TSize : struct, ITileSize
    where TCopy : struct, ITileCopy
{
    /// <inheritdoc/>
    public override bool NeedsSm80 => TCopy.NeedsSm80;

    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(DoubleBuffered<TLeft, TRight, TSize, TCopy>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new DoubleBuffered<TLeft, TRight, TSize, TCopy>(product));
}
