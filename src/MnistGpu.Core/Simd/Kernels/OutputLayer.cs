using System.Runtime.CompilerServices;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>What a tile adds to the totals: Σ −ln AL[label] and the hits, of its images.</summary>
internal struct TileTotals
{
    /// <summary>Σ −ln AL[label], in nats.</summary>
    public double Loss;

    /// <summary>Images whose largest output is at the label.</summary>
    public long Hits;

    /// <summary>Adds another part's totals to these.</summary>
    public void Add(in TileTotals other)
    {
        Loss += other.Loss;
        Hits += other.Hits;
    }
}

/// <summary>AL = softmax(ZL), loss, hits and dZL = AL − Y on one tile of 64 images, an image a lane.</summary>
internal static unsafe class OutputLayer<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Lanes = ImageTile.Size;

    // A product of exponential sums is taken the logarithm of before it could overflow: 16 factors up to 2^24 still
    // fit.
    private const double Large = 1e150;

    /// <summary>Replaces ZL by AL, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softmax(float* Z, int rows)
    {
        for (var lane = 0; lane < Lanes; lane += O.Count)
        {
            var sum = Exponentials(Z + lane, rows, Largest(Z + lane, rows));
            for (var r = 0; r < rows; r++)
            {
                O.Store(Z + r * Lanes + lane, O.Divide(O.Load(Z + r * Lanes + lane), sum));
            }
        }
    }

    /// <summary>
    /// Replaces ZL [rows × 64] by dZL = AL − Y where <paramref name="backward"/> (0 in lanes without an image), and
    /// sums loss and hits over the <paramref name="count"/> images. Y is smoothed by <paramref name="epsilon"/>: (1 −
    /// ε)·Y + ε/rows.
    /// </summary>
    /// <remarks>
    /// An image's loss is ln Σₖ exp(zₖ − z_max) + z_max − z_label (smoothed, Y′·z in the place of z_label): no
    /// probability is formed, so none underflows. The logarithms of several sums are taken as that of their product, in
    /// double.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TileTotals Loss(float* Z, int rows, float* labels, int count, bool backward, float epsilon,
        float* scratch)
    {
        var totals = default(TileTotals);
        var product = 1.0;
        for (var lane = 0; lane < Lanes; lane += O.Count)
        {
            var z = Z + lane;
            var label = O.Load(labels + lane);
            var largest = O.Load(z);
            var arg = O.Zero;
            var atLabel = largest;
            var all = largest;
            for (var r = 1; r < rows; r++)
            {
                V x = O.Load(z + r * Lanes), row = O.Broadcast(r);
                all = O.Add(all, x);
                arg = O.IfGreater(x, largest, row, arg);
                largest = O.IfGreater(x, largest, x, largest);
                atLabel = O.IfEqual(label, row, x, atLabel);
            }

            if (epsilon > 0)
            {
                atLabel = O.MultiplyAdd(O.Broadcast(epsilon / rows), all,
                    O.Multiply(O.Broadcast(1 - epsilon), atLabel));
            }

            if (lane < count)
            {
                O.Store(scratch, O.Subtract(largest, atLabel));
                O.Store(scratch + O.Count, O.IfEqual(arg, label, O.Broadcast(1), O.Zero));
            }

            var sum = Exponentials(z, rows, largest);
            if (lane < count)
            {
                O.Store(scratch + 2 * O.Count, sum);
                for (var i = 0; i < Math.Min(O.Count, count - lane); i++)
                {
                    totals.Loss += scratch[i];
                    totals.Hits += (long)scratch[O.Count + i];
                    product *= scratch[2 * O.Count + i];
                }

                if (product > Large)
                {
                    totals.Loss += Math.Log(product);
                    product = 1;
                }
            }

            if (backward)
            {
                Difference(z, rows, label, sum, epsilon);
            }
        }

        totals.Loss += Math.Log(product);
        return totals;
    }

    // A NaN among the logits need not be the largest, but its exponential makes the sum and so the loss NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Largest(float* z, int rows)
    {
        var largest = O.Load(z);
        for (var r = 1; r < rows; r++)
        {
            var x = O.Load(z + r * Lanes);
            largest = O.IfGreater(x, largest, x, largest);
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exponentials(float* z, int rows, V largest)
    {
        var sum = O.Zero;
        for (var r = 0; r < rows; r++)
        {
            var e = VectorExp.Exp<V, O>(O.Subtract(O.Load(z + r * Lanes), largest));
            O.Store(z + r * Lanes, e);
            sum = O.Add(sum, e);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Difference(float* z, int rows, V label, V sum, float epsilon)
    {
        var inverse = O.Divide(O.Broadcast(1), sum);
        V target = O.Broadcast(1 - epsilon + epsilon / rows), other = O.Broadcast(epsilon / rows);
        for (var r = 0; r < rows; r++)
        {
            var a = O.Multiply(O.Load(z + r * Lanes), inverse);
            var d = O.Subtract(a, O.IfEqual(label, O.Broadcast(r), target, other));
            // Lanes without an image have label −1.
            O.Store(z + r * Lanes, O.IfGreater(O.Zero, label, O.Zero, d));
        }
    }
}
