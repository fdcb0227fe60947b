using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The products of the layers above the first, on one tile of 64 images: activations are [units × 64], so a tile is
/// already the packed operand that the register tile wants.
/// </summary>
internal static unsafe class TileProducts<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Lanes = ImageTile.Size;

    // The products run over k in stretches whose operand [128 × 64] stays in the first-level cache while all rows meet
    // it.
    private const int Depth = 128;

    /// <summary>Floats that <see cref="Backward"/> needs: a panel of Wᵀ, and the end of its last vector.</summary>
    public const int PackedLength = Depth * RegisterTile<V, O>.Rows + 8;

    /// <summary>
    /// Zl = Wl·A(l−1) + bl and its activation, for rows <paramref name="from"/> to <paramref name="to"/> (from a
    /// multiple of 6).
    /// </summary>
    /// <param name="W">[out × k], <paramref name="rowW"/> apart.</param>
    /// <param name="rowW">From one row of W to the next.</param>
    /// <param name="b">[out].</param>
    /// <param name="A">A(l−1) [k × 64].</param>
    /// <param name="k">Columns of W.</param>
    /// <param name="Z">[out × 64].</param>
    /// <param name="from">The first row.</param>
    /// <param name="to">The row after the last.</param>
    /// <param name="activation">A hidden layer's; null for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* W, nint rowW, float* b, float* A, int k, float* Z, int from, int to,
        Activation? activation)
    {
        var end = Multiply(W, rowW, 1, A, k, Z, from, to, packed: null);
        var (relu, leaky) = Activations<V, O>.Comparisons(activation);
        for (var i = from; i < end; i++)
        {
            var bias = O.Broadcast(b[i]);
            for (var lane = 0; lane < Lanes; lane += O.Count)
            {
                var z = O.Add(O.Load(Z + i * Lanes + lane), bias);
                O.Store(Z + i * Lanes + lane, Activations<V, O>.InLoop(relu, leaky, z));
            }
        }

        Activations<V, O>.OverRows(activation, Z + from * Lanes, (end - from) * Lanes);
    }

    /// <summary>
    /// dZ(l−1) = Wlᵀ·dZl ⊙ f′(Z(l−1)), for rows <paramref name="from"/> to <paramref name="to"/> (from a
    /// multiple of 6), f the activation; <see cref="Activations{V, O}.Differentiate"/> says when dropout's factor is
    /// in it.
    /// </summary>
    /// <param name="W">[k × in], <paramref name="rowW"/> apart.</param>
    /// <param name="rowW">From one row of W to the next.</param>
    /// <param name="dZ">dZl [k × 64].</param>
    /// <param name="k">Rows of W.</param>
    /// <param name="A">A(l−1) [in × 64], after dropout.</param>
    /// <param name="dZBelow">dZ(l−1) [in × 64].</param>
    /// <param name="from">The first row.</param>
    /// <param name="to">The row after the last.</param>
    /// <param name="packed"><see cref="PackedLength"/> floats.</param>
    /// <param name="activation">f.</param>
    /// <param name="scale">1/(1 − p) of dropout, 1 without.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* W, nint rowW, float* dZ, int k, float* A, float* dZBelow, int from, int to,
        float* packed,
        Activation activation, float scale)
    {
        var end = Multiply(W, 1, rowW, dZ, k, dZBelow, from, to, packed);
        Activations<V, O>.Differentiate(
            activation, A + from * Lanes, dZBelow + from * Lanes, (end - from) * Lanes, scale);
    }

    /// <summary>
    /// dWl += dZl·A(l−1)ᵀ over the tile's images, for small layers: each element's 64 products are summed lane by
    /// lane, then the lanes of Count elements at once.
    /// </summary>
    /// <param name="dZ">dZl [out × 64].</param>
    /// <param name="rows">out.</param>
    /// <param name="A">A(l−1) [in × 64].</param>
    /// <param name="columns">in.</param>
    /// <param name="dW">[out × in], <paramref name="rowW"/> apart.</param>
    /// <param name="rowW">From one row of dW to the next.</param>
    /// <param name="scratch">Count × Count floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(float* dZ, int rows, float* A, int columns, float* dW, nint rowW, float* scratch)
    {
        for (var r = 0; r < rows; r++)
        {
            var d = dZ + r * Lanes;
            for (var c = 0; c < columns; c += O.Count)
            {
                for (var i = 0; i < O.Count; i++)
                {
                    var a = A + (c + i) * Lanes;
                    var sum = O.Multiply(O.Load(d), O.Load(a));
                    for (var lane = O.Count; lane < Lanes; lane += O.Count)
                    {
                        sum = O.MultiplyAdd(O.Load(d + lane), O.Load(a + lane), sum);
                    }

                    O.Store(scratch + i * O.Count, sum);
                }

                var to = dW + r * rowW + c;
                O.Store(to, O.Add(O.Load(to), O.SumAcross(scratch)));
            }
        }
    }

    /// <summary>dbl += the row sums of dZl over the tile's images.</summary>
    /// <param name="dZ">[rows × 64].</param>
    /// <param name="rows">out; rows up to the next multiple of Count are summed too.</param>
    /// <param name="db">[out].</param>
    /// <param name="scratch">Count × Count floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowSums(float* dZ, int rows, float* db, float* scratch)
    {
        for (var r = 0; r < rows; r += O.Count)
        {
            for (var i = 0; i < O.Count; i++)
            {
                var sum = O.Load(dZ + (r + i) * Lanes);
                for (var lane = O.Count; lane < Lanes; lane += O.Count)
                {
                    sum = O.Add(sum, O.Load(dZ + (r + i) * Lanes + lane));
                }

                O.Store(scratch + i * O.Count, sum);
            }

            O.Store(db + r, O.Add(O.Load(db + r), O.SumAcross(scratch)));
        }
    }

    // Rows of C [· × 64] = A·B, whole panels of six; returns the row after the last that was computed. With scratch
    // for [128 × 6], a transposed A is first copied there, panel by panel: its columns lie far apart, each on a page
    // of its own.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Multiply(float* A, nint rowA, nint columnA, float* B, int k, float* C, int from, int to,
        float* packed)
    {
        var r = from;
        for (var start = 0; start < k; start += Depth)
        {
            var depth = Math.Min(Depth, k - start);
            for (r = from; r < to; r += RegisterTile<V, O>.Rows)
            {
                var a = A + r * rowA + start * columnA;
                if (packed != null)
                {
                    Pack(a, columnA, depth, packed);
                }

                for (var lane = 0; lane < Lanes; lane += RegisterTile<V, O>.Columns)
                {
                    var b = B + start * Lanes + lane;
                    var c = C + r * Lanes + lane;
                    if (packed != null)
                    {
                        RegisterTile<V, O>.Multiply(depth, packed, 1, RegisterTile<V, O>.Rows, b, Lanes, c, Lanes,
                            add: start > 0);
                    }
                    else
                    {
                        RegisterTile<V, O>.Multiply(depth, a, rowA, columnA, b, Lanes, c, Lanes, add: start > 0);
                    }
                }
            }
        }

        return r;
    }

    // Six floats of each column; the two that a vector of eight takes too many are overwritten by the next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pack(float* A, nint columnA, int columns, float* packed)
    {
        for (var i = 0; i < columns; i++, A += columnA, packed += RegisterTile<V, O>.Rows)
        {
            Vector256.Store(Vector256.Load(A), packed);
        }
    }
}
