using System.Runtime.Intrinsics;
using MnistGpu.Augmentation;
using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Simd;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Augmentation;

/// <summary>Images bent by the reference and by the vectors, for comparison.</summary>
internal static class Bent
{
    public const ulong Seed = 0x1234_5678_9ABC_DEF1;

    /// <summary>Cireşan et al.'s ranges for MNIST, with shifts.</summary>
    public static Deformation Everything { get; } = new() { Shift = 1.5, Rotation = 15, Scale = 0.15, Shear = 15, ElasticAlpha = 36, ElasticSigma = 6 };

    /// <summary>Every range at its end.</summary>
    public static Deformation Wildest { get; } = new() { Shift = 8, Rotation = 45, Scale = 0.5, Shear = 45, ElasticAlpha = 100, ElasticSigma = 2 };

    /// <summary>The affine part alone.</summary>
    public static Deformation Affine { get; } = Everything with { ElasticAlpha = 0 };

    /// <summary>Images of side² pixels, mostly blank or full, with every kind of edge.</summary>
    public static RandomImages Images(int side, int m) => new(NetworkShape.Parse($"{side * side}-10"), m);

    /// <summary>The reference's bytes for every image.</summary>
    public static byte[] Reference(Deformation deformation, int side, byte[] X, byte[] labels, uint epoch = 0, ulong seed = Seed)
    {
        var bending = new Bending(deformation, seed, side);
        var result = new byte[X.Length];
        var n = side * side;
        for (var j = 0; j < labels.Length; j++)
        {
            bending.Bend(X.AsSpan(j * n, n), j, labels[j], epoch, result.AsSpan(j * n, n));
        }

        return result;
    }

    /// <summary>The vectors' bytes for every image.</summary>
    public static unsafe byte[] Simd(VectorWidth width, Deformation deformation, int side, byte[] X, byte[] labels, uint epoch = 0, ulong seed = Seed)
    {
        using var deformer = Create(width, new DeformationTables(deformation, side), seed);
        deformer.Epoch = epoch;
        using var scratch = new AlignedBuffer(deformer.ScratchLength);
        var n = side * side;
        var result = new byte[X.Length];
        var room = new byte[n + 15];
        fixed (byte* images = X, to = room)
        {
            for (var j = 0; j < labels.Length; j++)
            {
                deformer.Deform(images + j * n, j, labels[j], to, scratch.Bytes);
                room.AsSpan(0, n).CopyTo(result.AsSpan(j * n));
            }
        }

        return result;
    }

    public static IDeformer Create(VectorWidth width, DeformationTables tables, ulong seed) => width switch
    {
        VectorWidth.Bits512 => new Deformer<Vector512<float>, Ops512>(tables, seed),
        VectorWidth.Bits256 => new Deformer<Vector256<float>, Ops256>(tables, seed),
        VectorWidth.Bits128 => new Deformer<Vector128<float>, Ops128>(tables, seed),
        _ => new Deformer<float, OpsScalar>(tables, seed),
    };
}
