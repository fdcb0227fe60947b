using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistGpu.Simd.Vectors;

/// <summary>Four floats: SSE on x86, NEON on Arm.</summary>
internal readonly unsafe struct Ops128 : IVectorOps<Vector128<float>>
{
    /// <summary>Whether this machine runs it at full speed.</summary>
    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    public static int Count => 4;

    public static int TileVectors => 2;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float x) => Vector128.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* p) => Vector128.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* p, Vector128<float> x) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WidenBytes(byte* p) =>
        Vector128.ConvertToSingle(
            Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)p).AsByte())).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WidenByte(uint* words, int k) =>
        Vector128.ConvertToSingle(((Vector128.Load(words) >> (8 * k)) & Vector128.Create(255u)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowToBytes(byte* p, Vector128<float> x)
    {
        var words = Vector128.ConvertToInt32Native(x).AsUInt32();
        *(uint*)p = Vector128.Narrow(Vector128.Narrow(words, words), Vector128<ushort>.Zero).AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> y, Vector128<float> z) =>
        Vector128.MultiplyAddEstimate(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> x, Vector128<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> x, Vector128<float> y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> x, Vector128<float> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> x, Vector128<float> y) => x / y;

    public static Vector128<float> Sqrt(Vector128<float> x) => Vector128.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> IfLessOrEqual(Vector128<float> left, Vector128<float> right, Vector128<float> yes,
        Vector128<float> no) =>
        Vector128.ConditionalSelect(Vector128.LessThanOrEqual(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> IfGreater(Vector128<float> left, Vector128<float> right, Vector128<float> yes,
        Vector128<float> no) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> IfEqual(Vector128<float> left, Vector128<float> right, Vector128<float> yes,
        Vector128<float> no) =>
        Vector128.ConditionalSelect(Vector128.Equals(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Round(Vector128<float> x) => Vector128.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> PowerOfTwo(Vector128<float> n) =>
        Vector128.ShiftLeft(Vector128.ConvertToInt32Native(n) + Vector128.Create(127), 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumAcross(float* rows) => Vector128.Create(
        Vector128.Sum(Load(rows)), Vector128.Sum(Load(rows + 4)), Vector128.Sum(Load(rows + 8)),
        Vector128.Sum(Load(rows + 12)));
}
