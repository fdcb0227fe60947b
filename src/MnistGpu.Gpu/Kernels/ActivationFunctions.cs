using ILGPU.Algorithms;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// f and f′ of the hidden layers, one number at a time. f′ is told from a = f(z). Kernels know an activation by its
/// number: they cannot throw, so the host asks for it first.
/// </summary>
internal static class ActivationFunctions
{
    private const int OfReLU = 0;
    private const int OfScaledTanh = 1;
    private const int OfLeakyReLU = 2;
    private const float Leak = (float)Model.LeakyReLU.Slope;
    private const float Height = (float)Model.ScaledTanh.Height;
    private const float TwiceSlope = (float)(2 * Model.ScaledTanh.Slope);
    private const float AtZero = (float)(Model.ScaledTanh.Slope * Model.ScaledTanh.Height);
    private const float OfSquare = (float)(Model.ScaledTanh.Slope / Model.ScaledTanh.Height);

    /// <summary>What kernels call an activation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They have no such activation.</exception>
    public static int Number(Activation activation) => activation switch
    {
        Activation.ReLU => OfReLU,
        Activation.ScaledTanh => OfScaledTanh,
        Activation.LeakyReLU => OfLeakyReLU,
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "No kernel has such an activation."),
    };

    /// <summary>Operations of Z + b and f, and of <see cref="Differentiate"/>, for an element.</summary>
    public static (double Forward, double Backward) Flops(int f) => f switch
    {
        OfReLU => (2, 2),
        OfScaledTanh => (7, 5),
        _ => (3, 2),
    };

    /// <summary>In a kernel: f(z).</summary>
    public static float Activate(int f, float z) =>
        f == OfReLU ? ReLU(z) : f == OfScaledTanh ? ScaledTanh(z) : LeakyReLU(z);

    /// <summary>In a kernel: f′(z) from a = f(z).</summary>
    public static float Derivative(int f, float a) =>
        f == OfReLU ? ReLUDerivative(a) : f == OfScaledTanh ? ScaledTanhDerivative(a) : LeakyReLUDerivative(a);

    /// <summary>In a kernel: dz = dA·f′(z).</summary>
    /// <param name="f">The activation's number.</param>
    /// <param name="dA">dA.</param>
    /// <param name="A">The activation after dropout.</param>
    /// <param name="factor">
    /// 1/(1 − p) where A = 0 has no slope, so that dropout shows in A and its factor is applied here; elsewhere 1 − p,
    /// which makes A what it was before dropout.
    /// </param>
    public static float Differentiate(int f, float dA, float A, float factor) => f == OfReLU
        ? (A > 0f ? factor * dA : 0f)
        : dA * Derivative(f, factor * A);

    /// <summary>The factor of <see cref="Differentiate"/>.</summary>
    public static float Factor(Activation activation, Dropout dropout) =>
        (float)(activation.ZeroHasNoSlope() ? dropout.Scale : 1 / dropout.Scale);

    /// <summary>max(0, z); NaN stays NaN.</summary>
    private static float ReLU(float z) => z <= 0f ? 0f : z;

    /// <summary>1 where a > 0, else 0.</summary>
    private static float ReLUDerivative(float a) => a > 0f ? 1f : 0f;

    /// <summary>1.7159·tanh(⅔·z) by tanh(x) = 1 − 2/(1 + exp(2x)).</summary>
    private static float ScaledTanh(float z) => Height * (1f - 2f / (1f + XMath.Exp(TwiceSlope * z)));

    /// <summary>z where z > 0, else 0.01·z; NaN stays NaN.</summary>
    private static float LeakyReLU(float z) => z > 0f ? z : Leak * z;

    /// <summary>1 where a > 0, else 0.01.</summary>
    private static float LeakyReLUDerivative(float a) => a > 0f ? 1f : Leak;

    /// <summary>⅔·(1.7159 − a²/1.7159).</summary>
    private static float ScaledTanhDerivative(float a) => AtZero - OfSquare * (a * a);
}
