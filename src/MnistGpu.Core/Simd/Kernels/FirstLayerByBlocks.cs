using System.Numerics;
using System.Runtime.CompilerServices;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The two products that read pixels, ten rows of W1 at a time: Z1 = W1·A0 + b1 and dW1 = dZ1·A0ᵀ. Bytes are
/// widened in registers and blank blocks left out; 1/255 is applied once, to the sums of Z1 here and to dW1 by the
/// update.
/// </summary>
internal static unsafe class FirstLayerByBlocks<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Group = ParameterLayout.Group;
    private const int Lanes = ImageTile.Size;

    /// <summary>Floats that <see cref="Forward"/> needs to turn sums per image into lanes.</summary>
    public static int ScratchLength => Group * O.Count * O.Count;

    /// <summary>
    /// Z1 = W1·A0/255 + b1 for a group's ten rows and a tile's images, and its activation: [10 × 64]. A lane of a
    /// register is a pixel; each image ends with ten vectors whose lanes are then summed for several images at once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(ImageTile tile, float* W, float* b, float* Z, float* scratch, Activation? activation)
    {
        var scale = O.Broadcast(1f / 255);
        var (relu, leaky) = Activations<V, O>.Comparisons(activation);
        for (var lane = 0; lane < Lanes; lane += O.Count)
        {
            for (var i = 0; i < O.Count; i++)
            {
                Sums(tile.First[lane + i], tile.Ink + (lane + i) * tile.Words, tile.Words, W, scratch + i * O.Count);
            }

            for (var r = 0; r < Group; r++)
            {
                var z = O.MultiplyAdd(O.SumAcross(scratch + r * O.Count * O.Count), scale, O.Broadcast(b[r]));
                O.Store(Z + r * Lanes + lane, Activations<V, O>.InLoop(relu, leaky, z));
            }
        }

        Activations<V, O>.OverRows(activation, Z, Group * Lanes);
    }

    /// <summary>
    /// dW1 += dZ1·A0ᵀ (of bytes, without 1/255) for a group's ten rows, the blocks of a range and a tile's images.
    /// </summary>
    /// <param name="tile">The images, with <see cref="ImageTile.ImagesWith"/> filled.</param>
    /// <param name="dZ">[10 × 64].</param>
    /// <param name="dW">The group's [blocks × 10 × 16].</param>
    /// <param name="blocks">Scratch for 64 addresses.</param>
    /// <param name="from">The first block.</param>
    /// <param name="to">The block after the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(ImageTile tile, float* dZ, float* dW, byte** blocks, int from, int to)
    {
        // An image's stored blocks are met in their order, so one address per image, moved on at each, finds them.
        for (var lane = 0; lane < Lanes; lane++)
        {
            blocks[lane] = tile.First[lane] + PixelBlocks.Size * CountBits(tile.Ink + lane * tile.Words, from);
        }

        for (var block = from; block < to; block++)
        {
            var images = tile.ImagesWith[block];
            if (images == 0)
            {
                continue;
            }

            for (var part = 0; part < PixelBlocks.Size; part += O.Count)
            {
                Accumulate(images, blocks, dZ, dW + block * Group * PixelBlocks.Size + part, part);
            }
        }
    }

    // Ten vectors of partial sums W1[r]·a0 over one image's stored blocks, Count × Count floats apart.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sums(byte* x, ulong* ink, int words, float* W, float* sums)
    {
        V s0 = O.Zero, s1 = O.Zero, s2 = O.Zero, s3 = O.Zero, s4 = O.Zero, s5 = O.Zero, s6 = O.Zero, s7 = O.Zero,
            s8 = O.Zero, s9 = O.Zero;
        for (var word = 0; word < words; word++)
        {
            for (var bits = ink[word]; bits != 0; bits &= bits - 1)
            {
                var w = W + (word * 64 + BitOperations.TrailingZeroCount(bits)) * (Group * PixelBlocks.Size);
                for (var part = 0; part < PixelBlocks.Size; part += O.Count)
                {
                    var a = O.WidenBytes(x + part);
                    s0 = O.MultiplyAdd(a, O.Load(w + 0 * PixelBlocks.Size), s0);
                    s1 = O.MultiplyAdd(a, O.Load(w + 1 * PixelBlocks.Size), s1);
                    s2 = O.MultiplyAdd(a, O.Load(w + 2 * PixelBlocks.Size), s2);
                    s3 = O.MultiplyAdd(a, O.Load(w + 3 * PixelBlocks.Size), s3);
                    s4 = O.MultiplyAdd(a, O.Load(w + 4 * PixelBlocks.Size), s4);
                    s5 = O.MultiplyAdd(a, O.Load(w + 5 * PixelBlocks.Size), s5);
                    s6 = O.MultiplyAdd(a, O.Load(w + 6 * PixelBlocks.Size), s6);
                    s7 = O.MultiplyAdd(a, O.Load(w + 7 * PixelBlocks.Size), s7);
                    s8 = O.MultiplyAdd(a, O.Load(w + 8 * PixelBlocks.Size), s8);
                    s9 = O.MultiplyAdd(a, O.Load(w + 9 * PixelBlocks.Size), s9);
                    w += O.Count;
                }

                x += PixelBlocks.Size;
            }
        }

        O.Store(sums + 0 * O.Count * O.Count, s0);
        O.Store(sums + 1 * O.Count * O.Count, s1);
        O.Store(sums + 2 * O.Count * O.Count, s2);
        O.Store(sums + 3 * O.Count * O.Count, s3);
        O.Store(sums + 4 * O.Count * O.Count, s4);
        O.Store(sums + 5 * O.Count * O.Count, s5);
        O.Store(sums + 6 * O.Count * O.Count, s6);
        O.Store(sums + 7 * O.Count * O.Count, s7);
        O.Store(sums + 8 * O.Count * O.Count, s8);
        O.Store(sums + 9 * O.Count * O.Count, s9);
    }

    // dW[10 × Count] += Σ over the images dZ[·, image]·a0ᵀ[part of block].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(ulong images, byte** blocks, float* dZ, float* dW, int part)
    {
        var s0 = O.Load(dW + 0 * PixelBlocks.Size);
        var s1 = O.Load(dW + 1 * PixelBlocks.Size);
        var s2 = O.Load(dW + 2 * PixelBlocks.Size);
        var s3 = O.Load(dW + 3 * PixelBlocks.Size);
        var s4 = O.Load(dW + 4 * PixelBlocks.Size);
        var s5 = O.Load(dW + 5 * PixelBlocks.Size);
        var s6 = O.Load(dW + 6 * PixelBlocks.Size);
        var s7 = O.Load(dW + 7 * PixelBlocks.Size);
        var s8 = O.Load(dW + 8 * PixelBlocks.Size);
        var s9 = O.Load(dW + 9 * PixelBlocks.Size);
        var step = part + O.Count == PixelBlocks.Size ? PixelBlocks.Size : 0;
        for (; images != 0; images &= images - 1)
        {
            var lane = BitOperations.TrailingZeroCount(images);
            var x = blocks[lane];
            blocks[lane] = x + step;
            var a = O.WidenBytes(x + part);
            var d = dZ + lane;
            s0 = O.MultiplyAdd(O.Broadcast(d[0 * Lanes]), a, s0);
            s1 = O.MultiplyAdd(O.Broadcast(d[1 * Lanes]), a, s1);
            s2 = O.MultiplyAdd(O.Broadcast(d[2 * Lanes]), a, s2);
            s3 = O.MultiplyAdd(O.Broadcast(d[3 * Lanes]), a, s3);
            s4 = O.MultiplyAdd(O.Broadcast(d[4 * Lanes]), a, s4);
            s5 = O.MultiplyAdd(O.Broadcast(d[5 * Lanes]), a, s5);
            s6 = O.MultiplyAdd(O.Broadcast(d[6 * Lanes]), a, s6);
            s7 = O.MultiplyAdd(O.Broadcast(d[7 * Lanes]), a, s7);
            s8 = O.MultiplyAdd(O.Broadcast(d[8 * Lanes]), a, s8);
            s9 = O.MultiplyAdd(O.Broadcast(d[9 * Lanes]), a, s9);
        }

        O.Store(dW + 0 * PixelBlocks.Size, s0);
        O.Store(dW + 1 * PixelBlocks.Size, s1);
        O.Store(dW + 2 * PixelBlocks.Size, s2);
        O.Store(dW + 3 * PixelBlocks.Size, s3);
        O.Store(dW + 4 * PixelBlocks.Size, s4);
        O.Store(dW + 5 * PixelBlocks.Size, s5);
        O.Store(dW + 6 * PixelBlocks.Size, s6);
        O.Store(dW + 7 * PixelBlocks.Size, s7);
        O.Store(dW + 8 * PixelBlocks.Size, s8);
        O.Store(dW + 9 * PixelBlocks.Size, s9);
    }

    private static int CountBits(ulong* ink, int before)
    {
        var count = 0;
        for (; before >= 64; before -= 64)
        {
            count += BitOperations.PopCount(*ink++);
        }

        return count + (before == 0 ? 0 : BitOperations.PopCount(*ink << (64 - before)));
    }
}
