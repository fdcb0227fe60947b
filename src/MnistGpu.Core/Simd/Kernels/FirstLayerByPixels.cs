using System.Numerics;
using System.Runtime.CompilerServices;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The two products that read pixels, where W1 is wide: Z1 = W1·A0 + b1 and dW1 = dZ1·A0ᵀ for a strip of up to 128
/// units. A lane of a register is a unit, so a pixel without ink costs nothing: of MNIST's pixels four in five are
/// blank. Bytes become floats one by one, converted for Z1 and looked up for dW1; 1/255 is applied once, to the sums
/// of Z1 here and to dW1 by the update.
/// </summary>
internal static unsafe partial class FirstLayerByPixels<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Lanes = ImageTile.Size;

    // Their sums [32 × 128] stay in a first-level cache of 48 KB beside the weights of 64 pixels, of which few images
    // need all.
    private const int Together = 32;

    /// <summary>Floats that <see cref="Forward"/> needs: sums [64 × 128].</summary>
    public const int ScratchLength = Lanes * ParameterLayout.Strip;

    /// <summary>Z1 = W1·A0/255 + b1 for a strip and a tile's images, and its activation: [units × 64].</summary>
    /// <param name="tile">The images.</param>
    /// <param name="W">The strip's [pixels × width].</param>
    /// <param name="width">The strip's units, padded to a multiple of 16.</param>
    /// <param name="b">[units].</param>
    /// <param name="Z">[width × 64].</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <param name="activation">The layer's; null for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(ImageTile tile, float* W, int width, float* b, float* Z, float* scratch,
        Activation? activation)
    {
        for (var first = 0; first < tile.Count; first += Together)
        {
            for (var unit = 0; unit < width;)
            {
                var vectors = Math.Min(8, (width - unit) / O.Count);
                SumOf(vectors, tile, first, W + unit, width, scratch + unit);
                unit += vectors * O.Count;
            }
        }

        new Span<float>(scratch + tile.Count * width, (Lanes - tile.Count) * width).Clear();
        Transposition.Apply(scratch, width, Lanes, width, Z, Lanes);
        var scale = O.Broadcast(1f / 255);
        var (relu, leaky) = Activations<V, O>.Comparisons(activation);
        for (var r = 0; r < width; r++)
        {
            var bias = O.Broadcast(b[r]);
            for (var lane = 0; lane < Lanes; lane += O.Count)
            {
                var z = O.MultiplyAdd(O.Load(Z + r * Lanes + lane), scale, bias);
                O.Store(Z + r * Lanes + lane, Activations<V, O>.InLoop(relu, leaky, z));
            }
        }

        Activations<V, O>.OverRows(activation, Z, width * Lanes);
    }

    private static void SumOf(int vectors, ImageTile tile, int first, float* W, int width, float* sums)
    {
        switch (vectors)
        {
            case 1:
                Sum<Number1>(tile, first, W, width, sums);
                break;
            case 2:
                Sum<Number2>(tile, first, W, width, sums);
                break;
            case 3:
                Sum<Number3>(tile, first, W, width, sums);
                break;
            case 4:
                Sum<Number4>(tile, first, W, width, sums);
                break;
            case 5:
                Sum<Number5>(tile, first, W, width, sums);
                break;
            case 6:
                Sum<Number6>(tile, first, W, width, sums);
                break;
            case 7:
                Sum<Number7>(tile, first, W, width, sums);
                break;
            default:
                Sum<Number8>(tile, first, W, width, sums);
                break;
        }
    }

    // sums[image, 0 to N vectors] = Σ pixels x·W[pixel, ·] for 32 images, 64 pixels at a time, so that their weights
    // stay in the first-level cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<N>(ImageTile tile, int first, float* W, int width, float* sums)
        where N : struct, INumber
    {
        var words = tile.Words;
        var end = Math.Min(first + Together, tile.Count);
        for (var word = 0; word < words; word++)
        {
            for (var lane = first; lane < end; lane++)
            {
                Prefetch.Line(tile.Ahead[lane] + word * 64);
                var bits = tile.Ink[lane * words + word];
                if (bits == 0 && word > 0)
                {
                    continue;
                }

                var x = tile.First[lane] + word * 64;
                var to = sums + lane * width;
                V s0 = O.Zero, s1 = O.Zero, s2 = O.Zero, s3 = O.Zero, s4 = O.Zero, s5 = O.Zero, s6 = O.Zero,
                    s7 = O.Zero;
                if (word > 0)
                {
                    s0 = O.Load(to);
                    s1 = N.Value > 1 ? O.Load(to + O.Count) : s1;
                    s2 = N.Value > 2 ? O.Load(to + 2 * O.Count) : s2;
                    s3 = N.Value > 3 ? O.Load(to + 3 * O.Count) : s3;
                    s4 = N.Value > 4 ? O.Load(to + 4 * O.Count) : s4;
                    s5 = N.Value > 5 ? O.Load(to + 5 * O.Count) : s5;
                    s6 = N.Value > 6 ? O.Load(to + 6 * O.Count) : s6;
                    s7 = N.Value > 7 ? O.Load(to + 7 * O.Count) : s7;
                }

                for (; bits != 0; bits &= bits - 1)
                {
                    var pixel = BitOperations.TrailingZeroCount(bits);
                    var a = O.Broadcast(x[pixel]);
                    var w = W + pixel * width;
                    s0 = O.MultiplyAdd(a, O.Load(w), s0);
                    s1 = N.Value > 1 ? O.MultiplyAdd(a, O.Load(w + O.Count), s1) : s1;
                    s2 = N.Value > 2 ? O.MultiplyAdd(a, O.Load(w + 2 * O.Count), s2) : s2;
                    s3 = N.Value > 3 ? O.MultiplyAdd(a, O.Load(w + 3 * O.Count), s3) : s3;
                    s4 = N.Value > 4 ? O.MultiplyAdd(a, O.Load(w + 4 * O.Count), s4) : s4;
                    s5 = N.Value > 5 ? O.MultiplyAdd(a, O.Load(w + 5 * O.Count), s5) : s5;
                    s6 = N.Value > 6 ? O.MultiplyAdd(a, O.Load(w + 6 * O.Count), s6) : s6;
                    s7 = N.Value > 7 ? O.MultiplyAdd(a, O.Load(w + 7 * O.Count), s7) : s7;
                }

                Store<N>(to, s0, s1, s2, s3, s4, s5, s6, s7);
            }

            W += 64 * width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<N>(float* to, V s0, V s1, V s2, V s3, V s4, V s5, V s6, V s7)
        where N : struct, INumber
    {
        O.Store(to, s0);
        Store(N.Value > 1, to + O.Count, s1);
        Store(N.Value > 2, to + 2 * O.Count, s2);
        Store(N.Value > 3, to + 3 * O.Count, s3);
        Store(N.Value > 4, to + 4 * O.Count, s4);
        Store(N.Value > 5, to + 5 * O.Count, s5);
        Store(N.Value > 6, to + 6 * O.Count, s6);
        Store(N.Value > 7, to + 7 * O.Count, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(bool isThere, float* to, V sum)
    {
        if (isThere)
        {
            O.Store(to, sum);
        }
    }
}
