using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Eight by eight sums a thread, from tiles that come through a <see cref="Pipeline{TSize}"/>: while the threads
/// multiply one, the next two are on their way, so that the latency of device memory is hidden behind arithmetic. Where
/// a tile of C has fewer than 64·Threads elements, the threads divide the depth of each tile among them as well, and
/// add up their sums at the end: a small result keeps as many threads busy as a large one.
/// </summary>
internal readonly struct Pipelined<TLeft, TRight, TSize, TCopy>(ProductArguments<TLeft, TRight> product) : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, IPipelineSize
    where TCopy : struct, ITileCopy
{
    private static int RowThreads => TSize.TileRows / 8;

    private static int ColumnThreads => TSize.TileColumns / 8;

    /// <summary>Threads that have the same sums, of different parts of the depth.</summary>
    private static int Parts => TSize.Threads / (RowThreads * ColumnThreads);

    /// <inheritdoc/>
    // Two groups of 256 threads leave a thread 128 registers: sixty-four for its sums.
    static (int Threads, int Groups)? IGroupKernel.Occupancy => (TSize.Threads, 2);

    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<Float4>(
            TSize.Stages * ((TSize.TileRows + TSize.TileColumns) * TSize.Depth) / 4).AsAligned(16);
        var floats = shared.Cast<float>();
        int part = Group.IdxX / (RowThreads * ColumnThreads);
        int t = Group.IdxX & (RowThreads * ColumnThreads - 1);
        // A warp's threads are 8 × 4 where there are so many: what it reads is then narrow in both directions.
        int x = RowThreads <= 8 ? t & (RowThreads - 1) : (t & 7) + ((t >> 5) & (RowThreads / 8 - 1)) * 8;
        int y = RowThreads <= 8 ? t / RowThreads : ((t >> 3) & 3) + t / (4 * RowThreads) * 4;
        int end = product.End;
        var sums = default(Sums8x8);
        for (var stage = 0; stage < TSize.Stages - 1; stage++)
        {
            Pipeline<TSize>.Begin<TLeft, TRight, TCopy>(
                product, floats, stage, product.Start + stage * TSize.Depth, end);
        }

        int now = 0, next = TSize.Stages - 1;
        for (var s0 = product.Start; s0 < end; s0 += TSize.Depth)
        {
            Pipeline<TSize>.Wait<TCopy>();
            // All have the tile now, and none still reads the one that the next copies go over.
            Group.Barrier();
            Pipeline<TSize>.Begin<TLeft, TRight, TCopy>(
                product, floats, next, s0 + (TSize.Stages - 1) * TSize.Depth, end);
            for (var s = part * 4; s < TSize.Depth; s += 4 * Parts)
            {
                var a = Read<TLeft>(shared, now * Pipeline<TSize>.Stage, TSize.TileRows, x, s);
                var b = Read<TRight>(
                    shared, now * Pipeline<TSize>.Stage + Pipeline<TSize>.Left, TSize.TileColumns, y, s);
                sums = TRight.IsAlongDepth
                    ? sums.PlusByColumns(a, b)
                    : sums.Plus(a.Low0, a.High0, b.Low0, b.High0).Plus(a.Low1, a.High1, b.Low1, b.High1)
                        .Plus(a.Low2, a.High2, b.Low2, b.High2).Plus(a.Low3, a.High3, b.Low3, b.High3);
            }

            now = now + 1 == TSize.Stages ? 0 : now + 1;
            next = next + 1 == TSize.Stages ? 0 : next + 1;
        }

        TCopy.WaitForAll();
        Store(floats, sums, part, x, y);
    }

    /// <summary>
    /// A thread's eight rows (or columns), <see cref="Place{TOperand}"/>, at four steps of the depth from s on.
    /// </summary>
    private static Octets Read<TOperand>(ArrayView<Float4> shared, int tile, int outer, int thread, int s)
        where TOperand : struct, IOperand
    {
        // Long, so that what the addresses have in common is computed once: a sum of ints may wrap around, and then
        // the rest of each address cannot be part of its load.
        if (TOperand.IsAlongDepth)
        {
            // Swizzles come again after eight rows.
            long even = (tile + Pipeline<TSize>.AlongDepth(thread, s)) >> 2;
            long odd = (tile + Pipeline<TSize>.AlongDepth(thread + outer / 8, s)) >> 2;
            var two = outer / 4 * TSize.Depth / 4;
            return Octets.Transposed(
                shared[even], shared[odd], shared[even + two], shared[odd + two],
                shared[even + 2 * two], shared[odd + 2 * two], shared[even + 3 * two], shared[odd + 3 * two]);
        }

        // As Pipeline.AcrossDepth for a multiple of 4 and the three after it.
        long row = (tile + s * outer) >> 2;
        var next = outer / 4;
        long low1 = row + next + (thread ^ 2), low2 = row + 2 * next + (thread ^ 4);
        long low3 = row + 3 * next + (thread ^ 6);
        var half = outer / 8;
        // Swizzles move what is within a row of eight fours.
        if (half >= 8)
        {
            return new(
                shared[row + thread], shared[row + thread + half], shared[low1], shared[low1 + half],
                shared[low2], shared[low2 + half], shared[low3], shared[low3 + half]);
        }

        return new(
            shared[row + thread], shared[row + thread + half],
            shared[low1], shared[row + next + ((thread + half) ^ 2)],
            shared[low2], shared[row + 2 * next + ((thread + half) ^ 4)],
            shared[low3], shared[row + 3 * next + ((thread + half) ^ 6)]);
    }

    /// <summary>Where the i-th of a thread's eight rows (or columns) is in the tile, as they are read.</summary>
    private static int Place<TOperand>(int outer, int thread, int i)
        where TOperand : struct, IOperand => TOperand.IsAlongDepth
            ? thread + outer / 8 * i
            : 4 * thread + (i & 3) + (i < 4 ? 0 : outer / 2);

    /// <summary>
    /// Adds up the parts' sums and writes them, one column of each thread's eight at a time, neighbouring threads at
    /// neighbours in memory.
    /// </summary>
    private void Store(ArrayView<float> shared, Sums8x8 sums, int part, int x, int y)
    {
        for (var j = 0; j < 8; j++)
        {
            Group.Barrier();
            int column = (part * ColumnThreads + y) * TSize.TileRows;
            Float4 low = sums.Low(j), high = sums.High(j);
            shared[column + Place<TLeft>(TSize.TileRows, x, 0)] = low.X;
            shared[column + Place<TLeft>(TSize.TileRows, x, 1)] = low.Y;
            shared[column + Place<TLeft>(TSize.TileRows, x, 2)] = low.Z;
            shared[column + Place<TLeft>(TSize.TileRows, x, 3)] = low.W;
            shared[column + Place<TLeft>(TSize.TileRows, x, 4)] = high.X;
            shared[column + Place<TLeft>(TSize.TileRows, x, 5)] = high.Y;
            shared[column + Place<TLeft>(TSize.TileRows, x, 6)] = high.Z;
            shared[column + Place<TLeft>(TSize.TileRows, x, 7)] = high.W;
            Group.Barrier();
            for (int n = Group.IdxX; n < TSize.TileRows * ColumnThreads; n += TSize.Threads)
            {
                var sum = shared[n];
                for (var other = 1; other < Parts; other++)
                {
                    sum += shared[n + other * TSize.TileRows * ColumnThreads];
                }

                product.Store(
                    Grid.IdxY * TSize.TileRows + (n & (TSize.TileRows - 1)),
                    Grid.IdxX * TSize.TileColumns + Place<TRight>(TSize.TileColumns, n / TSize.TileRows, j), sum);
            }
        }
    }
}

/// <summary>
/// 128 × 128 of C by 256 threads, 16 deep: the least traffic per multiply-add. 48 KB, all that a group has by default.
/// </summary>
internal readonly struct Tile128x128 : IPipelineSize
{
    /// <inheritdoc/>
    public static int TileRows => 128;

    /// <inheritdoc/>
    public static int TileColumns => 128;

    /// <inheritdoc/>
    public static int Depth => 16;

    /// <inheritdoc/>
    public static int Stages => 3;

    /// <inheritdoc/>
    public static int Threads => 256;
}

/// <summary>64 × 64 of C by 256 threads, four to each sum: four times as many groups. 48 KB.</summary>
internal readonly struct Tile64x64 : IPipelineSize
{
    /// <inheritdoc/>
    public static int TileRows => 64;

    /// <inheritdoc/>
    public static int TileColumns => 64;

    /// <inheritdoc/>
    public static int Depth => 32;

    /// <inheritdoc/>
    public static int Stages => 3;

    /// <inheritdoc/>
    public static int Threads => 256;
}

/// <summary>32 × 32 of C by 256 threads, sixteen to each sum: for the smallest results. 48 KB.</summary>
internal readonly struct Tile32x32 : IPipelineSize
{
    /// <inheritdoc/>
    public static int TileRows => 32;

    /// <inheritdoc/>
    public static int TileColumns => 32;

    /// <inheritdoc/>
    public static int Depth => 64;

    /// <inheritdoc/>
    public static int Stages => 3;

    /// <inheritdoc/>
    public static int Threads => 256;
}

/// <summary>The rung of <see cref="Pipelined{TLeft, TRight, TSize, TCopy}"/>.</summary>
/// <remarks>
/// Pixels that lie in sixteens it takes to the tensor cores, <see cref="MatrixPixels"/>; others become floats first.
/// </remarks>
/// <param name="name">What the user calls it.</param>
/// <param name="takesMatrixPixels">Whether it does; tests leave it out where a simulation is too slow.</param>
internal sealed class PipelinedRung<TSize, TCopy, TUnit>(string name, bool takesMatrixPixels = true)
    : TileRung(name, TSize.Threads, TSize.TileRows, TSize.TileColumns, Pipeline<TSize>.Bytes)
    where TSize : struct, IPipelineSize
    where TCopy : struct, ITileCopy
    where TUnit : struct, IMatrixUnit<TUnit>
{
    /// <inheritdoc/>
    public override bool NeedsSm80 => TCopy.NeedsSm80 || TUnit.NeedsSm80;

    /// <inheritdoc/>
    public override bool PrefersFloats(int inputs) => !takesMatrixPixels || inputs % 16 != 0;

    /// <inheritdoc/>
    // The groups of pixels' products are narrower than the rung's own.
    public override bool Fits(Index3D grid, int rows, int columns) => base.Fits(grid, rows, columns)
        && (rows - 1) / MatrixPixels.Short < grid.Y && (columns - 1) / MatrixPixels.Short < grid.X;

    /// <inheritdoc/>
    public override Type Kernel(ProductKind product) => product switch
    {
        ProductKind.WeightsTimesPixels when takesMatrixPixels => typeof(MatrixWeightsTimesPixels<TUnit>),
        ProductKind.ErrorsTimesPixels when takesMatrixPixels => typeof(MatrixErrorsTimesPixels<TUnit>),
        _ => base.Kernel(product),
    };

    /// <inheritdoc/>
    protected override void Launch(KernelLauncher kernels, ProductArguments<AlongDepth, PixelsAlongDepth> product)
    {
        if (takesMatrixPixels && product.Right.HasSixteens && product.Left.IsAligned)
        {
            kernels.LaunchGroups(product.Groups(MatrixPixels.Short, MatrixPixels.Long, MatrixPixels.Threads),
                new MatrixWeightsTimesPixels<TUnit>(product));
        }
        else
        {
            Launch<AlongDepth, PixelsAlongDepth>(kernels, product);
        }
    }

    /// <inheritdoc/>
    protected override void Launch(KernelLauncher kernels, ProductArguments<PixelsAcrossDepth, AcrossDepth> product)
    {
        if (takesMatrixPixels && product.Left.HasSixteens)
        {
            kernels.LaunchGroups(product.Groups(MatrixPixels.Long, MatrixPixels.Short, MatrixPixels.Threads),
                new MatrixErrorsTimesPixels<TUnit>(product));
        }
        else
        {
            Launch<PixelsAcrossDepth, AcrossDepth>(kernels, product);
        }
    }

    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(Pipelined<TLeft, TRight, TSize, TCopy>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product) =>
        kernels.LaunchGroups(Groups(product), new Pipelined<TLeft, TRight, TSize, TCopy>(product));
}
