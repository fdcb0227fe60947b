using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Deformations;

/// <summary>Images bent by the vectors, for comparison.</summary>
internal static class BentBySimd
{
    /// <summary>The vectors' bytes for every image.</summary>
    public static byte[] All(VectorWidth width, Deformation deformation, int side, byte[] X, byte[] labels,
        uint epoch = 0, ulong seed = Bent.Seed)
    {
        using var deformer = new ImageDeformer(deformation, seed, side, width);
        var n = side * side;
        var result = new byte[X.Length];
        for (var j = 0; j < labels.Length; j++)
        {
            deformer.Deform(X.AsSpan(j * n, n), j, labels[j], epoch, result.AsSpan(j * n, n));
        }

        return result;
    }
}
