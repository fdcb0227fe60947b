using System.Runtime.CompilerServices;
using MnistGpu.Simd.Vectors;
using Constants = MnistGpu.Model.ScaledTanh;

namespace MnistGpu.Simd.Kernels;

/// <summary>The hidden layers' activations and derivatives over whole rows, where they are not part of a product.</summary>
internal static unsafe class Activations<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    /// <summary>A = 1.7159·tanh(⅔·Z) in place; <paramref name="length"/> a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaledTanh(float* Z, int length)
    {
        V slope = O.Broadcast((float)Constants.Slope), height = O.Broadcast((float)Constants.Height);
        for (var i = 0; i < length; i += O.Count)
        {
            O.Store(Z + i, O.Multiply(height, VectorTanh.Tanh<V, O>(O.Multiply(slope, O.Load(Z + i)))));
        }
    }

    /// <summary>
    /// dZ = dA ⊙ ReLU′(Z) ⊙ M/(1 − p) in place. A is positive exactly where Z was and the unit was kept.
    /// </summary>
    /// <param name="A">The activations, after dropout.</param>
    /// <param name="dA">Becomes dZ.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    /// <param name="scale">1/(1 − p).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReLUDerivative(float* A, float* dA, int length, float scale)
    {
        var s = O.Broadcast(scale);
        for (var i = 0; i < length; i += O.Count)
        {
            O.Store(dA + i, O.IfGreater(O.Load(A + i), O.Zero, O.Multiply(s, O.Load(dA + i)), O.Zero));
        }
    }

    /// <summary>dZ = dA ⊙ ⅔·(1.7159 − a²/1.7159) in place, a the activation before dropout.</summary>
    /// <param name="A">The activations, after dropout.</param>
    /// <param name="dA">Becomes dZ, but for dropout's factor M/(1 − p).</param>
    /// <param name="length">How many, a multiple of 16.</param>
    /// <param name="keep">1 − p.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaledTanhDerivative(float* A, float* dA, int length, float keep)
    {
        V k = O.Broadcast(keep), most = O.Broadcast((float)(Constants.Slope * Constants.Height)), bend = O.Broadcast((float)(-Constants.Slope / Constants.Height));
        for (var i = 0; i < length; i += O.Count)
        {
            var a = O.Multiply(k, O.Load(A + i));
            O.Store(dA + i, O.Multiply(O.Load(dA + i), O.MultiplyAdd(O.Multiply(bend, a), a, most)));
        }
    }
}
