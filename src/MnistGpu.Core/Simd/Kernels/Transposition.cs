using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MnistGpu.Simd.Kernels;

/// <summary>Turns rows into columns, four by four in registers.</summary>
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
