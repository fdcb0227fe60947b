using System.Runtime.CompilerServices;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// e to the x for a vector of floats: x = n·ln 2 + r with |r| ≤ ln 2 / 2 and n whole, eˣ = 2ⁿ·eʳ.
/// </summary>
/// <remarks>
/// ln 2 is taken off in two parts, so that n·(first part) is exact (Cody and Waite, "Software Manual for the Elementary
/// Functions", 1980); eʳ is the degree-6 polynomial of the Cephes library's expf (Moshier, netlib.org/cephes). Within
/// 2 units in the last place for x in [−87.33, 88]; 0 below, where the true value is no normal float; NaN stays NaN.
/// Above 88 the result is that of 88: softmax, which subtracts the maximum, never asks for it.
/// </remarks>
internal static class VectorExp
{
    /// <summary>The smallest argument whose exponential is a normal float: −126·ln 2 rounded up.</summary>
    public const float Lowest = -87.33654f;

    private const float Highest = 88;

    /// <summary>eˣ, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, O>(V x)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        // Comparisons with NaN are false, so a NaN falls through both limits and through the arithmetic.
        var low = O.Broadcast(Lowest);
        var high = O.Broadcast(Highest);
        var inside = O.IfGreater(low, x, low, O.IfGreater(x, high, high, x));
        var n = O.Round(O.Multiply(inside, O.Broadcast(1.44269504088896341f)));
        var r = O.MultiplyAdd(n, O.Broadcast(-0.693359375f), inside);
        r = O.MultiplyAdd(n, O.Broadcast(2.12194440e-4f), r);
        var p = O.Broadcast(1.9875691500e-4f);
        p = O.MultiplyAdd(p, r, O.Broadcast(1.3981999507e-3f));
        p = O.MultiplyAdd(p, r, O.Broadcast(8.3334519073e-3f));
        p = O.MultiplyAdd(p, r, O.Broadcast(4.1665795894e-2f));
        p = O.MultiplyAdd(p, r, O.Broadcast(1.6666665459e-1f));
        p = O.MultiplyAdd(p, r, O.Broadcast(5.0000001201e-1f));
        p = O.MultiplyAdd(p, O.Multiply(r, r), r);
        p = O.Add(p, O.Broadcast(1));
        // A NaN's n converts to some integer; its product with p is NaN for any of them.
        return O.IfGreater(low, x, O.Zero, O.Multiply(p, O.PowerOfTwo(n)));
    }
}
