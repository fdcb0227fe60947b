using System.Runtime.CompilerServices;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The hyperbolic tangent for a vector of floats: (1 − e)/(1 + e), e = exp(−2|x|), and near 0, where that cancels, a
/// polynomial.
/// </summary>
/// <remarks>
/// The polynomial, for |x| below 0.625, is that of the Cephes library's tanhf (Moshier, netlib.org/cephes). Within 2
/// units in the last place for any x; 0 for 0, NaN stays NaN.
/// </remarks>
internal static class VectorTanh
{
    private const float Near = 0.625f;

    /// <summary>tanh(x), lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V, O>(V x)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var one = O.Broadcast(1);
        var size = O.IfGreater(O.Zero, x, O.Subtract(O.Zero, x), x);
        var e = VectorExp.Exp<V, O>(O.Multiply(O.Broadcast(-2), size));
        var far = O.Divide(O.Subtract(one, e), O.Add(one, e));
        var s = O.Multiply(x, x);
        var p = O.Broadcast(-5.70498872745e-3f);
        p = O.MultiplyAdd(p, s, O.Broadcast(2.06390887954e-2f));
        p = O.MultiplyAdd(p, s, O.Broadcast(-5.37397155531e-2f));
        p = O.MultiplyAdd(p, s, O.Broadcast(1.33314422036e-1f));
        p = O.MultiplyAdd(p, s, O.Broadcast(-3.33332819422e-1f));
        var near = O.MultiplyAdd(O.Multiply(p, s), x, x);
        return O.IfGreater(O.Broadcast(Near), size, near, O.IfGreater(O.Zero, x, O.Subtract(O.Zero, far), far));
    }
}
