using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// Neighbouring threads read neighbouring memory. Where both operands lie along the depth (W·A), a row of threads
/// shares one element, each summing every n-th product, and adds their sums as a tree; elsewhere neighbouring threads
/// take neighbouring rows.
/// </summary>
/// <remarks>TSize: RowThreads share an element (a power of two), ColumnThreads elements to a group.</remarks>
internal readonly struct Coalesced<TLeft, TRight, TSize>(ProductArguments<TLeft, TRight> product) : IGroupKernel
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TSize : struct, ITileSize
{
    /// <inheritdoc/>
    public KernelCost Cost => product.Cost;

    /// <inheritdoc/>
    public void Execute()
    {
        if (TLeft.IsAlongDepth && TRight.IsAlongDepth)
        {
            SumTogether();
        }
        else
        {
            var r = Grid.IdxY * TSize.RowThreads * TSize.ColumnThreads + Group.IdxX;
            var c = Grid.IdxX;
            var sum = 0f;
            for (var s = product.Start; s < product.End; s++)
            {
                sum += product.Left.Load(r, s, product.End) * product.Right.Load(c, s, product.End);
            }

            product.Store(r, c, sum);
        }
    }

    private void SumTogether()
    {
        var sums = SharedMemory.Allocate<float>(TSize.RowThreads * TSize.ColumnThreads);
        int thread = Group.IdxX, lane = thread & (TSize.RowThreads - 1);
        int r = Grid.IdxY, c = Grid.IdxX * TSize.ColumnThreads + thread / TSize.RowThreads;
        var sum = 0f;
        for (var s = product.Start + lane; s < product.End; s += TSize.RowThreads)
        {
            sum += product.Left.Load(r, s, product.End) * product.Right.Load(c, s, product.End);
        }

        for (var half = TSize.RowThreads / 2; half > 0; half /= 2)
        {
            sums[thread] = sum;
            Group.Barrier();
            if (lane < half)
            {
                sum += sums[thread + half];
            }

            Group.Barrier();
        }

        if (lane == 0)
        {
            product.Store(r, c, sum);
        }
    }
}

/// <summary>
/// The rung of <see cref="Coalesced{TLeft, TRight, TSize}"/>. Its tile is that of W·A, where a group computes the
/// fewest.
/// </summary>
internal sealed class CoalescedRung<TSize>(string name)
    : TileRung(name, Threads, 1, TSize.ColumnThreads, sizeof(float) * Threads)
    where TSize : struct, ITileSize
{
    private static int Threads => TSize.RowThreads * TSize.ColumnThreads;

    /// <inheritdoc/>
    protected override Type Kernel<TLeft, TRight>() => typeof(Coalesced<TLeft, TRight, TSize>);

    /// <inheritdoc/>
    protected override void Launch<TLeft, TRight>(KernelLauncher kernels, ProductArguments<TLeft, TRight> product)
    {
        var along = TLeft.IsAlongDepth && TRight.IsAlongDepth;
        kernels.LaunchGroups(
            along ? Groups(product) : product.Groups(Threads, 1, Threads),
            new Coalesced<TLeft, TRight, TSize>(product));
    }
}
