using System.Runtime.Intrinsics;

namespace MnistGpu.Simd.Vectors;

/// <summary>
/// What the wide vectors do by instructions of their own, for a machine that lacks them: slow, but the same bits, so
/// that every width is tested on every machine.
/// </summary>
internal static unsafe class Emulation
{
    /// <summary>Sixteen bytes as floats.</summary>
    public static Vector512<float> Widen16(byte* p) => Vector512.Create(Widen8(p), Widen8(p + 8));

    /// <summary>Eight bytes as floats.</summary>
    public static Vector256<float> Widen8(byte* p)
    {
        var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte());
        var (low, high) = Vector128.Widen(words);
        return Vector256.Create(Vector128.ConvertToSingle(low.AsInt32()), Vector128.ConvertToSingle(high.AsInt32()));
    }

    /// <summary>The low byte of each of sixteen whole numbers.</summary>
    public static void Narrow16(byte* p, Vector512<int> x)
    {
        for (var i = 0; i < 16; i++)
        {
            p[i] = (byte)x[i];
        }
    }

    /// <summary>The sums of sixteen rows of sixteen, added in the order of <see cref="Ops512.SumAcross"/>.</summary>
    public static Vector512<float> SumAcross16(float* rows)
    {
        var sums = stackalloc float[16];
        for (var row = 0; row < 16; row++, rows += 16)
        {
            sums[row] = Quarter(rows) + Quarter(rows + 4) + (Quarter(rows + 8) + Quarter(rows + 12));
        }

        return Vector512.Load(sums);

        static float Quarter(float* x) => x[0] + x[2] + (x[1] + x[3]);
    }

    /// <summary>The sums of eight rows of eight, added in the order of <see cref="Ops256.SumAcross"/>.</summary>
    public static Vector256<float> SumAcross8(float* rows)
    {
        var sums = stackalloc float[8];
        for (var row = 0; row < 8; row++, rows += 8)
        {
            sums[row] = Half(rows) + Half(rows + 4);
        }

        return Vector256.Load(sums);

        static float Half(float* x) => x[0] + x[1] + (x[2] + x[3]);
    }
}
