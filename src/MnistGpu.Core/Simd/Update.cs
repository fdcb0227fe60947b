using System.Runtime.CompilerServices;

namespace MnistGpu.Simd;

/// <summary>W := W − α·dW on ranges of the parameter buffer, where dW comes as sums over images: α/m, and for W1 also 1/255, are one factor.</summary>
/// <param name="First">α/(255·m), for W1.</param>
/// <param name="Others">α/m.</param>
internal readonly unsafe record struct Update(float First, float Others)
{
    /// <summary>The factors for a batch of m images.</summary>
    public static Update Of(double alpha, int m) => new((float)(alpha / (255.0 * m)), (float)(alpha / m));

    /// <summary>Updates <paramref name="length"/> parameters, a multiple of 16, that all have one factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<V, O>(float* W, float* sums, long length, float factor)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var f = O.Broadcast(-factor);
        for (long i = 0; i < length; i += O.Count)
            O.Store(W + i, O.MultiplyAdd(f, O.Load(sums + i), O.Load(W + i)));
    }
}
