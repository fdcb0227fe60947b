namespace MnistGpu.Reference;

/// <content>The hidden layers' activations and their derivatives.</content>
internal static partial class Equations
{
    /// <summary>A = f(Z), both [rows × m].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static void Activate(Activation activation, ReadOnlySpan<double> Z, Span<double> A)
    {
        switch (activation)
        {
            case Activation.ReLU:
                ReLU(Z, A);
                break;
            case Activation.ScaledTanh:
                ScaledTanh(Z, A);
                break;
            case Activation.LeakyReLU:
                LeakyReLU(Z, A);
                break;
            default:
                throw NoSuch(activation);
        }
    }

    /// <summary>dZ = dA ⊙ f′(Z), in place, both [rows × m].</summary>
    /// <inheritdoc cref="Activate" path="/exception"/>
    public static void Differentiate(Activation activation, ReadOnlySpan<double> Z, Span<double> dA)
    {
        switch (activation)
        {
            case Activation.ReLU:
                ReLUDerivative(Z, dA);
                break;
            case Activation.ScaledTanh:
                ScaledTanhDerivative(Z, dA);
                break;
            case Activation.LeakyReLU:
                LeakyReLUDerivative(Z, dA);
                break;
            default:
                throw NoSuch(activation);
        }
    }

    /// <summary>A = ReLU(Z) = max(0, Z); not a number stays not a number.</summary>
    public static void ReLU(ReadOnlySpan<double> Z, Span<double> A)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            A[i] = Z[i] <= 0 ? 0 : Z[i];
        }
    }

    /// <summary>A = 1.7159·tanh(⅔·Z): see <see cref="Activation.ScaledTanh"/>.</summary>
    public static void ScaledTanh(ReadOnlySpan<double> Z, Span<double> A)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            A[i] = Model.ScaledTanh.Height * Math.Tanh(Model.ScaledTanh.Slope * Z[i]);
        }
    }

    /// <summary>A = Z where Z &gt; 0, else 0.01·Z: see <see cref="Activation.LeakyReLU"/>.</summary>
    public static void LeakyReLU(ReadOnlySpan<double> Z, Span<double> A)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            A[i] = Z[i] > 0 ? Z[i] : Model.LeakyReLU.Slope * Z[i];
        }
    }

    /// <summary>dZ = dA ⊙ ReLU′(Z), in place: ReLU′(z) = 1 if z &gt; 0 else 0.</summary>
    public static void ReLUDerivative(ReadOnlySpan<double> Z, Span<double> dA)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            dA[i] = Z[i] > 0 ? dA[i] : 0;
        }
    }

    /// <summary>dZ = dA ⊙ f′(Z), in place: f′(z) = ⅔·(1.7159 − a²/1.7159) with a = 1.7159·tanh(⅔·z).</summary>
    public static void ScaledTanhDerivative(ReadOnlySpan<double> Z, Span<double> dA)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            var a = Model.ScaledTanh.Height * Math.Tanh(Model.ScaledTanh.Slope * Z[i]);
            dA[i] *= Model.ScaledTanh.Slope * (Model.ScaledTanh.Height - a * a / Model.ScaledTanh.Height);
        }
    }

    /// <summary>dZ = dA ⊙ f′(Z), in place: f′(z) = 1 if z &gt; 0 else 0.01.</summary>
    public static void LeakyReLUDerivative(ReadOnlySpan<double> Z, Span<double> dA)
    {
        for (var i = 0; i < Z.Length; i++)
        {
            dA[i] = Z[i] > 0 ? dA[i] : Model.LeakyReLU.Slope * dA[i];
        }
    }

    private static ArgumentOutOfRangeException NoSuch(Activation activation) =>
        new(nameof(activation), activation, "The reference has no such activation.");
}
