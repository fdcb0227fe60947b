using System.Runtime.CompilerServices;

namespace MnistGpu.Simd.Vectors;

/// <summary>One float: machines without vectors, and a plain check of the kernels.</summary>
internal readonly unsafe struct OpsScalar : IVectorOps<float>
{
    public static int Count => 1;

    public static int TileVectors => 2;

    public static float Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Broadcast(float x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* p) => *p;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* p, float x) => *p = x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WidenBytes(byte* p) => *p;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WidenByte(uint* words, int k) => *words >> (8 * k) & 255;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowToBytes(byte* p, float x) => *p = (byte)x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float x, float y, float z) => float.MultiplyAddEstimate(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float x, float y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Subtract(float x, float y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Multiply(float x, float y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Divide(float x, float y) => x / y;

    public static float Sqrt(float x) => MathF.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float IfLessOrEqual(float left, float right, float yes, float no) => left <= right ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float IfGreater(float left, float right, float yes, float no) => left > right ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float IfEqual(float left, float right, float yes, float no) => left == right ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float x) => MathF.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float PowerOfTwo(float n) => BitConverter.Int32BitsToSingle(((int)n + 127) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumAcross(float* rows) => *rows;
}
