using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// What a kernel is told of a product: C[r,c] = scale·Σₛ left[r,s]·right[c,s], r &lt; rows, c &lt; columns, s &lt;
/// depth, which all products of training have in common. The depth may be cut into slices whose sums are kept apart,
/// <paramref name="stride"/> elements from one to the next; within a slice C is stored column by column, [r, c] at
/// c·rows + r.
/// </summary>
/// <remarks>
/// Z = W·A: r a row of W, c an image, s a column of W. dA = Wᵀ·dZ: r a column of W, c an image, s a row of W. dWᵀ
/// = A·dZᵀ: r a column of W, c a row of W, s an image; stored by columns, that is dW row by row.
/// </remarks>
/// <param name="left">[rows × depth].</param>
/// <param name="right">[columns × depth].</param>
/// <param name="C">The result.</param>
/// <param name="rows">Rows of C.</param>
/// <param name="columns">Columns of C.</param>
/// <param name="depth">Products that are summed.</param>
/// <param name="slice">How many of them go into one slice.</param>
/// <param name="stride">Elements from one slice of C to the next.</param>
/// <param name="scale">Applied once to each sum: 1, or 1/255 for pixels.</param>
/// <param name="aligned">Whether four rows of C can be written as 16 bytes, 1 or 0.</param>
/// <param name="epilogue">
/// What becomes of each sum; only where there is one slice, because it takes C's rows and elements for its own.
/// </param>
internal readonly struct ProductArguments<TLeft, TRight>(
    TLeft left, TRight right, ArrayView<float> C, int rows, int columns, int depth, int slice, int stride, float scale,
    int aligned, Epilogue epilogue = default)
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
{
    private readonly Epilogue last = epilogue.With(C);

    /// <summary>[rows × depth].</summary>
    public TLeft Left => left;

    /// <summary>[columns × depth].</summary>
    public TRight Right => right;

    /// <summary>What the product has to move and to compute, on the host.</summary>
    public KernelCost Cost
    {
        get
        {
            var results = (double)rows * columns * ((depth - 1) / slice + 1);
            return last.AddTo(
                new(Bytes<TLeft>(rows) + Bytes<TRight>(columns) + sizeof(float) * results,
                    2.0 * rows * columns * depth + (scale == 1f ? 0 : results)),
                rows, results);
        }
    }

    /// <summary>In a kernel: the first s of this group's slice.</summary>
    public int Start => Grid.IdxZ * slice;

    /// <summary>In a kernel: the s after the last of this group's slice.</summary>
    public int End => IntrinsicMath.Min((Grid.IdxZ + 1) * slice, depth);

    /// <summary>In a kernel: writes a sum to its place, unless it is in a tail.</summary>
    public void Store(int r, int c, float sum)
    {
        if (r < rows && c < columns)
        {
            var at = c * rows + r;
            C[Grid.IdxZ * stride + at] = last.Of(r, at, sum * scale);
        }
    }

    /// <summary>
    /// In a kernel: writes four rows of a column, with one access where that is aligned; r is a multiple of 4.
    /// </summary>
    public void Store4(int r, int c, Float4 sums)
    {
        if (aligned != 0 && last.IsNothing && r + 4 <= rows && c < columns)
        {
            C.Cast<Float4>().AsAligned(16)[(Grid.IdxZ * stride + c * rows + r) >> 2] =
                new(sums.X * scale, sums.Y * scale, sums.Z * scale, sums.W * scale);
        }
        else
        {
            // A loop, and of an end that no compiler knows, so that the sixty-four sums of a thread do not become as
            // many pieces of code.
            for (var i = 0; i < IntrinsicMath.Min(4, rows - r); i++)
            {
                Store(r + i, c, i == 0 ? sums.X : i == 1 ? sums.Y : i == 2 ? sums.Z : sums.W);
            }
        }
    }

    // Of pixels, a byte each and an index per image.
    private double Bytes<TOperand>(int outer)
        where TOperand : struct, IOperand =>
        TOperand.IsFloat ? (double)sizeof(float) * outer * depth
            : (double)outer * depth + (double)sizeof(int) * (TOperand.IsAlongDepth ? outer : depth);

    /// <summary>
    /// Groups for tiles of so many rows and columns: X column tiles, of which there may be most, Y row tiles, Z slices.
    /// </summary>
    public KernelConfig Groups(int tileRows, int tileColumns, int threads) => new(
        new Index3D((columns - 1) / tileColumns + 1, (rows - 1) / tileRows + 1, (depth - 1) / slice + 1),
        new Index3D(threads, 1, 1));
}
