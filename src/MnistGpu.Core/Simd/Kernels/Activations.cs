using System.Runtime.CompilerServices;
using MnistGpu.Model;
using MnistGpu.Simd.Vectors;
using Constants = MnistGpu.Model.ScaledTanh;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The hidden layers' activations and derivatives. A = f(Z) comes in two parts: what is a comparison is done in the
/// loop that adds the bias (<see cref="InLoop"/>), the rest over whole rows after it (<see cref="OverRows"/>).
/// </summary>
internal static unsafe class Activations<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    /// <summary>Which comparison f is, for <see cref="InLoop"/>: asked once, before the loop.</summary>
    /// <param name="f">A hidden layer's; null for the output layer.</param>
    public static (bool ReLU, bool Leaky) Comparisons(Activation? f) =>
        (f is Activation.ReLU, f is Activation.LeakyReLU);

    /// <summary>f(z) where f is a comparison, so that A needs no pass of its own; else z.</summary>
    /// <param name="relu">Whether f is ReLU.</param>
    /// <param name="leaky">Whether f is leaky ReLU.</param>
    /// <param name="z">One vector of Z.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V InLoop(bool relu, bool leaky, V z) => relu ? O.IfLessOrEqual(z, O.Zero, O.Zero, z)
        : leaky ? O.IfGreater(z, O.Zero, z, O.Multiply(O.Broadcast((float)LeakyReLU.Slope), z))
        : z;

    /// <summary>What <see cref="InLoop"/> left to do for A = f(Z), in place.</summary>
    /// <param name="f">A hidden layer's; null for the output layer.</param>
    /// <param name="Z">Becomes A.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static void OverRows(Activation? f, float* Z, int length)
    {
        switch (f)
        {
            case null or Activation.ReLU or Activation.LeakyReLU:
                break;
            case Activation.ScaledTanh:
                ScaledTanh(Z, length);
                break;
            default:
                throw NoSuch(f.Value);
        }
    }

    /// <summary>
    /// dZ = dA ⊙ f′(Z) in place. Where A = 0 has no slope (<see cref="Model.Activations.ZeroHasNoSlope"/>),
    /// dropout's M/(1 − p) is in it; elsewhere A may be 0 without having been dropped, and the factor is left to the
    /// caller.
    /// </summary>
    /// <param name="f">The layer's.</param>
    /// <param name="A">The activations, after dropout.</param>
    /// <param name="dA">Becomes dZ.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    /// <param name="scale">1/(1 − p) of dropout, 1 without.</param>
    /// <inheritdoc cref="OverRows" path="/exception"/>
    public static void Differentiate(Activation f, float* A, float* dA, int length, float scale)
    {
        switch (f)
        {
            case Activation.ReLU:
                ReLUDerivative(A, dA, length, scale);
                break;
            case Activation.ScaledTanh:
                ScaledTanhDerivative(A, dA, length, 1 / scale);
                break;
            case Activation.LeakyReLU:
                LeakyReLUDerivative(A, dA, length);
                break;
            default:
                throw NoSuch(f);
        }
    }

    /// <summary>A = 1.7159·tanh(⅔·Z) in place; <paramref name="length"/> a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaledTanh(float* Z, int length)
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
    private static void ReLUDerivative(float* A, float* dA, int length, float scale)
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
    private static void ScaledTanhDerivative(float* A, float* dA, int length, float keep)
    {
        V k = O.Broadcast(keep), most = O.Broadcast((float)(Constants.Slope * Constants.Height));
        var bend = O.Broadcast((float)(-Constants.Slope / Constants.Height));
        for (var i = 0; i < length; i += O.Count)
        {
            var a = O.Multiply(k, O.Load(A + i));
            O.Store(dA + i, O.Multiply(O.Load(dA + i), O.MultiplyAdd(O.Multiply(bend, a), a, most)));
        }
    }

    /// <summary>dZ = dA where A &gt; 0, else 0.01·dA, in place, but for dropout's factor M/(1 − p).</summary>
    /// <param name="A">The activations, after dropout, which leaves their sign or drops dA too.</param>
    /// <param name="dA">Becomes dZ.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LeakyReLUDerivative(float* A, float* dA, int length)
    {
        var slope = O.Broadcast((float)LeakyReLU.Slope);
        for (var i = 0; i < length; i += O.Count)
        {
            var d = O.Load(dA + i);
            O.Store(dA + i, O.IfGreater(O.Load(A + i), O.Zero, d, O.Multiply(slope, d)));
        }
    }

    private static ArgumentOutOfRangeException NoSuch(Activation f) =>
        new(nameof(f), f, "The SIMD engine has no such activation.");
}
