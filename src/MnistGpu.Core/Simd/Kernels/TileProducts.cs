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

    /// <summary>
    /// Rows of Wᵀ that <see cref="Backward"/> packs at once: panels of six, and a multiple of the eight units whose
    /// dropout one counter draws.
    /// </summary>
    public const int BackwardRows = 4 * ParameterLayout.Panel;

    // A panel's last vector ends two floats after it.
    private const int PackedPanel = Depth * ParameterLayout.Panel + 8;

    /// <summary>Floats that <see cref="Backward"/> needs.</summary>
    public const int PackedLength = BackwardRows / ParameterLayout.Panel * PackedPanel;

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
        var end = from + Panels(to - from);
        for (var start = 0; start < k; start += Depth)
        {
            var depth = Math.Min(Depth, k - start);
            for (var r = from; r < to; r += RegisterTile<V, O>.Rows)
            {
                var w = W + r * rowW + start;
                if (r + RegisterTile<V, O>.Rows < to)
                {
                    // Where W is wide, each row begins on another page, which prefetchers seldom cross to.
                    Prefetch.Rows(w + RegisterTile<V, O>.Rows * rowW, rowW, RegisterTile<V, O>.Rows, depth);
                }

                Multiply(depth, w, rowW, 1, A + start * Lanes, Z + r * Lanes, add: start > 0);
            }
        }

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
    /// multiple of 6) of some tiles, f the activation; <see cref="Activations{V, O}.Differentiate"/> says when
    /// dropout's factor is in it.
    /// </summary>
    /// <remarks>Wᵀ's columns lie far apart, where W is wide each on a page of its own: they are packed once for all
    /// tiles.</remarks>
    /// <param name="W">[k × in], <paramref name="rowW"/> apart.</param>
    /// <param name="rowW">From one row of W to the next.</param>
    /// <param name="tiles">How many tiles.</param>
    /// <param name="dZ">dZl [k × 64] of the first tile.</param>
    /// <param name="apart">From dZl of one tile to the next.</param>
    /// <param name="k">Rows of W.</param>
    /// <param name="A">A(l−1) [in × 64] of the first tile, after dropout.</param>
    /// <param name="dZBelow">dZ(l−1) [in × 64] of the first tile.</param>
    /// <param name="apartBelow">From A(l−1) or dZ(l−1) of one tile to the next.</param>
    /// <param name="from">The first row.</param>
    /// <param name="to">The row after the last.</param>
    /// <param name="packed"><see cref="PackedLength"/> floats.</param>
    /// <param name="activation">f.</param>
    /// <param name="scale">1/(1 − p) of dropout, 1 without.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* W, nint rowW, int tiles, float* dZ, nint apart, int k, float* A, float* dZBelow,
        nint apartBelow, int from, int to, float* packed, Activation activation, float scale)
    {
        var end = from;
        for (; end < to; end += Math.Min(BackwardRows, Panels(to - end)))
        {
            var rows = Math.Min(BackwardRows, Panels(to - end));
            for (var start = 0; start < k; start += Depth)
            {
                var depth = Math.Min(Depth, k - start);
                Pack(W + end + start * rowW, rowW, depth, rows, packed);
                for (var tile = 0; tile < tiles; tile++)
                {
                    for (var r = 0; r < rows; r += RegisterTile<V, O>.Rows)
                    {
                        var panel = packed + r / RegisterTile<V, O>.Rows * PackedPanel;
                        Multiply(depth, panel, 1, RegisterTile<V, O>.Rows, dZ + tile * apart + start * Lanes,
                            dZBelow + tile * apartBelow + (end + r) * Lanes, add: start > 0);
                    }
                }
            }
        }

        for (var tile = 0; tile < tiles; tile++)
        {
            var at = tile * apartBelow + from * Lanes;
            Activations<V, O>.Differentiate(activation, A + at, dZBelow + at, (end - from) * Lanes, scale);
        }
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

    // A panel's rows of C [6 × 64] = A [6 × k]·B [k × 64].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(int k, float* A, nint rowA, nint columnA, float* B, float* C, bool add)
    {
        for (var lane = 0; lane < Lanes; lane += RegisterTile<V, O>.Columns)
        {
            RegisterTile<V, O>.Multiply(k, A, rowA, columnA, B + lane, Lanes, C + lane, Lanes, add);
        }
    }

    // Rows up to the end of the last panel of six.
    private static int Panels(int rows) => (rows + RegisterTile<V, O>.Rows - 1)
        / RegisterTile<V, O>.Rows * RegisterTile<V, O>.Rows;

    // Panels of six floats of each column; the two that a vector of eight takes too many are overwritten by the next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pack(float* A, nint columnA, int columns, int rows, float* packed)
    {
        for (var i = 0; i < columns; i++, A += columnA, packed += RegisterTile<V, O>.Rows)
        {
            var to = packed;
            for (var r = 0; r < rows; r += RegisterTile<V, O>.Rows, to += PackedPanel)
            {
                Vector256.Store(Vector256.Load(A + r), to);
            }
        }
    }
}
