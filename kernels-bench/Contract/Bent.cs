using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Bench.Contract;

/// <summary>Images bent by the reference, for comparison.</summary>
internal static class Bent
{
    public const ulong Seed = 0x1234_5678_9ABC_DEF1;

    /// <summary>Cireşan et al.'s ranges for MNIST, with shifts.</summary>
    public static Deformation Everything { get; } =
        new() { Shift = 1.5, Rotation = 15, Scale = 0.15, Shear = 15, ElasticAlpha = 36, ElasticSigma = 6 };

    /// <summary>Every range at its end.</summary>
    public static Deformation Wildest { get; } =
        new() { Shift = 8, Rotation = 45, Scale = 0.5, Shear = 45, ElasticAlpha = 100, ElasticSigma = 2 };

    /// <summary>The affine part alone.</summary>
    public static Deformation Affine { get; } = Everything with { ElasticAlpha = 0 };

    /// <summary>Images of so many pixels, mostly blank or full, with every kind of edge.</summary>
    public static RandomImages Images(int pixels, int m) => new(NetworkShape.Parse($"{pixels}-10"), m);

    /// <summary>The reference's bytes for every image.</summary>
    public static byte[] Reference(Deformation deformation, int width, byte[] X, byte[] labels, uint epoch = 0,
        ulong seed = Seed)
    {
        var n = X.Length / labels.Length;
        var deformer = new ReferenceDeformer(deformation, seed, width, n / width);
        var result = new byte[X.Length];
        for (var j = 0; j < labels.Length; j++)
        {
            deformer.Deform(X.AsSpan(j * n, n), j, labels[j], epoch, result.AsSpan(j * n, n));
        }

        return result;
    }
}
