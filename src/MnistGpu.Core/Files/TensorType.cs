namespace MnistGpu.Files;

/// <summary>The types of numbers that are read from a safetensors file, by the names it gives them.</summary>
internal enum TensorType
{
    /// <summary>IEEE 754 in 16 bits.</summary>
    F16,

    /// <summary>The upper half of an <see cref="F32"/>.</summary>
    BF16,

    /// <summary>IEEE 754 in 32 bits.</summary>
    F32,

    /// <summary>IEEE 754 in 64 bits.</summary>
    F64,

    /// <summary>Whole numbers in 64 bits, as PyTorch counts batches; those past 2⁵³ are rounded.</summary>
    I64,
}
