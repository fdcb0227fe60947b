using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// How much of C a group computes, and how much of the operands is on its way at once. Constants to the compiler: a
/// size is a type.
/// </summary>
/// <remarks>Powers of two but for the stages, for the same reason as in <see cref="ITileSize"/>.</remarks>
internal interface IPipelineSize
{
    /// <summary>Rows of C, at least 32.</summary>
    static abstract int TileRows { get; }

    /// <summary>Columns of C, at least 32.</summary>
    static abstract int TileColumns { get; }

    /// <summary>Elements along the depth that come into shared memory at once, at least 16.</summary>
    static abstract int Depth { get; }

    /// <summary>Tiles that are in shared memory or on their way there, at least 2.</summary>
    static abstract int Stages { get; }

    /// <summary>
    /// Threads of a group: they copy eight rows or more at once along the depth, and four or more across it.
    /// </summary>
    static abstract int Threads { get; }
}

/// <summary>How a tile comes into shared memory while the threads go on with the one before.</summary>
internal interface ITileCopy
{
    /// <summary>Whether it is inline PTX for compute capability 8.0.</summary>
    static abstract bool NeedsSm80 { get; }

    /// <summary>
    /// Begins to copy <paramref name="operand"/>'s four neighbours in memory from [o, s] on to shared[i … i + 3], 0
    /// where they are outside. <paramref name="shared"/> is the kernel's first shared memory, from its beginning; i is
    /// a multiple of 4.
    /// </summary>
    static abstract void Begin4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int o, int s, int end)
        where TOperand : struct, IOperand;

    /// <summary>
    /// The same where all four are inside and aligned, at <paramref name="address"/> of a CUDA device's memory.
    /// </summary>
    static abstract void BeginWhole4<TOperand>(
        TOperand operand, ArrayView<float> shared, int i, int o, int s, int end, long address)
        where TOperand : struct, IOperand;

    /// <summary>Ends a tile: all that this thread began since the one before belongs to it.</summary>
    static abstract void EndTile();

    /// <summary>Waits until this thread's copies of every tile but the last have arrived.</summary>
    static abstract void WaitForAllButTheLast();

    /// <summary>Waits until all of this thread's copies have arrived.</summary>
    static abstract void WaitForAll();
}

/// <summary>
/// Tiles of both operands on their way through a ring of stages in shared memory. A tile lies there as its operand
/// lies in memory, so that each copy is one of 16 bytes: [o, s] at o·Depth + s along the depth, else at s·outer + o.
/// </summary>
/// <remarks>
/// Neighbours of four (16 bytes) change places within their row, by their row's number (a swizzle): threads that read
/// the same place in eight rows, or a warp that reads 4 × 8 elements, then read from different banks.
/// </remarks>
internal static class Pipeline<TSize>
    where TSize : struct, IPipelineSize
{
    /// <summary>Elements of the left tile.</summary>
    public static int Left => TSize.TileRows * TSize.Depth;

    /// <summary>Elements of a stage.</summary>
    public static int Stage => (TSize.TileRows + TSize.TileColumns) * TSize.Depth;

    /// <summary>All of it, in bytes.</summary>
    public static int Bytes => sizeof(float) * TSize.Stages * Stage;

    /// <summary>In a kernel: begins to copy the tiles from s on into a stage; nothing from the end on.</summary>
    public static void Begin<TLeft, TRight, TCopy>(
        in ProductArguments<TLeft, TRight> product, ArrayView<float> shared, int stage, int s, int end)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand
        where TCopy : struct, ITileCopy
    {
        if (s < end)
        {
            Begin<TLeft, TCopy>(
                product.Left, shared, stage * Stage, TSize.TileRows, Grid.IdxY * TSize.TileRows, s, end);
            Begin<TRight, TCopy>(
                product.Right, shared, stage * Stage + Left, TSize.TileColumns, Grid.IdxX * TSize.TileColumns, s, end);
        }

        TCopy.EndTile();
    }

    /// <summary>In a kernel: waits until this thread's part of the next tile has arrived.</summary>
    public static void Wait<TCopy>()
        where TCopy : struct, ITileCopy
    {
        if (TSize.Stages > 2)
        {
            TCopy.WaitForAllButTheLast();
        }
        else
        {
            TCopy.WaitForAll();
        }
    }

    private static void Begin<TOperand, TCopy>(
        TOperand operand, ArrayView<float> shared, int tile, int outer, int o0, int s0, int end)
        where TOperand : struct, IOperand
        where TCopy : struct, ITileCopy
    {
        // Fours beside one another in memory go to neighbouring threads. A thread's next four is so many rows further
        // that the swizzle is the same.
        int perRow = TOperand.IsAlongDepth ? TSize.Depth / 4 : outer / 4, step = TSize.Threads / perRow;
        int row = Group.IdxX / perRow, four = (Group.IdxX & (perRow - 1)) * 4;
        var at = tile + (TOperand.IsAlongDepth ? AlongDepth(row, four) : AcrossDepth(outer, four, row));
        int o = o0 + (TOperand.IsAlongDepth ? row : four), s = s0 + (TOperand.IsAlongDepth ? four : row);
        // Nearly all tiles are wholly inside: then nothing is asked of their fours.
        if (operand.IsWholeTile(o0 + outer, s0 + TSize.Depth, end))
        {
            var address = operand.Address(o, s, true);
            for (var n = 0; n < outer * TSize.Depth / 4 / TSize.Threads; n++)
            {
                TCopy.BeginWhole4(operand, shared, at, o, s, end, address);
                at += 4 * TSize.Threads;
                address += sizeof(float) * (long)(step * operand.Pitch);
                o += TOperand.IsAlongDepth ? step : 0;
                s += TOperand.IsAlongDepth ? 0 : step;
            }

            return;
        }

        for (var n = 0; n < outer * TSize.Depth / 4 / TSize.Threads; n++)
        {
            TCopy.Begin4(operand, shared, at, o, s, end);
            at += 4 * TSize.Threads;
            o += TOperand.IsAlongDepth ? step : 0;
            s += TOperand.IsAlongDepth ? 0 : step;
        }
    }

    /// <summary>In a kernel: where [o, s] of a tile is whose operand runs along the depth.</summary>
    public static int AlongDepth(int o, int s) =>
        o * TSize.Depth + (((s >> 2) ^ (TSize.Depth >= 32 ? o & 7 : (o >> 1) & 3)) << 2) + (s & 3);

    /// <summary>In a kernel: where [o, s] of a tile is whose operand runs across the depth.</summary>
    public static int AcrossDepth(int outer, int o, int s) =>
        s * outer + (((o >> 2) ^ ((s & 3) << 1)) << 2) + (o & 3);
}
