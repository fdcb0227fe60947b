using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MnistGpu.Simd.Vectors;

/// <summary>Sixteen floats: AVX-512.</summary>
internal readonly unsafe struct Ops512 : IVectorOps<Vector512<float>>
{
    /// <summary>Whether this machine runs it at full speed.</summary>
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported;

    public static int Count => 16;

    public static int TileVectors => 4;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float x) => Vector512.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* p) => Vector512.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* p, Vector512<float> x) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WidenBytes(byte* p) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(p)))
        : Emulation.Widen16(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WidenByte(uint* words, int k) =>
        Vector512.ConvertToSingle(((Vector512.Load(words) >> (8 * k)) & Vector512.Create(255u)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowToBytes(byte* p, Vector512<float> x)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector128Byte(Vector512.ConvertToInt32Native(x)).Store(p);
        }
        else
        {
            Emulation.Narrow16(p, Vector512.ConvertToInt32Native(x));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> z) =>
        Vector512.FusedMultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> x, Vector512<float> y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> x, Vector512<float> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> x, Vector512<float> y) => x / y;

    public static Vector512<float> Sqrt(Vector512<float> x) => Vector512.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> IfLessOrEqual(Vector512<float> left, Vector512<float> right, Vector512<float> yes,
        Vector512<float> no) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> IfGreater(Vector512<float> left, Vector512<float> right, Vector512<float> yes,
        Vector512<float> no) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> IfEqual(Vector512<float> left, Vector512<float> right, Vector512<float> yes,
        Vector512<float> no) =>
        Vector512.ConditionalSelect(Vector512.Equals(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> x) => Vector512.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> n) =>
        Vector512.ShiftLeft(Vector512.ConvertToInt32Native(n) + Vector512.Create(127), 23).AsSingle();

    // Pairs of rows are merged with their neighbouring lanes, then lanes two apart, then 128-bit quarters: 16 vectors
    // become 8, 4, 2 and 1, and each lane has gathered one row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumAcross(float* rows)
    {
        if (!Avx512F.IsSupported)
        {
            return Emulation.SumAcross16(rows);
        }

        var q0 = Four(rows);
        var q1 = Four(rows + 64);
        var q2 = Four(rows + 128);
        var q3 = Four(rows + 192);
        var h0 = Avx512F.Shuffle4x128(q0, q1, 0x88) + Avx512F.Shuffle4x128(q0, q1, 0xDD);
        var h1 = Avx512F.Shuffle4x128(q2, q3, 0x88) + Avx512F.Shuffle4x128(q2, q3, 0xDD);
        return Avx512F.Shuffle4x128(h0, h1, 0x88) + Avx512F.Shuffle4x128(h0, h1, 0xDD);
    }

    // In each 128-bit quarter: the sums of that quarter of rows 0, 1, 2, 3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Four(float* rows)
    {
        Vector512<float> r0 = Load(rows), r1 = Load(rows + 16), r2 = Load(rows + 32), r3 = Load(rows + 48);
        var p01 = Avx512F.UnpackLow(r0, r1) + Avx512F.UnpackHigh(r0, r1);
        var p23 = Avx512F.UnpackLow(r2, r3) + Avx512F.UnpackHigh(r2, r3);
        return Avx512F.UnpackLow(p01.AsDouble(), p23.AsDouble()).AsSingle()
            + Avx512F.UnpackHigh(p01.AsDouble(), p23.AsDouble()).AsSingle();
    }
}
