using System.Runtime.Intrinsics;

namespace MnistGpu.Simd;

/// <summary>
/// C = A·B in float32 for matrices in plain row order: both operands are packed into panels that the register tile reads straight
/// through, then each worker takes blocks of C. The benches time it against BLAS; the engine's own layouts need no packing.
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
            throw new ArgumentException($"[{m} × {k}]·[{k} × {n}] does not fit {A.Length}, {B.Length} and {C.Length} elements.");
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

    // A block of B [128 × 64] fills two thirds of a 48 KB first-level cache and meets 16 panels of A there.
    private const int Depth = 128;
    private const int PanelsPerItem = 16;

    private readonly AlignedBuffer[] edges = [.. Enumerable.Range(0, workers.Count).Select(_ => AlignedBuffer.OfFloats(Panel * Columns))];
    private AlignedBuffer packedA = AlignedBuffer.OfFloats(0);
    private AlignedBuffer packedB = AlignedBuffer.OfFloats(0);
    private float* A;
    private float* B;
    private float* C;
    private int m;
    private int k;
    private int n;
    private bool packing;

    private int RowPanels => (m + Panel - 1) / Panel;

    private int RowItems => (RowPanels + PanelsPerItem - 1) / PanelsPerItem;

    private int ColumnPanels => (n + Columns - 1) / Columns;

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        if (!packing)
            Multiply(item % RowItems, item / RowItems, edges[worker].Floats);
        else if (item < ColumnPanels)
            PackB(item);
        else
            PackA(item - ColumnPanels);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        packedA.Dispose();
        packedB.Dispose();
        foreach (var edge in edges)
            edge.Dispose();
    }

    /// <inheritdoc/>
    protected override void Run(int m, int k, int n, float* A, float* B, float* C)
    {
        (this.m, this.k, this.n) = (m, k, n);
        this.A = A;
        this.B = B;
        this.C = C;
        Reserve(ref packedA, (long)RowPanels * Panel * k);
        Reserve(ref packedB, (long)ColumnPanels * Columns * k);
        packing = true;
        workers.Run(this, ColumnPanels + RowItems);
        packing = false;
        workers.Run(this, RowItems * ColumnPanels);
    }

    private static void Reserve(ref AlignedBuffer buffer, long floats)
    {
        if (buffer.Length >= floats * sizeof(float))
            return;
        buffer.Dispose();
        buffer = AlignedBuffer.OfFloats(floats);
    }

    // [k × 64], the columns past n zero.
    private void PackB(int panel)
    {
        var to = packedB.Floats + (long)panel * Columns * k;
        var columns = Math.Min(Columns, n - panel * Columns);
        for (var i = 0; i < k; i++, to += Columns)
        {
            new ReadOnlySpan<float>(B + (long)i * n + panel * Columns, columns).CopyTo(new Span<float>(to, columns));
            new Span<float>(to + columns, Columns - columns).Clear();
        }
    }

    // Panels of [k × 6]: a column of six rows together, the rows past m zero.
    private void PackA(int item)
    {
        for (var panel = item * PanelsPerItem; panel < Math.Min(RowPanels, (item + 1) * PanelsPerItem); panel++)
        {
            var to = packedA.Floats + (long)panel * Panel * k;
            for (var r = 0; r < Panel; r++)
            {
                var row = panel * Panel + r;
                for (var i = 0; i < k; i++)
                    to[i * Panel + r] = row < m ? A[(long)row * k + i] : 0;
            }
        }
    }

    private void Multiply(int rows, int panel, float* edge)
    {
        var columns = Math.Min(Columns, n - panel * Columns);
        var end = Math.Min(RowPanels, (rows + 1) * PanelsPerItem);
        for (var from = 0; from < k; from += Depth)
        {
            var depth = Math.Min(Depth, k - from);
            var b = packedB.Floats + (long)panel * Columns * k + from * Columns;
            for (var p = rows * PanelsPerItem; p < end; p++)
            {
                var a = packedA.Floats + (long)p * Panel * k + from * Panel;
                var c = C + (long)p * Panel * n + panel * Columns;
                var whole = columns == Columns && (p + 1) * Panel <= m;
                for (var j = 0; j < columns; j += RegisterTile<V, O>.Columns)
                {
                    if (whole)
                        RegisterTile<V, O>.Multiply(depth, a, 1, Panel, b + j, Columns, c + j, n, add: from > 0);
                    else
                        RegisterTile<V, O>.Multiply(depth, a, 1, Panel, b + j, Columns, edge + j, Columns, add: false);
                }

                if (!whole)
                    CopyEdge(edge, c, Math.Min(Panel, m - p * Panel), columns, add: from > 0);
            }
        }
    }

    private void CopyEdge(float* edge, float* c, int rows, int columns, bool add)
    {
        for (var r = 0; r < rows; r++)
        {
            for (var j = 0; j < columns; j++)
                c[(long)r * n + j] = edge[r * Columns + j] + (add ? c[(long)r * n + j] : 0);
        }
    }
}
