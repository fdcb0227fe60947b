using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Deformations;

/// <summary>Images bent by the vectors, for comparison.</summary>
internal static class BentBySimd
{
    /// <summary>The vectors' bytes for every image.</summary>
    public static byte[] All(VectorWidth width, Deformation deformation, byte[] X, byte[] labels,
        uint epoch = 0, ulong seed = Bent.Seed)
    {
        var n = X.Length / labels.Length;
        using var deformer = new ImageDeformer(deformation, seed, n, width);
        var result = new byte[X.Length];
        for (var j = 0; j < labels.Length; j++)
        {
            deformer.Deform(X.AsSpan(j * n, n), j, labels[j], epoch, result.AsSpan(j * n, n));
        }

        return result;
    }
}
