using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Proof;

/// <summary>
/// The three products of training: what the rounding of their operands, their sums, and the errors of what they are
/// given can come to.
/// </summary>
internal sealed partial class RoundingBounds
{
    /// <summary>
    /// Z = W·A + b and |δZ| ≤ σ(K+3)·|W|·(|A| + |δA|) + γ·|b| + |W|·|δA|: K for the sum, 1 for b, 2 for
    /// 1/255; σ is the product's share, γ(K+3) in float32.
    /// </summary>
    private (double[] Z, double[] eZ) Affine(int l, double[] A, double[] eA)
    {
        int rows = shape.Out(l), inner = shape.In(l);
        double[] Z = new double[rows], eZ = new double[rows];
        Equations.Affine(state.W[l], state.b[l], A, Z, rows, inner, 1);
        double share = products.Share(gamma, inner, others: 3, Rounded(l));
        var sum = gamma(products.SumFactor * inner + 3);
        for (var i = 0; i < rows; i++)
        {
            double magnitude = 0, carried = 0;
            var w = state.W[l].AsSpan(i * inner, inner);
            for (var k = 0; k < inner; k++)
            {
                var abs = Math.Abs(w[k]);
                magnitude += abs * (Math.Abs(A[k]) + eA[k]);
                carried += abs * eA[k];
            }

            eZ[i] = share * magnitude + sum * Math.Abs(state.b[l][i]) + carried;
        }

        return (Z, eZ);
    }

    /// <summary>dA = Wᵀ·dZ and |δdA| ≤ σ(K+1)·|W|ᵀ·(|dZ| + |δdZ|) + |W|ᵀ·|δdZ|.</summary>
    private (double[] dA, double[] edA) Transposed(int l, double[] dZ, double[] edZ)
    {
        int rows = shape.Out(l), inner = shape.In(l);
        double[] dA = new double[inner], edA = new double[inner];
        Equations.Backward(state.W[l], dZ, dA, rows, inner, 1);
        var share = products.Share(gamma, rows, others: 1);
        for (var i = 0; i < rows; i++)
        {
            for (var k = 0; k < inner; k++)
            {
                var abs = Math.Abs(state.W[l][i * inner + k]);
                edA[k] += abs * edZ[i] + share * abs * (Math.Abs(dZ[i]) + edZ[i]);
            }
        }

        return (dA, edA);
    }

    /// <summary>
    /// dW = dZ·Aᵀ and db = Σ dZ over the images: K are all of them, and one image's product adds its share of the
    /// bound.
    /// </summary>
    private void AddGradient(int l, double[] dZ, double[] edZ, double[] A, double[] eA)
    {
        var inner = shape.In(l);
        double share = products.Share(gamma, images, others: 4, Rounded(l)), sum = gamma(images + 4);
        for (var i = 0; i < dZ.Length; i++)
        {
            double abs = Math.Abs(dZ[i]) + edZ[i];
            Gradients.db[l][i] += dZ[i];
            Bounds.db[l][i] += edZ[i] + sum * abs;
            for (var k = 0; k < inner; k++)
            {
                var size = Math.Abs(A[k]);
                Gradients.dW[l][i * inner + k] += dZ[i] * A[k];
                Bounds.dW[l][i * inner + k] += edZ[i] * size + abs * eA[k] + share * abs * (size + eA[k]);
            }
        }
    }

    // Of the first layer's products pixels are one operand.
    private static int Rounded(int l) => l == 0 ? 1 : 2;
}
