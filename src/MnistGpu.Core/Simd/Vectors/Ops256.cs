using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MnistGpu.Simd.Vectors;

/// <summary>Eight floats: AVX2 with fused multiply-add.</summary>
internal readonly unsafe struct Ops256 : IVectorOps<Vector256<float>>
{
    /// <summary>Whether this machine runs it at full speed.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count => 8;

    public static int TileVectors => 2;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float x) => Vector256.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* p) => Vector256.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* p, Vector256<float> x) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WidenBytes(byte* p) =>
        Avx2.IsSupported ? Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(p)) : Emulation.Widen8(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WidenByte(uint* words, int k) =>
        Vector256.ConvertToSingle(((Vector256.Load(words) >> (8 * k)) & Vector256.Create(255u)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowToBytes(byte* p, Vector256<float> x)
    {
        var halves = Vector256.ConvertToInt32Native(x);
        Vector128.Narrow(Vector128.Narrow(halves.GetLower(), halves.GetUpper()).AsUInt16(),
            Vector128<ushort>.Zero).GetLower().Store(p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> z) =>
        Vector256.FusedMultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> x, Vector256<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> x, Vector256<float> y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> x, Vector256<float> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> x, Vector256<float> y) => x / y;

    public static Vector256<float> Sqrt(Vector256<float> x) => Vector256.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> IfLessOrEqual(Vector256<float> left, Vector256<float> right, Vector256<float> yes,
        Vector256<float> no) =>
        Vector256.ConditionalSelect(Vector256.LessThanOrEqual(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> IfGreater(Vector256<float> left, Vector256<float> right, Vector256<float> yes,
        Vector256<float> no) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> IfEqual(Vector256<float> left, Vector256<float> right, Vector256<float> yes,
        Vector256<float> no) =>
        Vector256.ConditionalSelect(Vector256.Equals(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Round(Vector256<float> x) => Vector256.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> PowerOfTwo(Vector256<float> n) =>
        Vector256.ShiftLeft(Vector256.ConvertToInt32Native(n) + Vector256.Create(127), 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumAcross(float* rows)
    {
        if (!Avx.IsSupported)
        {
            return Emulation.SumAcross8(rows);
        }

        // Each 128-bit half holds the sums of that half of four rows; the halves are then added across.
        var low = Avx.HorizontalAdd(
            Avx.HorizontalAdd(Load(rows), Load(rows + 8)),
            Avx.HorizontalAdd(Load(rows + 16), Load(rows + 24)));
        var high = Avx.HorizontalAdd(
            Avx.HorizontalAdd(Load(rows + 32), Load(rows + 40)),
            Avx.HorizontalAdd(Load(rows + 48), Load(rows + 56)));
        return Avx.Permute2x128(low, high, 0x20) + Avx.Permute2x128(low, high, 0x31);
    }
}
