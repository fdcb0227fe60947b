using System.Runtime.Intrinsics;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Operations;

/// <summary>
/// C = A·B in float32 for matrices in plain row order: both operands are packed into panels that the register tile
/// reads straight through, then each worker takes blocks of C. The benches time it against BLAS; the engine's own
/// layouts need no packing.
/// </summary>
internal abstract unsafe class Sgemm : IDisposable
{
    /// <summary>A product of this machine's widest vectors, or of a given width.</summary>
    public static Sgemm Create(Workers workers, VectorWidth? width = null) => (width ?? VectorWidths.Widest) switch
    {
        VectorWidth.Bits512 => new Sgemm<Vector512<float>, Ops512>(workers),
        VectorWidth.Bits256 => new Sgemm<Vector256<float>, Ops256>(workers),
        VectorWidth.Bits128 => new Sgemm<Vector128<float>, Ops128>(workers),
        _ => new Sgemm<float, OpsScalar>(workers),
    };

    /// <summary>C [m × n] = A [m × k]·B [k × n].</summary>
    /// <exception cref="ArgumentException">A matrix has another size.</exception>
    public void Multiply(int m, int k, int n, ReadOnlySpan<float> A, ReadOnlySpan<float> B, Span<float> C)
    {
        if (m < 1 || k < 1 || n < 1 || A.Length != (long)m * k || B.Length != (long)k * n || C.Length != (long)m * n)
        {
            throw new ArgumentException(
                $"[{m} × {k}]·[{k} × {n}] does not fit {A.Length}, {B.Length} and {C.Length} elements.");
        }

        fixed (float* a = A, b = B, c = C)
        {
            Run(m, k, n, a, b, c);
        }
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The product, sizes checked.</summary>
    protected abstract void Run(int m, int k, int n, float* A, float* B, float* C);
}

/// <inheritdoc cref="Sgemm"/>
internal sealed unsafe class Sgemm<V, O>(Workers workers) : Sgemm, IWork
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Panel = ParameterLayout.Panel;
    private const int Columns = 64;

    // A block of B [1,024 × 64] fills a quarter of a 1 MB second-level cache and meets all of an item's panels of A
    // there: a row of it takes less time to fetch than the 24 multiply-adds that it serves. Blocks that stay in the
    // first-level cache are shallower, and C is read and written more often.
    private const int Depth = 1024;
    private const int PanelsPerItem = 43;

    private readonly AlignedBuffer[] edges = Scratch(workers.Count, Panel * Columns);
    private readonly AlignedBuffer[] blocksOfB = Scratch(workers.Count, Depth * Columns);
    private AlignedBuffer packedA = AlignedBuffer.OfFloats(0);
    private float* A;
    private float* B;
    private float* C;
    private int m;
    private int k;
    private int n;
    private bool packing;
    private bool packsA;

    private int RowPanels => (m + Panel - 1) / Panel;

    private int RowItems => (RowPanels + PanelsPerItem - 1) / PanelsPerItem;

    private int ColumnPanels => (n + Columns - 1) / Columns;

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        if (packing)
        {
            PackA(packsA ? item * PanelsPerItem : RowPanels - 1, packsA ? PanelsPerItem : 1, item);
        }
        else
        {
            Multiply(item % RowItems, item / RowItems, blocksOfB[worker].Floats, edges[worker].Floats);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        packedA.Dispose();
        foreach (var buffer in (AlignedBuffer[])[.. edges, .. blocksOfB])
        {
            buffer.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void Run(int m, int k, int n, float* A, float* B, float* C)
    {
        (this.m, this.k, this.n) = (m, k, n);
        this.A = A;
        this.B = B;
        this.C = C;
        // Rows of A a multiple of 1 KB apart would push each other out of the cache; others are read where they are.
        packsA = k % 256 == 0;
        var needed = (long)(packsA ? RowPanels : 1) * Panel * k;
        if (packedA.Length < needed * sizeof(float))
        {
            packedA.Dispose();
            packedA = AlignedBuffer.OfFloats(needed);
        }

        packing = true;
        workers.Run(this, packsA ? RowItems : 1);
        packing = false;
        workers.Run(this, RowItems * ColumnPanels);
    }

    private static AlignedBuffer[] Scratch(int count, int floats)
    {
        var buffers = new AlignedBuffer[count];
        for (var i = 0; i < count; i++)
        {
            buffers[i] = AlignedBuffer.OfFloats(floats);
        }

        return buffers;
    }

    // Some panels of A, cut into blocks of 1,024 columns and those into panels [6 × 1,024], in the order in which they
    // will be read; rows past m are zeros.
    private void PackA(int panel, int panels, int item)
    {
        var first = panel * Panel;
        var end = Math.Min(panel + panels, RowPanels) * Panel;
        var to = packedA.Floats + (long)item * PanelsPerItem * Panel * k;
        for (var from = 0; from < k; from += Depth)
        {
            var depth = Math.Min(Depth, k - from);
            for (var row = first; row < end; row++, to += depth)
            {
                var packed = new Span<float>(to, depth);
                if (row < m)
                {
                    new ReadOnlySpan<float>(A + (long)row * k + from, depth).CopyTo(packed);
                }
                else
                {
                    packed.Clear();
                }
            }
        }
    }

    // [depth × 64], the columns past n zeros.
    private void PackB(int from, int depth, int panel, int columns, float* to)
    {
        var row = B + (long)from * n + panel * Columns;
        for (var i = 0; i < depth; i++, to += Columns, row += n)
        {
            if (columns == Columns)
            {
                for (var j = 0; j < Columns; j += O.Count)
                {
                    O.Store(to + j, O.Load(row + j));
                }
            }
            else
            {
                new ReadOnlySpan<float>(row, columns).CopyTo(new Span<float>(to, columns));
                new Span<float>(to + columns, Columns - columns).Clear();
            }
        }
    }

    private void Multiply(int item, int panel, float* b, float* edge)
    {
        var columns = Math.Min(Columns, n - panel * Columns);
        var end = Math.Min(RowPanels, (item + 1) * PanelsPerItem);
        var packed = packedA.Floats + (packsA ? (long)item * PanelsPerItem * Panel * k : 0);
        for (var from = 0; from < k; from += Depth)
        {
            var depth = Math.Min(Depth, k - from);
            PackB(from, depth, panel, columns, b);
            for (var p = item * PanelsPerItem; p < end; p++)
            {
                var inPlace = !packsA && (p + 1) * Panel <= m;
                var a = inPlace ? A + (long)p * Panel * k + from : packed;
                var rowA = inPlace ? k : depth;
                packed += inPlace ? 0 : Panel * depth;
                var c = C + (long)p * Panel * n + panel * Columns;
                var whole = columns == Columns && (p + 1) * Panel <= m;
                for (var j = 0; j < columns; j += RegisterTile<V, O>.Columns)
                {
                    if (whole)
                    {
                        RegisterTile<V, O>.Multiply(depth, a, rowA, 1, b + j, Columns, c + j, n, add: from > 0);
                    }
                    else
                    {
                        RegisterTile<V, O>.Multiply(depth, a, rowA, 1, b + j, Columns, edge + j, Columns, add: false);
                    }
                }

                if (!whole)
                {
                    CopyEdge(edge, c, Math.Min(Panel, m - p * Panel), columns, add: from > 0);
                }
            }
        }
    }

    private void CopyEdge(float* edge, float* c, int rows, int columns, bool add)
    {
        for (var r = 0; r < rows; r++)
        {
            for (var j = 0; j < columns; j++)
            {
                c[(long)r * n + j] = edge[r * Columns + j] + (add ? c[(long)r * n + j] : 0);
            }
        }
    }
}
