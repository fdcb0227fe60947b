namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>How a product may round its operands; sums are always float32.</summary>
internal enum ProductMath
{
    /// <summary>Not at all.</summary>
    Full,

    /// <summary>To TF32, by at most 2⁻¹¹ of each.</summary>
    Tf32,

    /// <summary>To bf16, by at most 2⁻⁸ of each.</summary>
    Bf16,
}

/// <summary>The products of training.</summary>
internal enum ProductKind
{
    /// <summary>Z = W·A0.</summary>
    WeightsTimesPixels,

    /// <summary>Z = W·A.</summary>
    WeightsTimesActivations,

    /// <summary>dA = Wᵀ·dZ.</summary>
    TransposedWeightsTimesErrors,

    /// <summary>dW = dZ·Aᵀ.</summary>
    ErrorsTimesActivations,

    /// <summary>dW = dZ·A0ᵀ.</summary>
    ErrorsTimesPixels,
}

/// <summary>What the user calls the products and the roundings.</summary>
internal static class ProductNames
{
    /// <summary>A product as its equation has it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such product.</exception>
    public static string NameOf(ProductKind product) => product switch
    {
        ProductKind.WeightsTimesPixels => "W·A0",
        ProductKind.WeightsTimesActivations => "W·A",
        ProductKind.TransposedWeightsTimesErrors => "Wᵀ·dZ",
        ProductKind.ErrorsTimesActivations => "dZ·Aᵀ",
        ProductKind.ErrorsTimesPixels => "dZ·A0ᵀ",
        _ => throw new ArgumentOutOfRangeException(nameof(product), product, null),
    };

    /// <summary>A rounding's name, which is also that of the rung that rounds so.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rounding.</exception>
    public static string NameOf(ProductMath math) => math switch
    {
        ProductMath.Full => "float32",
        ProductMath.Tf32 => "tf32",
        ProductMath.Bf16 => "bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(math), math, null),
    };

    /// <summary>How a rung of this name rounds: those of the tensor cores are named after it.</summary>
    public static ProductMath MathOf(string rung) =>
        Enum.GetValues<ProductMath>().FirstOrDefault(math => NameOf(math) == rung);
}
