using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// What a product's last step makes of each sum before it is written, so that the result does not pass through memory once more: the bias, the activation, or
/// an activation's derivative. By default nothing.
/// </summary>
public readonly struct ProductEnd
{
    private readonly int kind;
    private readonly ArrayView<float> operand;
    private readonly float factor;

    private ProductEnd(int kind, ArrayView<float> operand, float factor)
    {
        this.kind = kind;
        this.operand = operand;
        this.factor = factor;
    }

    /// <summary>Whether the sums are written as they are.</summary>
    public bool IsNothing => kind == 0;

    /// <summary>Z = … + b·1ᵀ, as <see cref="Kernels.AddBias"/>.</summary>
    public static ProductEnd Bias(ArrayView<float> b) => new(1, b, 0);

    /// <summary>A = ReLU(… + b·1ᵀ), as <see cref="Kernels.BiasReLU"/>.</summary>
    public static ProductEnd BiasReLU(ArrayView<float> b) => new(2, b, 0);

    /// <summary>A = 1.7159·tanh(⅔·(… + b·1ᵀ)), as <see cref="Kernels.BiasScaledTanh"/>.</summary>
    public static ProductEnd BiasScaledTanh(ArrayView<float> b) => new(3, b, 0);

    /// <summary>dZ = … ⊙ M/(1 − p) ⊙ ReLU′(Z), as <see cref="Kernels.ReLUDerivative"/>.</summary>
    public static ProductEnd ReLUDerivative(ArrayView<float> A, float scale) => new(4, A, scale);

    /// <summary>dZ = … ⊙ f′(Z), f the scaled tanh, as <see cref="Kernels.ScaledTanhDerivative"/>.</summary>
    public static ProductEnd ScaledTanhDerivative(ArrayView<float> A, float keep) => new(5, A, keep);

    /// <summary>The same, with a view in it whatever it is, as kernels' arguments must have.</summary>
    internal ProductEnd With(ArrayView<float> any) => kind == 0 ? new(0, any, 0) : this;

    /// <summary>A product's cost and that of its end: b [rows] or A [elements] read, and its operations.</summary>
    internal KernelCost AddTo(KernelCost product, int rows, double elements) => kind == 0 ? product
        : new(product.Bytes + 4.0 * (kind <= 3 ? rows : elements), product.Flops + (kind switch { 1 => 1, 2 => 2, 3 => 7, 4 => 2, _ => 5 }) * elements);

    /// <summary>In a kernel: what is written for the sum of row <paramref name="r"/> at element <paramref name="at"/>.</summary>
    public float Of(int r, int at, float sum)
    {
        if (kind == 0)
        {
            return sum;
        }

        if (kind <= 3)
        {
            var z = sum + operand[r];
            return kind == 1 ? z : kind == 2 ? ActivationFunctions.ReLU(z) : ActivationFunctions.ScaledTanh(z);
        }

        var a = operand[at];
        return kind == 4 ? (a > 0f ? factor * sum : 0f) : sum * ActivationFunctions.ScaledTanhDerivative(factor * a);
    }
}
