using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Proof;

/// <summary>The activations: how they carry the error of Z, and what their own roundings add.</summary>
internal sealed partial class RoundingBounds
{
    /// <summary>|δA| of A = f(Z).</summary>
    private void BoundActivation(double[] Z, double[] eZ, double[] A, double[] eA)
    {
        switch (shape.Activation)
        {
            case Activation.ReLU:
                BoundReLU(Z, eZ, eA);
                break;
            case Activation.ScaledTanh:
                BoundTanh(eZ, A, eA);
                break;
            case Activation.LeakyReLU:
                BoundLeakyReLU(Z, eZ, eA);
                break;
            default:
                throw NoSuch(shape.Activation);
        }
    }

    /// <summary>dZ(l−1) = Wᵀ·dZ ⊙ f′(Z(l−1)) and |δdZ|.</summary>
    private (double[] dZ, double[] edZ) Backward(
        int l, double[] dZ, double[] edZ, double[] Z, double[] eZ, double[] A, double[] eA)
    {
        var (dA, edA) = Transposed(l, dZ, edZ);
        switch (shape.Activation)
        {
            case Activation.ReLU:
                ReLUDerivative(Z, eZ, dA, edA);
                break;
            case Activation.ScaledTanh:
                TanhDerivative(Z, A, eA, dA, edA);
                break;
            case Activation.LeakyReLU:
                LeakyReLUDerivative(Z, eZ, dA, edA);
                break;
            default:
                throw NoSuch(shape.Activation);
        }

        return (dA, edA);
    }

    /// <summary>ReLU moves no further than its argument, and stays 0 where that stays below 0.</summary>
    private static void BoundReLU(double[] Z, double[] eZ, double[] eA)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            eA[i] = Math.Max(0, Math.Min(eZ[i], Z[i] + eZ[i]));
        }
    }

    /// <summary>
    /// The scaled tanh moves by at most 1.7159·⅔·δ; the product ⅔·z with a rounded ⅔ is off by a relative
    /// 2u, which moves the tangent by no more than a relative 2u, and the height and the last product add 2u.
    /// </summary>
    private static void BoundTanh(double[] eZ, double[] A, double[] eA)
    {
        for (var i = 0; i < A.Length; i++)
        {
            var moved = ScaledTanh.Height * ScaledTanh.Slope * eZ[i];
            eA[i] = moved + Gamma(4 + 2 * TanhUlps) * (Math.Abs(A[i]) + moved) + Underflow;
        }
    }

    /// <summary>
    /// dZ = dA ⊙ ReLU′(Z); where |Z| is within its error, the engine may take 0 or the whole of dA.
    /// </summary>
    private static void ReLUDerivative(double[] Z, double[] eZ, double[] dA, double[] edA)
    {
        for (var k = 0; k < Z.Length; k++)
        {
            if (Math.Abs(Z[k]) <= eZ[k])
            {
                edA[k] += Math.Abs(dA[k]);
            }
            else if (Z[k] < 0)
            {
                edA[k] = 0;
            }
        }

        Equations.ReLUDerivative(Z, dA);
    }

    /// <summary>
    /// dZ = dA·f′ with f′ = ⅔·(1.7159 − a²/1.7159) taken from the activation: |δf′| ≤
    /// ⅔/1.7159·(2|a| + δ)·δ and, of its at most seven roundings, γ7·⅔·(1.7159 + a²/1.7159).
    /// </summary>
    private static void TanhDerivative(double[] Z, double[] A, double[] eA, double[] dA, double[] edA)
    {
        var slopes = new double[Z.Length];
        Array.Fill(slopes, 1);
        Equations.ScaledTanhDerivative(Z, slopes);
        for (var k = 0; k < Z.Length; k++)
        {
            double size = Math.Abs(A[k]), bend = ScaledTanh.Slope / ScaledTanh.Height, largest = size + eA[k];
            var error = bend * (2 * size + eA[k]) * eA[k]
                + Gamma(7) * (ScaledTanh.Slope * ScaledTanh.Height + bend * largest * largest);
            edA[k] = edA[k] * (slopes[k] + error) + Math.Abs(dA[k]) * error
                + u * (Math.Abs(dA[k]) + edA[k]) * (slopes[k] + error);
            dA[k] *= slopes[k];
        }
    }

    /// <summary>
    /// The leaky ReLU moves by δ, by 0.01·δ where Z surely is below 0; 0.01·z has two roundings, of the constant
    /// and of the product.
    /// </summary>
    private static void BoundLeakyReLU(double[] Z, double[] eZ, double[] eA)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            var rounded = Gamma(2) * LeakyReLU.Slope * (Math.Abs(Z[i]) + eZ[i]) + Underflow;
            eA[i] = Z[i] > eZ[i] ? eZ[i] : (Z[i] < -eZ[i] ? LeakyReLU.Slope : 1) * eZ[i] + rounded;
        }
    }

    /// <summary>
    /// dZ = dA·f′, f′ 1 or 0.01 with the same two roundings; where |Z| is within its error, the engine may take
    /// the other of them.
    /// </summary>
    private static void LeakyReLUDerivative(double[] Z, double[] eZ, double[] dA, double[] edA)
    {
        for (var k = 0; k < Z.Length; k++)
        {
            var rounded = Gamma(2) * LeakyReLU.Slope * (Math.Abs(dA[k]) + edA[k]) + Underflow;
            if (Math.Abs(Z[k]) <= eZ[k])
            {
                edA[k] += (1 - LeakyReLU.Slope) * Math.Abs(dA[k]) + rounded;
            }
            else if (Z[k] < 0)
            {
                edA[k] = LeakyReLU.Slope * edA[k] + rounded;
            }
        }

        Equations.LeakyReLUDerivative(Z, dA);
    }

    private static ArgumentOutOfRangeException NoSuch(Activation activation) =>
        new(nameof(activation), activation, "There are no bounds for such an activation.");
}
