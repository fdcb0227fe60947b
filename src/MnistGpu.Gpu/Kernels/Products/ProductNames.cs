namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>How a product may round its operands; sums are always float32.</summary>
public enum ProductMath
{
    /// <summary>Not at all.</summary>
    Full,

    /// <summary>To TF32, by at most 2⁻¹¹ of each.</summary>
    Tf32,

    /// <summary>To bf16, by at most 2⁻⁸ of each.</summary>
    Bf16,
}

/// <summary>The products of training, in the order of <see cref="IProductRung.Kernels"/>.</summary>
public enum TrainingProduct
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

/// <summary>What the user calls the rungs and the products. Apart from <see cref="ProductLadder"/>, so that a name is checked without loading ILGPU.</summary>
public static class ProductNames
{
    /// <summary>The rungs of <see cref="ProductLadder"/>, in its order.</summary>
    public static IReadOnlyList<string> Rungs { get; } =
        ["naive", "coalesced", "shared", "register", "vector", "vector-128", "double", "double-128", "tf32", "bf16"];

    /// <summary>A product as its equation has it.</summary>
    public static string Of(TrainingProduct product) => product switch
    {
        TrainingProduct.WeightsTimesPixels => "W·A0",
        TrainingProduct.WeightsTimesActivations => "W·A",
        TrainingProduct.TransposedWeightsTimesErrors => "Wᵀ·dZ",
        TrainingProduct.ErrorsTimesActivations => "dZ·Aᵀ",
        _ => "dZ·A0ᵀ",
    };

    /// <summary>A rounding, as --math has it.</summary>
    public static string Of(ProductMath math) => math switch { ProductMath.Tf32 => "tf32", ProductMath.Bf16 => "bf16", _ => "float32" };

    /// <summary>How a rung of this name rounds: those of the tensor cores are named after it.</summary>
    public static ProductMath MathOf(string rung) => rung switch { "tf32" => ProductMath.Tf32, "bf16" => ProductMath.Bf16, _ => ProductMath.Full };
}
