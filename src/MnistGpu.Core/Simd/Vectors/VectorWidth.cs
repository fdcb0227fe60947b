namespace MnistGpu.Simd.Vectors;

/// <summary>The floats a kernel takes at once.</summary>
internal enum VectorWidth
{
    /// <summary>One: no vectors.</summary>
    Scalar = 1,

    /// <summary>Four: SSE, NEON.</summary>
    Bits128 = 4,

    /// <summary>Eight: AVX2.</summary>
    Bits256 = 8,

    /// <summary>Sixteen: AVX-512.</summary>
    Bits512 = 16,
}

/// <summary>What this machine's vectors are.</summary>
internal static class VectorWidths
{
    /// <summary>The widest that runs at full speed here.</summary>
    public static VectorWidth Widest =>
        Ops512.IsSupported ? VectorWidth.Bits512
        : Ops256.IsSupported ? VectorWidth.Bits256
        : Ops128.IsSupported ? VectorWidth.Bits128
        : VectorWidth.Scalar;
}
