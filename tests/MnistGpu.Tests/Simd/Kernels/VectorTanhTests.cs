using System.Runtime.Intrinsics;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd.Kernels;

/// <summary>
/// The hyperbolic tangent's promise: within 2 units in the last place of Math.Tanh everywhere, 0 for 0, NaN kept.
/// </summary>
public sealed class VectorTanhTests
{
    private static readonly float[] Special = [0f, 1e-30f, 0.62499994f, 0.625f, 0.62500006f, 9f, 43.66f, 43.67f, 44f,
        1e30f, float.MaxValue, float.PositiveInfinity];

    [Fact]
    public void WithinTwoUnits512() => Within<Vector512<float>, Ops512>();

    [Fact]
    public void WithinTwoUnits256() => Within<Vector256<float>, Ops256>();

    [Fact]
    public void WithinTwoUnits128() => Within<Vector128<float>, Ops128>();

    [Fact]
    public void WithinTwoUnitsScalar() => Within<float, OpsScalar>();

    [Fact]
    public void NaNIsKept()
    {
        Assert.Equal(float.NaN, Tanh<Vector512<float>, Ops512>([float.NaN])[0]);
        Assert.Equal(float.NaN, Tanh<Vector256<float>, Ops256>([float.NaN])[0]);
        Assert.Equal(float.NaN, Tanh<Vector128<float>, Ops128>([float.NaN])[0]);
        Assert.Equal(float.NaN, Tanh<float, OpsScalar>([float.NaN])[0]);
    }

    private static void Within<V, O>()
        where V : struct
        where O : struct, IVectorOps<V>
    {
        // Every 1,009th float from about 1e-9 to 20, both signs.
        var x = new List<float>(Special);
        for (var bits = BitConverter.SingleToUInt32Bits(20f); bits > 0x30000000; bits -= 1009)
        {
            x.Add(BitConverter.UInt32BitsToSingle(bits));
        }

        x.AddRange(x.Select(value => -value).ToArray());
        var y = Tanh<V, O>([.. x]);
        for (var i = 0; i < y.Length; i++)
        {
            var exact = Math.Tanh(x[i]);
            var unit = exact == 0 ? 0 : Math.ScaleB(1, Math.ILogB(exact) - 23);
            Assert.True(Math.Abs(y[i] - exact) <= 2 * unit,
                $"tanh({x[i]:G9}): expected {exact:G9}, got {y[i]:G9}, {Math.Abs(y[i] - exact) / unit:F2} units off");
        }
    }

    private static unsafe float[] Tanh<V, O>(float[] x)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var padded = new float[(x.Length + 15) / 16 * 16];
        x.CopyTo(padded, 0);
        fixed (float* p = padded)
        {
            for (var i = 0; i < padded.Length; i += O.Count)
            {
                O.Store(p + i, VectorTanh.Tanh<V, O>(O.Load(p + i)));
            }
        }

        return padded[..x.Length];
    }
}
