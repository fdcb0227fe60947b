using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// Turns rows into columns, four by four in registers, or sixteen by sixteen where they are that wide.
/// </summary>
internal static unsafe class Transposition
{
    /// <summary>
    /// to[c, r] = from[r, c]; <paramref name="rows"/> and <paramref name="columns"/> are multiples of 4.
    /// </summary>
    /// <param name="from">[rows × columns], <paramref name="rowFrom"/> apart.</param>
    /// <param name="rowFrom">From one row to the next.</param>
    /// <param name="rows">Rows that are read.</param>
    /// <param name="columns">Columns that are read.</param>
    /// <param name="to">[columns × rows], <paramref name="rowTo"/> apart.</param>
    /// <param name="rowTo">From one row of the result to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(float* from, nint rowFrom, int rows, int columns, float* to, nint rowTo)
    {
        if (Avx512F.IsSupported && rows % 16 == 0 && columns % 16 == 0)
        {
            BySixteen(from, rowFrom, rows, columns, to, rowTo);
            return;
        }

        for (var r = 0; r < rows; r += 4)
        {
            for (var c = 0; c < columns; c += 4)
            {
                var x = from + r * rowFrom + c;
                var y = to + c * rowTo + r;
                Vector128<float> r0 = Vector128.Load(x), r1 = Vector128.Load(x + rowFrom),
                    r2 = Vector128.Load(x + 2 * rowFrom), r3 = Vector128.Load(x + 3 * rowFrom);
                Vector128<float> a = Low(r0, r2), b = Low(r1, r3), d = High(r0, r2), e = High(r1, r3);
                Low(a, b).Store(y);
                High(a, b).Store(y + rowTo);
                Low(d, e).Store(y + 2 * rowTo);
                High(d, e).Store(y + 3 * rowTo);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BySixteen(float* from, nint rowFrom, int rows, int columns, float* to, nint rowTo)
    {
        for (var r = 0; r < rows; r += 16)
        {
            for (var c = 0; c < columns; c += 16)
            {
                var x = from + r * rowFrom + c;
                var y = to + c * rowTo + r;
                var (a0, a1, a2, a3) = FourRows(x, rowFrom);
                var (b0, b1, b2, b3) = FourRows(x + 4 * rowFrom, rowFrom);
                var (c0, c1, c2, c3) = FourRows(x + 8 * rowFrom, rowFrom);
                var (d0, d1, d2, d3) = FourRows(x + 12 * rowFrom, rowFrom);
                FourColumns(a0, b0, c0, d0, y, rowTo);
                FourColumns(a1, b1, c1, d1, y + rowTo, rowTo);
                FourColumns(a2, b2, c2, d2, y + 2 * rowTo, rowTo);
                FourColumns(a3, b3, c3, d3, y + 3 * rowTo, rowTo);
            }
        }
    }

    // Vector k has, in each 128-bit quarter q, column 4·q + k of the four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> K0, Vector512<float> K1, Vector512<float> K2, Vector512<float> K3) FourRows(
        float* x, nint row)
    {
        Vector512<float> r0 = Vector512.Load(x), r1 = Vector512.Load(x + row), r2 = Vector512.Load(x + 2 * row),
            r3 = Vector512.Load(x + 3 * row);
        Vector512<double> a = Avx512F.UnpackLow(r0, r1).AsDouble(), b = Avx512F.UnpackHigh(r0, r1).AsDouble(),
            c = Avx512F.UnpackLow(r2, r3).AsDouble(), d = Avx512F.UnpackHigh(r2, r3).AsDouble();
        return (Avx512F.UnpackLow(a, c).AsSingle(), Avx512F.UnpackHigh(a, c).AsSingle(),
            Avx512F.UnpackLow(b, d).AsSingle(), Avx512F.UnpackHigh(b, d).AsSingle());
    }

    // Columns k, 4 + k, 8 + k and 12 + k: the same quarter of each vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourColumns(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d,
        float* y, nint row)
    {
        Vector512<float> even = Avx512F.Shuffle4x128(a, b, 0x88), evenToo = Avx512F.Shuffle4x128(c, d, 0x88);
        Vector512<float> odd = Avx512F.Shuffle4x128(a, b, 0xDD), oddToo = Avx512F.Shuffle4x128(c, d, 0xDD);
        Avx512F.Shuffle4x128(even, evenToo, 0x88).Store(y);
        Avx512F.Shuffle4x128(odd, oddToo, 0x88).Store(y + 4 * row);
        Avx512F.Shuffle4x128(even, evenToo, 0xDD).Store(y + 8 * row);
        Avx512F.Shuffle4x128(odd, oddToo, 0xDD).Store(y + 12 * row);
    }

    // x0 y0 x1 y1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackLow(x, y)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y)
        : Vector128.Create(x[0], y[0], x[1], y[1]);

    // x2 y2 x3 y3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackHigh(x, y)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y)
        : Vector128.Create(x[2], y[2], x[3], y[3]);
}
