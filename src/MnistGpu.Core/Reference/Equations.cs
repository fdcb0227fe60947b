using MnistGpu.Model;

namespace MnistGpu.Reference;

/// <summary>
/// The page of equations in float64, one method per line; those of the activations are in
/// Equations.Activations.cs, those of the update in Equations.Update.cs. Matrices are spans: W [rows × inner] row by
/// row, everything with an image per column ([rows × m]) column by column. Plain loops on purpose: this is what the
/// fast engines are proven against, so it shares nothing with them.
/// </summary>
internal static partial class Equations
{
    /// <summary>A0 = X / 255, [pixels × m].</summary>
    public static void Scale(ReadOnlySpan<byte> X, Span<double> A0)
    {
        for (var i = 0; i < X.Length; i++)
        {
            A0[i] = X[i] / 255.0;
        }
    }

    /// <summary>
    /// Z = W·A + b: Z[i,j] = Σk W[i,k]·A[k,j] + b[i]; W [rows × inner], A [inner × m], b [rows × 1] added to every
    /// column.
    /// </summary>
    public static void Affine(ReadOnlySpan<double> W, ReadOnlySpan<double> b, ReadOnlySpan<double> A, Span<double> Z,
        int rows, int inner, int m)
    {
        for (var j = 0; j < m; j++)
        {
            var a = A.Slice(j * inner, inner);
            for (var i = 0; i < rows; i++)
            {
                var w = W.Slice(i * inner, inner);
                var sum = 0.0;
                for (var k = 0; k < w.Length; k++)
                {
                    sum += w[k] * a[k];
                }

                Z[j * rows + i] = sum + b[i];
            }
        }
    }

    /// <summary>
    /// A := A ⊙ M/(1 − p) in place, M[i,j] = 0 where unit i of image j is dropped, else 1; and dA the same. A [rows ×
    /// m]; see <see cref="Model.Dropout"/> for the source.
    /// </summary>
    /// <param name="A">Al or dAl.</param>
    /// <param name="images">[m] the images' indices in the training set, which their masks follow.</param>
    /// <param name="rows">The layer's units.</param>
    /// <param name="layer">l − 1.</param>
    /// <param name="regularization">p and the seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public static void Dropout(Span<double> A, ReadOnlySpan<int> images, int rows, int layer,
        Regularization regularization, uint epoch)
    {
        var dropout = regularization.Dropout;
        for (var j = 0; j < images.Length; j++)
        {
            for (var i = 0; i < rows; i++)
            {
                A[j * rows + i] = dropout.Keeps(regularization.Seed, epoch, images[j], layer, i)
                    ? A[j * rows + i] * dropout.Scale : 0;
            }
        }
    }

    /// <summary>A = softmax(Z) column by column, Z [rows × m], the column's maximum subtracted first.</summary>
    public static void Softmax(ReadOnlySpan<double> Z, Span<double> A, int rows, int m)
    {
        for (var j = 0; j < m; j++)
        {
            var z = Z.Slice(j * rows, rows);
            var a = A.Slice(j * rows, rows);
            var max = Max(z);
            var sum = 0.0;
            for (var i = 0; i < rows; i++)
            {
                a[i] = Math.Exp(z[i] - max);
                sum += a[i];
            }

            for (var i = 0; i < rows; i++)
            {
                a[i] /= sum;
            }
        }
    }

    /// <summary>
    /// The loss with smoothed labels, Σ over columns of −Σₖ Y′[k]·ln softmax(Z)[k], Y′ = (1 − ε)·Y + ε/rows: (1 − ε)
    /// times <see cref="Loss(ReadOnlySpan{double}, ReadOnlySpan{byte}, int)"/>, and ε times the mean of the same over
    /// all labels.
    /// </summary>
    public static double Loss(ReadOnlySpan<double> Z, ReadOnlySpan<byte> labels, int rows, double epsilon)
    {
        var loss = Loss(Z, labels, rows);
        if (epsilon == 0)
        {
            return loss;
        }

        var others = 0.0;
        Span<byte> label = stackalloc byte[1];
        for (var j = 0; j < labels.Length; j++)
        {
            for (var k = 0; k < rows; k++)
            {
                label[0] = (byte)k;
                others += Loss(Z.Slice(j * rows, rows), label, rows);
            }
        }

        return (1 - epsilon) * loss + epsilon * others / rows;
    }

    /// <summary>
    /// Σ over columns of −ln softmax(Z)[label], computed from Z as ln Σi exp(Z[i] − max) − (Z[label] − max), so that a
    /// probability too small for a number still has its loss.
    /// </summary>
    public static double Loss(ReadOnlySpan<double> Z, ReadOnlySpan<byte> labels, int rows)
    {
        var loss = 0.0;
        for (var j = 0; j < labels.Length; j++)
        {
            var z = Z.Slice(j * rows, rows);
            var max = Max(z);
            var sum = 0.0;
            foreach (var value in z)
            {
                sum += Math.Exp(value - max);
            }

            loss += Math.Log(sum) - (z[labels[j]] - max);
        }

        return loss;
    }

    /// <summary>The number of columns whose largest element is at the label; the lowest index wins a tie.</summary>
    public static long Hits(ReadOnlySpan<double> Z, ReadOnlySpan<byte> labels, int rows)
    {
        var hits = 0L;
        for (var j = 0; j < labels.Length; j++)
        {
            var z = Z.Slice(j * rows, rows);
            var best = 0;
            for (var i = 1; i < rows; i++)
            {
                if (z[i] > z[best])
                {
                    best = i;
                }
            }

            hits += best == labels[j] ? 1 : 0;
        }

        return hits;
    }

    /// <summary>
    /// dZL = AL − Y′, [rows × m], Y′ = (1 − ε)·Y + ε/rows, Y one-hot; without smoothing ε is 0 and Y′ is Y.
    /// </summary>
    public static void OutputError(ReadOnlySpan<double> AL, ReadOnlySpan<byte> labels, Span<double> dZL, int rows,
        double epsilon = 0)
    {
        for (var j = 0; j < labels.Length; j++)
        {
            for (var i = 0; i < rows; i++)
            {
                dZL[j * rows + i] = AL[j * rows + i] - epsilon / rows;
            }

            dZL[j * rows + labels[j]] -= 1 - epsilon;
        }
    }

    /// <summary>
    /// dW += dZ·Aᵀ: dW[i,k] += Σj dZ[i,j]·A[k,j]; dZ [rows × m], A [inner × m]. The 1/m comes with <see cref="Mean"/>.
    /// </summary>
    public static void AddWeightGradient(ReadOnlySpan<double> dZ, ReadOnlySpan<double> A, Span<double> dW, int rows,
        int inner, int m)
    {
        for (var j = 0; j < m; j++)
        {
            var a = A.Slice(j * inner, inner);
            for (var i = 0; i < rows; i++)
            {
                var dz = dZ[j * rows + i];
                var dw = dW.Slice(i * inner, inner);
                for (var k = 0; k < dw.Length; k++)
                {
                    dw[k] += dz * a[k];
                }
            }
        }
    }

    /// <summary>db += Σ columns of dZ, [rows × 1]. The 1/m comes with <see cref="Mean"/>.</summary>
    public static void AddBiasGradient(ReadOnlySpan<double> dZ, Span<double> db, int rows, int m)
    {
        for (var j = 0; j < m; j++)
        {
            for (var i = 0; i < rows; i++)
            {
                db[i] += dZ[j * rows + i];
            }
        }
    }

    /// <summary>The factor 1/m of dW and db, applied once to the finished sums.</summary>
    public static void Mean(Span<double> sums, long m)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] /= m;
        }
    }

    /// <summary>dA = Wᵀ·dZ: dA[k,j] = Σi W[i,k]·dZ[i,j]; W [rows × inner], dZ [rows × m], dA [inner × m].</summary>
    public static void Backward(ReadOnlySpan<double> W, ReadOnlySpan<double> dZ, Span<double> dA, int rows, int inner,
        int m)
    {
        dA.Clear();
        for (var j = 0; j < m; j++)
        {
            var da = dA.Slice(j * inner, inner);
            for (var i = 0; i < rows; i++)
            {
                var dz = dZ[j * rows + i];
                var w = W.Slice(i * inner, inner);
                for (var k = 0; k < w.Length; k++)
                {
                    da[k] += w[k] * dz;
                }
            }
        }
    }

    private static double Max(ReadOnlySpan<double> z)
    {
        var max = z[0];
        foreach (var value in z)
        {
            max = value > max ? value : max;
        }

        return max;
    }
}
