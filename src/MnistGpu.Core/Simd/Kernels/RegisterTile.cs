using System.Runtime.CompilerServices;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The register tile every dense product is made of: C[6 × n] = A[6 × k]·B[k × n] (or added to C), where n is four
/// vectors with the 32 registers of AVX-512 and two with 16. The 6·n sums stay in registers over the whole of k.
/// </summary>
/// <remarks>
/// A is read one number at a time with any strides, so W and Wᵀ need no copies; B and C by vectors along their rows.
/// The sums are written out one by one because the JIT keeps only named locals in registers.
/// </remarks>
internal static unsafe class RegisterTile<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    /// <summary>Rows of C.</summary>
    public const int Rows = ParameterLayout.Panel;

    /// <summary>Columns of C: 64, 16, 8 or 2, always a divisor of 64.</summary>
    public static int Columns => O.TileVectors * O.Count;

    /// <summary>One tile of C.</summary>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="A">The first of six rows.</param>
    /// <param name="rowA">From one row of A to the next.</param>
    /// <param name="columnA">From one column of A to the next.</param>
    /// <param name="B">The first of k rows.</param>
    /// <param name="rowB">From one row of B to the next.</param>
    /// <param name="C">The first of six rows.</param>
    /// <param name="rowC">From one row of C to the next.</param>
    /// <param name="add">Whether C is added to or overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int k, float* A, nint rowA, nint columnA, float* B, nint rowB, float* C, nint rowC,
        bool add)
    {
        if (O.TileVectors == 4)
        {
            MultiplyFourVectors(k, A, rowA, columnA, B, rowB, C, rowC, add);
        }
        else
        {
            MultiplyTwoVectors(k, A, rowA, columnA, B, rowB, C, rowC, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFourVectors(int k, float* A, nint rowA, nint columnA, float* B, nint rowB, float* C,
        nint rowC, bool add)
    {
        V c00 = O.Zero, c01 = O.Zero, c02 = O.Zero, c03 = O.Zero;
        V c10 = O.Zero, c11 = O.Zero, c12 = O.Zero, c13 = O.Zero;
        V c20 = O.Zero, c21 = O.Zero, c22 = O.Zero, c23 = O.Zero;
        V c30 = O.Zero, c31 = O.Zero, c32 = O.Zero, c33 = O.Zero;
        V c40 = O.Zero, c41 = O.Zero, c42 = O.Zero, c43 = O.Zero;
        V c50 = O.Zero, c51 = O.Zero, c52 = O.Zero, c53 = O.Zero;
        var A3 = A + 3 * rowA;
        var rowA2 = 2 * rowA;
        for (var i = 0; i < k; i++)
        {
            var b0 = O.Load(B);
            var b1 = O.Load(B + O.Count);
            var b2 = O.Load(B + 2 * O.Count);
            var b3 = O.Load(B + 3 * O.Count);
            var a = O.Broadcast(A[0]);
            c00 = O.MultiplyAdd(a, b0, c00);
            c01 = O.MultiplyAdd(a, b1, c01);
            c02 = O.MultiplyAdd(a, b2, c02);
            c03 = O.MultiplyAdd(a, b3, c03);
            a = O.Broadcast(A[rowA]);
            c10 = O.MultiplyAdd(a, b0, c10);
            c11 = O.MultiplyAdd(a, b1, c11);
            c12 = O.MultiplyAdd(a, b2, c12);
            c13 = O.MultiplyAdd(a, b3, c13);
            a = O.Broadcast(A[rowA2]);
            c20 = O.MultiplyAdd(a, b0, c20);
            c21 = O.MultiplyAdd(a, b1, c21);
            c22 = O.MultiplyAdd(a, b2, c22);
            c23 = O.MultiplyAdd(a, b3, c23);
            a = O.Broadcast(A3[0]);
            c30 = O.MultiplyAdd(a, b0, c30);
            c31 = O.MultiplyAdd(a, b1, c31);
            c32 = O.MultiplyAdd(a, b2, c32);
            c33 = O.MultiplyAdd(a, b3, c33);
            a = O.Broadcast(A3[rowA]);
            c40 = O.MultiplyAdd(a, b0, c40);
            c41 = O.MultiplyAdd(a, b1, c41);
            c42 = O.MultiplyAdd(a, b2, c42);
            c43 = O.MultiplyAdd(a, b3, c43);
            a = O.Broadcast(A3[rowA2]);
            c50 = O.MultiplyAdd(a, b0, c50);
            c51 = O.MultiplyAdd(a, b1, c51);
            c52 = O.MultiplyAdd(a, b2, c52);
            c53 = O.MultiplyAdd(a, b3, c53);
            A += columnA;
            A3 += columnA;
            B += rowB;
        }

        if (add)
        {
            Add4(C, c00, c01, c02, c03);
            Add4(C + rowC, c10, c11, c12, c13);
            Add4(C + 2 * rowC, c20, c21, c22, c23);
            Add4(C + 3 * rowC, c30, c31, c32, c33);
            Add4(C + 4 * rowC, c40, c41, c42, c43);
            Add4(C + 5 * rowC, c50, c51, c52, c53);
        }
        else
        {
            Store4(C, c00, c01, c02, c03);
            Store4(C + rowC, c10, c11, c12, c13);
            Store4(C + 2 * rowC, c20, c21, c22, c23);
            Store4(C + 3 * rowC, c30, c31, c32, c33);
            Store4(C + 4 * rowC, c40, c41, c42, c43);
            Store4(C + 5 * rowC, c50, c51, c52, c53);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add4(float* C, V c0, V c1, V c2, V c3)
    {
        O.Store(C, O.Add(O.Load(C), c0));
        O.Store(C + O.Count, O.Add(O.Load(C + O.Count), c1));
        O.Store(C + 2 * O.Count, O.Add(O.Load(C + 2 * O.Count), c2));
        O.Store(C + 3 * O.Count, O.Add(O.Load(C + 3 * O.Count), c3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4(float* C, V c0, V c1, V c2, V c3)
    {
        O.Store(C, c0);
        O.Store(C + O.Count, c1);
        O.Store(C + 2 * O.Count, c2);
        O.Store(C + 3 * O.Count, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTwoVectors(int k, float* A, nint rowA, nint columnA, float* B, nint rowB, float* C,
        nint rowC, bool add)
    {
        V c00 = O.Zero, c01 = O.Zero;
        V c10 = O.Zero, c11 = O.Zero;
        V c20 = O.Zero, c21 = O.Zero;
        V c30 = O.Zero, c31 = O.Zero;
        V c40 = O.Zero, c41 = O.Zero;
        V c50 = O.Zero, c51 = O.Zero;
        var A3 = A + 3 * rowA;
        var rowA2 = 2 * rowA;
        for (var i = 0; i < k; i++)
        {
            var b0 = O.Load(B);
            var b1 = O.Load(B + O.Count);
            var a = O.Broadcast(A[0]);
            c00 = O.MultiplyAdd(a, b0, c00);
            c01 = O.MultiplyAdd(a, b1, c01);
            a = O.Broadcast(A[rowA]);
            c10 = O.MultiplyAdd(a, b0, c10);
            c11 = O.MultiplyAdd(a, b1, c11);
            a = O.Broadcast(A[rowA2]);
            c20 = O.MultiplyAdd(a, b0, c20);
            c21 = O.MultiplyAdd(a, b1, c21);
            a = O.Broadcast(A3[0]);
            c30 = O.MultiplyAdd(a, b0, c30);
            c31 = O.MultiplyAdd(a, b1, c31);
            a = O.Broadcast(A3[rowA]);
            c40 = O.MultiplyAdd(a, b0, c40);
            c41 = O.MultiplyAdd(a, b1, c41);
            a = O.Broadcast(A3[rowA2]);
            c50 = O.MultiplyAdd(a, b0, c50);
            c51 = O.MultiplyAdd(a, b1, c51);
            A += columnA;
            A3 += columnA;
            B += rowB;
        }

        if (add)
        {
            Add2(C, c00, c01);
            Add2(C + rowC, c10, c11);
            Add2(C + 2 * rowC, c20, c21);
            Add2(C + 3 * rowC, c30, c31);
            Add2(C + 4 * rowC, c40, c41);
            Add2(C + 5 * rowC, c50, c51);
        }
        else
        {
            Store2(C, c00, c01);
            Store2(C + rowC, c10, c11);
            Store2(C + 2 * rowC, c20, c21);
            Store2(C + 3 * rowC, c30, c31);
            Store2(C + 4 * rowC, c40, c41);
            Store2(C + 5 * rowC, c50, c51);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add2(float* C, V c0, V c1)
    {
        O.Store(C, O.Add(O.Load(C), c0));
        O.Store(C + O.Count, O.Add(O.Load(C + O.Count), c1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2(float* C, V c0, V c1)
    {
        O.Store(C, c0);
        O.Store(C + O.Count, c1);
    }
}
