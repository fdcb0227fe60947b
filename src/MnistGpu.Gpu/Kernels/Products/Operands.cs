using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// One side of a product C[r,c] = Σₛ left[r,s]·right[c,s]: o is its outer index (r or c) and s runs along the depth that is summed over. How it
/// lies in memory is the operand's own business, so that one kernel serves all three products of training.
/// </summary>
/// <remarks>Outside the operand, and from <c>end</c> on, everything is 0, so that tails need no code in the kernels.</remarks>
public interface IOperand
{
    /// <summary>Whether neighbours along s are neighbours in memory; else neighbours along o are.</summary>
    static abstract bool IsAlongDepth { get; }

    /// <summary>Whether memory holds the floats as they are used, so that they can be copied without passing through a register.</summary>
    static abstract bool IsFloat { get; }

    /// <summary>Element [o, s], or 0 outside.</summary>
    float Load(int o, int s, int end);

    /// <summary>
    /// Four neighbours in memory from [o, s] on: along s or along o. One 16-byte access (4-byte for pixels) where everything is aligned,
    /// which asks of the caller that s or o be a multiple of 4.
    /// </summary>
    Float4 Load4(int o, int s, int end);

    /// <summary>Whether <see cref="Load4"/> is one access at [o, s]: aligned and wholly inside.</summary>
    bool IsWhole4(int o, int s, int end);

    /// <summary>Whether [o, s] is inside.</summary>
    bool IsInside(int o, int s, int end);

    /// <summary>Where [o, s] lies in a CUDA device's memory, for inline PTX. Only where <see cref="IsFloat"/>.</summary>
    long Address(int o, int s);
}

/// <summary>[o, s] at o·pitch + s: W of W·A, row by row; A of W·A and dZ of Wᵀ·dZ, column by column.</summary>
public readonly struct AlongDepth(ArrayView<float> data, int outer, int pitch, int aligned, long address) : IOperand
{
    /// <inheritdoc/>
    public static bool IsAlongDepth => true;

    /// <inheritdoc/>
    public static bool IsFloat => true;

    /// <inheritdoc/>
    public float Load(int o, int s, int end) => o < outer && s < end ? data[o * pitch + s] : 0f;

    /// <inheritdoc/>
    public Float4 Load4(int o, int s, int end) => IsWhole4(o, s, end)
        ? data.Cast<Float4>().AsAligned(16)[(o * pitch + s) >> 2]
        : new(Load(o, s, end), Load(o, s + 1, end), Load(o, s + 2, end), Load(o, s + 3, end));

    /// <inheritdoc/>
    public bool IsWhole4(int o, int s, int end) => aligned != 0 && o < outer && s + 4 <= end;

    /// <inheritdoc/>
    public bool IsInside(int o, int s, int end) => o < outer && s < end;

    /// <inheritdoc/>
    public long Address(int o, int s) => address + sizeof(float) * (long)(o * pitch + s);
}

/// <summary>[o, s] at s·pitch + o: W of Wᵀ·dZ, row by row; dZ and A of dZ·Aᵀ, column by column.</summary>
public readonly struct AcrossDepth(ArrayView<float> data, int outer, int pitch, int aligned, long address) : IOperand
{
    /// <inheritdoc/>
    public static bool IsAlongDepth => false;

    /// <inheritdoc/>
    public static bool IsFloat => true;

    /// <inheritdoc/>
    public float Load(int o, int s, int end) => o < outer && s < end ? data[s * pitch + o] : 0f;

    /// <inheritdoc/>
    public Float4 Load4(int o, int s, int end) => IsWhole4(o, s, end)
        ? data.Cast<Float4>().AsAligned(16)[(s * pitch + o) >> 2]
        : new(Load(o, s, end), Load(o + 1, s, end), Load(o + 2, s, end), Load(o + 3, s, end));

    /// <inheritdoc/>
    public bool IsWhole4(int o, int s, int end) => aligned != 0 && o + 4 <= outer && s < end;

    /// <inheritdoc/>
    public bool IsInside(int o, int s, int end) => o < outer && s < end;

    /// <inheritdoc/>
    public long Address(int o, int s) => address + sizeof(float) * (long)(s * pitch + o);
}

/// <summary>[o, s] at images[o]·pitch + s: the bytes of A0 in W1·A0, an image per o. 1/255 is left to the product's end.</summary>
public readonly struct PixelsAlongDepth(ArrayView<byte> X, ArrayView<int> images, int outer, int pitch, int aligned) : IOperand
{
    /// <inheritdoc/>
    public static bool IsAlongDepth => true;

    /// <inheritdoc/>
    public static bool IsFloat => false;

    /// <inheritdoc/>
    public float Load(int o, int s, int end) => o < outer && s < end ? X[images[o] * pitch + s] : 0f;

    /// <inheritdoc/>
    public Float4 Load4(int o, int s, int end) => IsWhole4(o, s, end)
        ? PackedPixels.Unpack(X.Cast<uint>()[(images[o] * pitch + s) >> 2])
        : new(Load(o, s, end), Load(o, s + 1, end), Load(o, s + 2, end), Load(o, s + 3, end));

    /// <inheritdoc/>
    public bool IsWhole4(int o, int s, int end) => aligned != 0 && o < outer && s + 4 <= end;

    /// <inheritdoc/>
    public bool IsInside(int o, int s, int end) => o < outer && s < end;

    /// <inheritdoc/>
    public long Address(int o, int s) => 0;
}

/// <summary>[o, s] at images[s]·pitch + o: the bytes of A0 in dZ1·A0ᵀ, an image per s. 1/255 is left to the product's end.</summary>
public readonly struct PixelsAcrossDepth(ArrayView<byte> X, ArrayView<int> images, int outer, int pitch, int aligned) : IOperand
{
    /// <inheritdoc/>
    public static bool IsAlongDepth => false;

    /// <inheritdoc/>
    public static bool IsFloat => false;

    /// <inheritdoc/>
    public float Load(int o, int s, int end) => o < outer && s < end ? X[images[s] * pitch + o] : 0f;

    /// <inheritdoc/>
    public Float4 Load4(int o, int s, int end) => IsWhole4(o, s, end)
        ? PackedPixels.Unpack(X.Cast<uint>()[(images[s] * pitch + o) >> 2])
        : new(Load(o, s, end), Load(o + 1, s, end), Load(o + 2, s, end), Load(o + 3, s, end));

    /// <inheritdoc/>
    public bool IsWhole4(int o, int s, int end) => aligned != 0 && o + 4 <= outer && s < end;

    /// <inheritdoc/>
    public bool IsInside(int o, int s, int end) => o < outer && s < end;

    /// <inheritdoc/>
    public long Address(int o, int s) => 0;
}

/// <summary>Four bytes read as one.</summary>
internal static class PackedPixels
{
    // Little-endian, as every device here is. Through int: C# makes a float of a uint by way of a double.
    public static Float4 Unpack(uint four) => new((int)(four & 255), (int)((four >> 8) & 255), (int)((four >> 16) & 255), (int)(four >> 24));
}
