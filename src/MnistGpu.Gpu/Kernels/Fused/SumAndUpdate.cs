using ILGPU;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>The sizes of <see cref="SumAndUpdate{TSize, TUpdate}"/>.</summary>
internal interface ISumSize
{
    /// <summary>Parameters of a group, at least 2.</summary>
    static abstract int Lanes { get; }

    /// <summary>Threads that share a parameter's slices.</summary>
    static abstract int Parts { get; }
}

/// <summary>
/// A warp of parameters, eight warps of slices: 784-10-10 makes 250 groups, two for each multiprocessor of an H200,
/// and a thread adds up 33 of 257 slices.
/// </summary>
internal readonly struct Lanes32Parts8 : ISumSize
{
    /// <inheritdoc/>
    public static int Lanes => 32;

    /// <inheritdoc/>
    public static int Parts => 8;
}

/// <summary>
/// 256 parameters of a group and no barrier: where there are few slices, the threads that would share them had nothing
/// to do.
/// </summary>
internal readonly struct Lanes256Parts1 : ISumSize
{
    /// <inheritdoc/>
    public static int Lanes => 256;

    /// <inheritdoc/>
    public static int Parts => 1;
}

/// <summary>
/// One thread per parameter, and no barrier: for ILGPU's CPU accelerator, where a barrier costs more than the sums.
/// </summary>
internal readonly struct Lanes2Parts1 : ISumSize
{
    /// <inheritdoc/>
    public static int Lanes => 2;

    /// <inheritdoc/>
    public static int Parts => 1;
}

/// <summary>The slices that <see cref="SumAndUpdate{TSize, TUpdate}"/> adds up.</summary>
/// <param name="slices">[parameters × count], <paramref name="stride"/> elements from one to the next.</param>
/// <param name="count">How many.</param>
/// <param name="stride">See there.</param>
/// <param name="parameters">Elements of θ.</param>
/// <param name="scale">1/m.</param>
/// <param name="imageTotals">[2 × totalsSlices]: losses and hits, which are added to the totals.</param>
/// <param name="totalsSlices">How many; 0 where the totals stay as they are.</param>
/// <param name="totals">As in <see cref="AddToTotals"/>.</param>
internal readonly struct SliceSums(
    ArrayView<float> slices, int count, int stride, int parameters, float scale, ArrayView<float> imageTotals,
    int totalsSlices, ArrayView<float> totals)
{
    /// <summary>How many slices.</summary>
    public int Count => count;

    /// <summary>Elements of θ.</summary>
    public int Parameters => parameters;

    /// <summary>1/m.</summary>
    public float Scale => scale;

    /// <summary>Every slice and image totals read and added, the totals read and written.</summary>
    public KernelCost Cost => new(4.0 * parameters * count + (HasImageTotals ? 8.0 * totalsSlices + 32 : 0),
        (double)parameters * count + 2.0 * totalsSlices);

    /// <summary>Whether there is image totals.</summary>
    public bool HasImageTotals => totalsSlices > 0;

    /// <summary>In a kernel: every so manieth slice of parameter p, from <paramref name="part"/> on.</summary>
    public float Gradient(int p, int part, int parts) => Sum(slices, p, stride, count, part, parts);

    /// <summary>In a kernel: every so manieth row of the image totals, from <paramref name="part"/> on.</summary>
    public float ImageTotals(int row, int part, int parts) => Sum(imageTotals, row, 2, totalsSlices, part, parts);

    /// <summary>In a kernel: adds to a total, by <see cref="AddToTotals.TwoSum"/>.</summary>
    public void AddToTotal(int row, float x)
    {
        var (high, low) = AddToTotals.TwoSum(totals[2 * row], totals[2 * row + 1], x);
        totals[2 * row] = high;
        totals[2 * row + 1] = low;
    }

    private static float Sum(ArrayView<float> from, int p, int stride, int count, int part, int parts) =>
        StridedSum.Add(from, p, stride, part, count, parts);
}

/// <summary>
/// dθ = 1/m·Σ slices and the update in one pass, dθ never in memory: each group takes some parameters, its warps
/// every so manieth slice, and the first warp adds up the warps' sums, in order, and updates. The group after the last
/// adds the images' loss and hits to the totals.
/// </summary>
/// <param name="sums">The slices.</param>
/// <param name="theta">θ, for its decay.</param>
/// <param name="lambda">λ, weight decay as part of the gradient; 0 for none.</param>
/// <param name="update">What becomes of the gradient.</param>
internal readonly struct SumAndUpdate<TSize, TUpdate>(
    SliceSums sums, ArrayView<float> theta, float lambda, TUpdate update) : IGroupKernel
    where TSize : struct, ISumSize
    where TUpdate : struct, IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost
    {
        get
        {
            // The gradients are not read: they are in registers.
            var (summed, updated) = (sums.Cost, update.Cost(sums.Parameters));
            return new(summed.Bytes + updated.Bytes - 4.0 * sums.Parameters, summed.Flops + updated.Flops);
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<float>(TSize.Lanes * TSize.Parts);
        int lane = Group.IdxX % TSize.Lanes, part = Group.IdxX / TSize.Lanes;
        var p = Grid.IdxX * TSize.Lanes + lane;
        var isTotals = sums.HasImageTotals && Grid.IdxX == Grid.DimX - 1;
        var sum = 0f;
        if (isTotals && lane < 2)
        {
            sum = sums.ImageTotals(lane, part, TSize.Parts);
        }

        if (!isTotals && p < sums.Parameters)
        {
            sum = sums.Gradient(p, part, TSize.Parts);
        }

        if (TSize.Parts > 1)
        {
            shared[Group.IdxX] = sum;
            Group.Barrier();
        }

        if (part == 0 && isTotals && lane < 2)
        {
            sums.AddToTotal(lane, sum);
            for (var other = 1; other < TSize.Parts; other++)
            {
                sums.AddToTotal(lane, shared[other * TSize.Lanes + lane]);
            }
        }

        if (part == 0 && !isTotals && p < sums.Parameters)
        {
            for (var other = 1; other < TSize.Parts; other++)
            {
                sum += shared[other * TSize.Lanes + lane];
            }

            var g = sum * sums.Scale;
            update.Apply(p, lambda != 0f ? g + lambda * theta[p] : g);
        }
    }
}
