using ILGPU;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// What a product's last step makes of each sum before it is written, so that the result does not pass through memory
/// once more: the bias, the activation, or an activation's derivative. By default nothing.
/// </summary>
internal readonly struct Epilogue
{
    private const int Nothing = 0;
    private const int BiasAlone = 1;
    private const int BiasAndActivation = 2;
    private const int Derivative = 3;

    private readonly int kind;
    private readonly int f;
    private readonly ArrayView<float> operand;
    private readonly float factor;

    private Epilogue(int kind, ArrayView<float> operand, int f = 0, float factor = 0)
    {
        this.kind = kind;
        this.f = f;
        this.operand = operand;
        this.factor = factor;
    }

    /// <summary>Whether the sums are written as they are.</summary>
    public bool IsNothing => kind == Nothing;

    /// <summary>Z = … + b·1ᵀ, as <see cref="AddBias"/>.</summary>
    public static Epilogue Bias(ArrayView<float> b) => new(BiasAlone, b);

    /// <summary>A = f(… + b·1ᵀ), as <see cref="BiasActivation"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static Epilogue Activate(Activation activation, ArrayView<float> b) =>
        new(BiasAndActivation, b, ActivationFunctions.Number(activation));

    /// <summary>dZ = … ⊙ f′(Z), as <see cref="ActivationDerivative"/>.</summary>
    /// <inheritdoc cref="Activate" path="/exception"/>
    public static Epilogue Differentiate(Activation activation, ArrayView<float> A, Dropout dropout = default) => new(
        Derivative, A, ActivationFunctions.Number(activation), ActivationFunctions.Factor(activation, dropout));

    /// <summary>The same with a valid view: a kernel's argument may not be null.</summary>
    internal Epilogue With(ArrayView<float> any) => kind == Nothing ? new(Nothing, any) : this;

    /// <summary>A product's cost and that of its epilogue: b [rows] or A [elements] read, and its operations.</summary>
    internal KernelCost AddTo(KernelCost product, int rows, double elements)
    {
        if (kind == Nothing)
        {
            return product;
        }

        var (forward, backward) = ActivationFunctions.Flops(f);
        var flops = kind == BiasAlone ? 1 : kind == BiasAndActivation ? forward : backward;
        return new(product.Bytes + 4.0 * (kind == Derivative ? elements : rows), product.Flops + flops * elements);
    }

    /// <summary>
    /// In a kernel: what is written for the sum of row <paramref name="r"/> at element <paramref name="at"/>.
    /// </summary>
    public float Of(int r, int at, float sum)
    {
        if (kind == Nothing)
        {
            return sum;
        }

        if (kind <= BiasAndActivation)
        {
            var z = sum + operand[r];
            return kind == BiasAlone ? z : ActivationFunctions.Activate(f, z);
        }

        return ActivationFunctions.Differentiate(f, sum, operand[at], factor);
    }
}
