using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MnistGpu.Model;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// A step's dropout on tiles [units × 64]. Philox runs on eight images at once, an image a lane, because one counter
/// gives eight units of one image; the words are those of <see cref="Dropout.Words"/>.
/// </summary>
internal readonly unsafe struct StepDropout
{
    private const int Lanes = ImageTile.Size;
    private const int Together = 8;

    private readonly int threshold;
    private readonly ulong seed;
    private readonly uint epoch;

    /// <summary>The dropout of a step in an epoch.</summary>
    public StepDropout(Regularization regularization, uint epoch)
    {
        threshold = regularization.Dropout.Threshold;
        Scale = (float)regularization.Dropout.Scale;
        seed = regularization.Seed;
        this.epoch = epoch;
    }

    /// <summary>No unit is dropped.</summary>
    public static StepDropout None => new(Regularization.None, 0);

    /// <summary>Whether a unit may be dropped.</summary>
    public bool Drops => threshold > 0;

    /// <summary>1/(1 − p), as a float.</summary>
    public float Scale { get; }

    /// <summary>
    /// A := A ⊙ M/(1 − p), M of the hidden layer at index <paramref name="layer"/> and of the tile's images; for dA,
    /// the same.
    /// </summary>
    /// <param name="layer">l − 1 for Al.</param>
    /// <param name="tile">Whose images they are.</param>
    /// <param name="A">[units × 64]; whole eights of units are multiplied.</param>
    /// <param name="from">The first unit, a multiple of 8.</param>
    /// <param name="to">The unit after the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply(int layer, ImageTile tile, float* A, int from, int to)
    {
        var scale = Vector256.Create(Scale);
        var least = Vector256.Create(threshold - 1);
        for (var unit = from; unit < to; unit += Dropout.UnitsPerCounter)
        {
            var counter = Dropout.Counter(layer, unit);
            for (var lane = 0; lane < Lanes; lane += Together)
            {
                var (low, high) = Vector256.Widen(Vector256.Load(tile.Images + lane));
                var (l0, l1, l2, l3) = Words(low, counter);
                var (h0, h1, h2, h3) = Words(high, counter);
                var a = A + unit * Lanes + lane;
                DropTwoUnits(Vector256.Narrow(l0, h0), a, least, scale);
                DropTwoUnits(Vector256.Narrow(l1, h1), a + 2 * Lanes, least, scale);
                DropTwoUnits(Vector256.Narrow(l2, h2), a + 4 * Lanes, least, scale);
                DropTwoUnits(Vector256.Narrow(l3, h3), a + 6 * Lanes, least, scale);
            }
        }
    }

    // The unit of the words' low halves, and the next one, of their high halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DropTwoUnits(Vector256<uint> words, float* a, Vector256<int> least, Vector256<float> scale)
    {
        DropUnit((words & Vector256.Create(0xFFFFu)).AsInt32(), a, least, scale);
        DropUnit((words >>> 16).AsInt32(), a + Lanes, least, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DropUnit(Vector256<int> bits, float* a, Vector256<int> least, Vector256<float> scale)
    {
        var keeps = Vector256.GreaterThan(bits, least).AsSingle();
        Vector256.ConditionalSelect(keeps, Vector256.Load(a) * scale, Vector256<float>.Zero).Store(a);
    }

    // Philox 4×32-10 in the low halves of 64-bit lanes; what the high halves hold never matters.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector256<ulong> X0, Vector256<ulong> X1, Vector256<ulong> X2,
        Vector256<ulong> X3) Words(Vector256<ulong> images, uint counter)
    {
        Vector256<ulong> c0 = Vector256.Create((ulong)epoch), c1 = images, c2 = Vector256.Create((ulong)counter),
            c3 = Vector256.Create(seed >> 32);
        uint k0 = (uint)seed, k1 = (uint)Philox.Purpose.Dropout;
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var p0 = Product(c0, Philox.Factor0);
            var p1 = Product(c2, Philox.Factor1);
            c0 = (p1 >>> 32) ^ c1 ^ Vector256.Create((ulong)k0);
            c2 = (p0 >>> 32) ^ c3 ^ Vector256.Create((ulong)k1);
            c1 = p1;
            c3 = p0;
            k0 += Philox.Weyl0;
            k1 += Philox.Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Product(Vector256<ulong> x, uint factor) => Avx2.IsSupported
        ? Avx2.Multiply(x.AsUInt32(), Vector256.Create((ulong)factor).AsUInt32())
        : (x & Vector256.Create(0xFFFFFFFFUL)) * Vector256.Create((ulong)factor);
}
