using ILGPU;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// db = Σ columns of dZ, in slices of the images: slice s of db[i] is Σⱼ dZ[i,j] over images s·slice ≤ j &lt;
/// (s+1)·slice, j &lt; m. dZ [rows × m], each slice of db [rows × 1], <paramref name="stride"/> elements after the
/// one before. One element of a slice per thread; <see cref="SumOfSlices"/> adds them up.
/// </summary>
internal readonly struct RowSums(ArrayView<float> dZ, ArrayView<float> db, int rows, int m, int slice, int stride)
    : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * rows * m + 4.0 * threads, (double)rows * m);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        int s = n / rows, i = n % rows;
        var end = IntrinsicMath.Min((s + 1) * slice, m);
        var sum = 0f;
        for (var j = s * slice; j < end; j++)
        {
            sum += dZ[j * rows + i];
        }

        db[s * stride + i] = sum;
    }
}

/// <summary>A thread's sum of elements that lie apart.</summary>
internal static class StridedSum
{
    /// <summary>
    /// Σ of from[s·stride + p], s from <paramref name="first"/> on, below <paramref name="end"/>, every
    /// <paramref name="step"/>th. Four at a turn, so that four loads are under way; added in their order.
    /// </summary>
    public static float Add(ArrayView<float> from, int p, int stride, int first, int end, int step)
    {
        var sum = 0f;
        var s = first;
        for (; s + 3 * step < end; s += 4 * step)
        {
            float a = from[s * stride + p], b = from[(s + step) * stride + p];
            float c = from[(s + 2 * step) * stride + p], d = from[(s + 3 * step) * stride + p];
            sum += a;
            sum += b;
            sum += c;
            sum += d;
        }

        for (; s < end; s += step)
        {
            sum += from[s * stride + p];
        }

        return sum;
    }
}

/// <summary>
/// dθ = scale·Σ slices: dTheta[p] = (add ? dTheta[p] : 0) + scale·Σₛ slices[s·stride + p], s = 0 … count −
/// 1 in this order. With scale = 1/m these are dWl and dbl of all layers at once. One parameter per thread.
/// </summary>
internal readonly struct SumOfSlices(
    ArrayView<float> slices, ArrayView<float> dTheta, int count, int stride, float scale, int add) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * threads * (count + 1 + add), (double)threads * (count + 1 + add));

    /// <inheritdoc/>
    public void Execute(Index1D p)
    {
        var sum = 0f;
        for (var s = 0; s < count; s++)
        {
            sum += slices[s * stride + p];
        }

        dTheta[p] = add != 0 ? dTheta[p] + sum * scale : sum * scale;
    }
}

/// <summary>
/// Adds the slices of row i of image totals (row 0 the loss, row 1 the hits) to its total, s = 0 … count − 1 in
/// this order. A total is two floats, high at 2i and low at 2i + 1, whose exact sum it is: about 48 bits, so that
/// millions of images are counted exactly and no device needs float64. Knuth's two-sum (The Art of Computer
/// Programming, volume 2, 4.2.2, theorem B). One row per thread.
/// </summary>
internal readonly struct AddToTotals(ArrayView<float> slices, ArrayView<float> totals, int count) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(4.0 * threads * (count + 4), 7.0 * threads * count);

    /// <inheritdoc/>
    public void Execute(Index1D i)
    {
        float high = totals[2 * i], low = totals[2 * i + 1];
        for (var s = 0; s < count; s++)
        {
            (high, low) = TwoSum(high, low, slices[2 * s + i]);
        }

        totals[2 * i] = high;
        totals[2 * i + 1] = low;
    }

    /// <summary>high + low + x as two floats.</summary>
    internal static (float High, float Low) TwoSum(float high, float low, float x)
    {
        var sum = high + x;
        var part = sum - high;
        return (sum, low + ((high - (sum - part)) + (x - part)));
    }
}
