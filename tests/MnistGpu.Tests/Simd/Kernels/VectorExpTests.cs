using System.Runtime.Intrinsics;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd.Kernels;

/// <summary>
/// The exponential's promise: within 2 units in the last place of Math.Exp over its range, 0 below it, NaN kept.
/// </summary>
public sealed class VectorExpTests
{
    private static readonly float[] Above =
        [-0f, 0f, 1e-30f, -1e-30f, 0.34657f, 0.34658f, 87.9f, 88f, VectorExp.Lowest, -1f, 1f];

    [Fact]
    public void WithinTwoUnits512() => Within<Vector512<float>, Ops512>();

    [Fact]
    public void WithinTwoUnits256() => Within<Vector256<float>, Ops256>();

    [Fact]
    public void WithinTwoUnits128() => Within<Vector128<float>, Ops128>();

    [Fact]
    public void WithinTwoUnitsScalar() => Within<float, OpsScalar>();

    [Theory]
    [InlineData(-87.34f, 0f)]
    [InlineData(-104f, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void BelowTheRangeIsZeroAndNaNIsKept(float x, float expected)
    {
        Assert.Equal(expected, Exp<Vector512<float>, Ops512>([x])[0]);
        Assert.Equal(expected, Exp<Vector256<float>, Ops256>([x])[0]);
        Assert.Equal(expected, Exp<Vector128<float>, Ops128>([x])[0]);
        Assert.Equal(expected, Exp<float, OpsScalar>([x])[0]);
    }

    private static void Within<V, O>()
        where V : struct
        where O : struct, IVectorOps<V>
    {
        // Every 1,009th float of the range, both signs: about two million.
        var x = new List<float>(Above);
        for (var bits = BitConverter.SingleToUInt32Bits(88f); bits > 0x30000000; bits -= 1009)
        {
            var value = BitConverter.UInt32BitsToSingle(bits);
            x.Add(value);
            if (-value >= VectorExp.Lowest)
            {
                x.Add(-value);
            }
        }

        var y = Exp<V, O>([.. x]);
        for (var i = 0; i < y.Length; i++)
        {
            var exact = Math.Exp(x[i]);
            var unit = Math.ScaleB(1, Math.ILogB(exact) - 23);
            Assert.True(Math.Abs(y[i] - exact) <= 2 * unit,
                $"exp({x[i]:G9}): expected {exact:G9}, got {y[i]:G9}, {Math.Abs(y[i] - exact) / unit:F2} units off");
        }
    }

    private static unsafe float[] Exp<V, O>(float[] x)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var padded = new float[(x.Length + 15) / 16 * 16];
        x.CopyTo(padded, 0);
        fixed (float* p = padded)
        {
            for (var i = 0; i < padded.Length; i += O.Count)
            {
                O.Store(p + i, VectorExp.Exp<V, O>(O.Load(p + i)));
            }
        }

        return padded[..x.Length];
    }
}
