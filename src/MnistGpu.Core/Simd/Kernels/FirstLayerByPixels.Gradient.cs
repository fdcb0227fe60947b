using System.Numerics;
using System.Runtime.CompilerServices;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd.Kernels;

/// <content>dW1.</content>
internal static unsafe partial class FirstLayerByPixels<V, O>
{
    // Vectors of sums for each of two pixels, at most: half of 32 registers; of 16 all but those of two pixels and a
    // row, because what a pair costs besides its sums weighs more on narrow vectors.
    private static int PairVectors => O.TileVectors == 4 ? 8 : 6;

    /// <summary>
    /// dW1 += dZ1·A0ᵀ (of bytes, without 1/255) for a strip, a range of pixels and a tile's images. Pixels are taken
    /// in pairs: neighbours have ink in nearly the same images, and each row of dZ1ᵀ then serves two.
    /// </summary>
    /// <param name="tile">The images, with <see cref="ImageTile.ImagesWith"/> filled.</param>
    /// <param name="dZT">The strip's dZ1ᵀ [64 × width].</param>
    /// <param name="width">The strip's units, padded to a multiple of 16.</param>
    /// <param name="dW">The strip's [pixels × width].</param>
    /// <param name="from">The first pixel.</param>
    /// <param name="to">The pixel after the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(ImageTile tile, float* dZT, int width, float* dW, int from, int to)
    {
        var floats = ByteFloats.Start;
        for (var unit = 0; unit < width;)
        {
            // Evenly: 4 and 4 take less time than 6 and 2.
            var left = (width - unit) / O.Count;
            var turns = (left + PairVectors - 1) / PairVectors;
            var vectors = (left + turns - 1) / turns;
            for (var pixel = from; pixel < to; pixel += 2)
            {
                // The last of an odd number is its own neighbour, whose second sum goes nowhere.
                var next = pixel + 1 < to ? 1 : 0;
                var images = tile.ImagesWith[pixel] | tile.ImagesWith[pixel + next];
                if (images != 0)
                {
                    PairOf(vectors, images, tile.First, pixel, next, floats, dZT + unit, width,
                        dW + (long)pixel * width + unit);
                }
            }

            unit += vectors * O.Count;
        }
    }

    private static void PairOf(int vectors, ulong images, byte** first, int pixel, int next, float* floats, float* dZT,
        int width, float* dW)
    {
        switch (vectors)
        {
            case 1:
                Pair<Number1>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            case 2:
                Pair<Number2>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            case 3:
                Pair<Number3>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            case 4:
                Pair<Number4>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            case 5:
                Pair<Number5>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            case 6:
                Pair<Number6>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            case 7:
                Pair<Number7>(images, first, pixel, next, floats, dZT, width, dW);
                break;
            default:
                Pair<Number8>(images, first, pixel, next, floats, dZT, width, dW);
                break;
        }
    }

    // dW[pixel and the next, 0 to N vectors] += Σ images x·dZT[image, ·].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pair<N>(ulong images, byte** first, int pixel, int next, float* floats, float* dZT, int width,
        float* dW)
        where N : struct, INumber
    {
        V s0 = O.Zero, s1 = O.Zero, s2 = O.Zero, s3 = O.Zero, s4 = O.Zero, s5 = O.Zero, s6 = O.Zero, s7 = O.Zero;
        V t0 = O.Zero, t1 = O.Zero, t2 = O.Zero, t3 = O.Zero, t4 = O.Zero, t5 = O.Zero, t6 = O.Zero, t7 = O.Zero;
        for (; images != 0; images &= images - 1)
        {
            var lane = BitOperations.TrailingZeroCount(images);
            var x = first[lane] + pixel;
            V a = O.Broadcast(floats[x[0]]), b = O.Broadcast(floats[x[next]]);
            var row = dZT + lane * width;
            var d = O.Load(row);
            s0 = O.MultiplyAdd(a, d, s0);
            t0 = O.MultiplyAdd(b, d, t0);
            if (N.Value > 1)
            {
                d = O.Load(row + O.Count);
                s1 = O.MultiplyAdd(a, d, s1);
                t1 = O.MultiplyAdd(b, d, t1);
            }

            if (N.Value > 2)
            {
                d = O.Load(row + 2 * O.Count);
                s2 = O.MultiplyAdd(a, d, s2);
                t2 = O.MultiplyAdd(b, d, t2);
            }

            if (N.Value > 3)
            {
                d = O.Load(row + 3 * O.Count);
                s3 = O.MultiplyAdd(a, d, s3);
                t3 = O.MultiplyAdd(b, d, t3);
            }

            if (N.Value > 4)
            {
                d = O.Load(row + 4 * O.Count);
                s4 = O.MultiplyAdd(a, d, s4);
                t4 = O.MultiplyAdd(b, d, t4);
            }

            if (N.Value > 5)
            {
                d = O.Load(row + 5 * O.Count);
                s5 = O.MultiplyAdd(a, d, s5);
                t5 = O.MultiplyAdd(b, d, t5);
            }

            if (N.Value > 6)
            {
                d = O.Load(row + 6 * O.Count);
                s6 = O.MultiplyAdd(a, d, s6);
                t6 = O.MultiplyAdd(b, d, t6);
            }

            if (N.Value > 7)
            {
                d = O.Load(row + 7 * O.Count);
                s7 = O.MultiplyAdd(a, d, s7);
                t7 = O.MultiplyAdd(b, d, t7);
            }
        }

        Add<N>(dW, s0, s1, s2, s3, s4, s5, s6, s7);
        if (next > 0)
        {
            Add<N>(dW + width, t0, t1, t2, t3, t4, t5, t6, t7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<N>(float* to, V s0, V s1, V s2, V s3, V s4, V s5, V s6, V s7)
        where N : struct, INumber
    {
        s0 = O.Add(O.Load(to), s0);
        s1 = N.Value > 1 ? O.Add(O.Load(to + O.Count), s1) : s1;
        s2 = N.Value > 2 ? O.Add(O.Load(to + 2 * O.Count), s2) : s2;
        s3 = N.Value > 3 ? O.Add(O.Load(to + 3 * O.Count), s3) : s3;
        s4 = N.Value > 4 ? O.Add(O.Load(to + 4 * O.Count), s4) : s4;
        s5 = N.Value > 5 ? O.Add(O.Load(to + 5 * O.Count), s5) : s5;
        s6 = N.Value > 6 ? O.Add(O.Load(to + 6 * O.Count), s6) : s6;
        s7 = N.Value > 7 ? O.Add(O.Load(to + 7 * O.Count), s7) : s7;
        Store<N>(to, s0, s1, s2, s3, s4, s5, s6, s7);
    }
}
