using ILGPU.Algorithms;

namespace MnistGpu.Gpu.Kernels;

/// <summary>f and f′ of the hidden layers, one number at a time. f′ is told from a = f(z).</summary>
internal static class ActivationFunctions
{
    private const float Height = (float)Model.ScaledTanh.Height;
    private const float TwiceSlope = (float)(2 * Model.ScaledTanh.Slope);
    private const float AtZero = (float)(Model.ScaledTanh.Slope * Model.ScaledTanh.Height);
    private const float OfSquare = (float)(Model.ScaledTanh.Slope / Model.ScaledTanh.Height);

    /// <summary>max(0, z); NaN stays NaN.</summary>
    public static float ReLU(float z) => z <= 0f ? 0f : z;

    /// <summary>1 where a > 0, else 0.</summary>
    public static float ReLUDerivative(float a) => a > 0f ? 1f : 0f;

    /// <summary>1.7159·tanh(⅔·z) by tanh(x) = 1 − 2/(1 + exp(2x)).</summary>
    public static float ScaledTanh(float z) => Height * (1f - 2f / (1f + XMath.Exp(TwiceSlope * z)));

    /// <summary>⅔·(1.7159 − a²/1.7159).</summary>
    public static float ScaledTanhDerivative(float a) => AtZero - OfSquare * (a * a);
}
