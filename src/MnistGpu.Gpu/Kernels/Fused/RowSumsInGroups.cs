using ILGPU;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>One of the sums of <see cref="RowSumsInGroups{TSize}"/>, with <see cref="RowSums"/>' arguments.</summary>
internal readonly struct RowSum(ArrayView<float> dZ, ArrayView<float> db, int rows, int m, int slice, int stride)
{
    /// <summary>Rows of dZ.</summary>
    public int Rows => rows;

    /// <summary>Slices of the images.</summary>
    public int Slices => (m - 1) / slice + 1;

    /// <summary>Read and added: all of dZ; written: a row's sum of each slice.</summary>
    public KernelCost Cost => new(4.0 * rows * (m + Slices), (double)rows * m);

    /// <summary>The same of no rows: nothing.</summary>
    public RowSum None => new(dZ, db, 0, m, slice, stride);

    /// <summary>In a kernel: every so manieth image of slice s of row i, from <paramref name="part"/> on.</summary>
    public float Part(int i, int s, int part, int parts) => StridedSum.Add(
        dZ, i, rows, s * slice + part, IntrinsicMath.Min((s + 1) * slice, m), parts);

    /// <summary>In a kernel: writes slice s of row i.</summary>
    public void Store(int i, int s, float sum) => db[s * stride + i] = sum;
}

/// <summary>
/// Several <see cref="RowSums"/> in one launch, by groups of threads: each takes some rows of a slice, its warps every
/// so manieth image, and the first warp adds up the warps' sums, in order. Group (x, y) is of slice y; the groups of
/// the first sum come first.
/// </summary>
/// <remarks>Where there is no second or third, it is <see cref="RowSum.None"/> of another.</remarks>
internal readonly struct RowSumsInGroups<TSize>(RowSum first, RowSum second, RowSum third) : IGroupKernel
    where TSize : struct, ISumSize
{
    /// <inheritdoc/>
    public KernelCost Cost => new(
        first.Cost.Bytes + second.Cost.Bytes + third.Cost.Bytes,
        first.Cost.Flops + second.Cost.Flops + third.Cost.Flops);

    /// <summary>How many groups there are.</summary>
    public KernelConfig Groups => new(
        new Index3D(GroupsOf(first) + GroupsOf(second) + GroupsOf(third),
            Math.Max(first.Slices, Math.Max(second.Slices, third.Slices)), 1),
        new Index3D(TSize.Lanes * TSize.Parts, 1, 1));

    /// <inheritdoc/>
    public void Execute()
    {
        var shared = SharedMemory.Allocate<float>(TSize.Lanes * TSize.Parts);
        int lane = Group.IdxX % TSize.Lanes, part = Group.IdxX / TSize.Lanes;
        int x = Grid.IdxX, firsts = GroupsOf(first), seconds = GroupsOf(second);
        var isThird = x >= firsts + seconds;
        var sum = isThird ? third : x >= firsts ? second : first;
        var i = (isThird ? x - firsts - seconds : x >= firsts ? x - firsts : x) * TSize.Lanes + lane;
        var isInside = i < sum.Rows && Grid.IdxY < sum.Slices;
        shared[Group.IdxX] = isInside ? sum.Part(i, Grid.IdxY, part, TSize.Parts) : 0f;
        Group.Barrier();
        if (part == 0 && isInside)
        {
            var all = shared[lane];
            for (var other = 1; other < TSize.Parts; other++)
            {
                all += shared[other * TSize.Lanes + lane];
            }

            sum.Store(i, Grid.IdxY, all);
        }
    }

    private static int GroupsOf(RowSum sum) => (sum.Rows + TSize.Lanes - 1) / TSize.Lanes;
}
