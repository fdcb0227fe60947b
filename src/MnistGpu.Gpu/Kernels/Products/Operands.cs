using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// One side of a product C[r,c] = Σₛ left[r,s]·right[c,s]: o is its outer index (r or c) and s runs along the depth
/// that is summed over. How it lies in memory is the operand's own business, so that one kernel serves all three
/// products of training.
/// </summary>
/// <remarks>
/// Outside the operand, and from <c>end</c> on, everything is 0, so that tails need no code in the kernels.
/// </remarks>
internal interface IOperand
{
    /// <summary>Whether neighbours along s are neighbours in memory; else neighbours along o are.</summary>
    static abstract bool IsAlongDepth { get; }

    /// <summary>
    /// Whether memory holds the floats as they are used, so that they can be copied without passing through a
    /// register.
    /// </summary>
    static abstract bool IsFloat { get; }

    /// <summary>Element [o, s], or 0 outside.</summary>
    float Load(int o, int s, int end);

    /// <summary>
    /// Four neighbours in memory from [o, s] on: along s or along o. One 16-byte access (4-byte for pixels) where
    /// everything is aligned, which asks of the caller that s or o be a multiple of 4.
    /// </summary>
    Float4 Load4(int o, int s, int end);

    /// <summary>Whether <see cref="Load4"/> is one access at [o, s]: aligned and wholly inside.</summary>
    bool IsWhole4(int o, int s, int end);

    /// <summary>Whether [o, s] is inside.</summary>
    bool IsInside(int o, int s, int end);

    /// <summary>Whether four neighbours in memory are 16 aligned bytes, at every multiple of four.</summary>
    bool IsAligned { get; }

    /// <summary>Whether every element below these bounds is inside, every four of them aligned, and floats.</summary>
    bool IsWholeTile(int oEnd, int sEnd, int end);

    /// <summary>Elements from one outer index, or step of the depth, to the next.</summary>
    int Pitch { get; }

    /// <summary>How many of <see cref="Load4"/>'s four are inside, which are the first of them.</summary>
    int Inside4(int o, int s, int end);

    /// <summary>
    /// Where [o, s] lies in a CUDA device's memory, for inline PTX, or the first element where that is not
    /// <paramref name="inside"/>. Only where <see cref="IsFloat"/>.
    /// </summary>
    long Address(int o, int s, bool inside);
}

/// <summary>[o, s] at o·pitch + s: W of W·A, row by row; A of W·A and dZ of Wᵀ·dZ, column by column.</summary>
internal readonly struct AlongDepth(ArrayView<float> data, int outer, int pitch, int aligned, long address) : IOperand
{
    /// <summary>As <see cref="Load4"/> where the operand is aligned and no four is cut by the end.</summary>
    public Float4 LoadAligned4(int o, int s, int end) => o < outer && s < end
        ? data.Cast<Float4>().AsAligned(16)[(o * pitch + s) >> 2] : default;

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
    public bool IsAligned => aligned != 0;

    /// <inheritdoc/>
    public bool IsWholeTile(int oEnd, int sEnd, int end) => aligned != 0 && oEnd <= outer && sEnd <= end;

    /// <inheritdoc/>
    public int Pitch => pitch;

    /// <inheritdoc/>
    public int Inside4(int o, int s, int end) => o < outer ? IntrinsicMath.Clamp(end - s, 0, 4) : 0;

    /// <inheritdoc/>
    public long Address(int o, int s, bool inside) => address + sizeof(float) * (long)(inside ? o * pitch + s : 0);
}

/// <summary>[o, s] at s·pitch + o: W of Wᵀ·dZ, row by row; dZ and A of dZ·Aᵀ, column by column.</summary>
internal readonly struct AcrossDepth(ArrayView<float> data, int outer, int pitch, int aligned, long address) : IOperand
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
    public bool IsAligned => aligned != 0;

    /// <inheritdoc/>
    public bool IsWholeTile(int oEnd, int sEnd, int end) => aligned != 0 && oEnd <= outer && sEnd <= end;

    /// <inheritdoc/>
    public int Pitch => pitch;

    /// <inheritdoc/>
    public int Inside4(int o, int s, int end) => s < end ? IntrinsicMath.Clamp(outer - o, 0, 4) : 0;

    /// <inheritdoc/>
    public long Address(int o, int s, bool inside) => address + sizeof(float) * (long)(inside ? s * pitch + o : 0);
}

/// <summary>
/// [o, s] at images[o]·pitch + s: the bytes of A0 in W1·A0, an image per o. 1/255 is left to the end of the product.
/// </summary>
internal readonly struct PixelsAlongDepth(ArrayView<byte> X, ArrayView<int> images, int outer, int pitch, int aligned)
    : IOperand
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

    /// <summary>Whether <see cref="Load8"/> may be called.</summary>
    public bool HasSixteens => aligned == PackedPixels.Sixteens;

    /// <summary>Where image o begins, or −1 where there is none.</summary>
    public int Begin(int o) => o < outer ? images[o] * pitch : -1;

    /// <summary>Eight pixels of the image that begins there, s a multiple of 8; 0 outside.</summary>
    public Words2 Load8(int begin, int s, int end) => begin >= 0 && s < end
        ? X.Cast<Words2>().AsAligned(8)[(begin + s) >> 3] : default;

    /// <inheritdoc/>
    public bool IsWhole4(int o, int s, int end) => aligned != 0 && o < outer && s + 4 <= end;

    /// <inheritdoc/>
    public bool IsInside(int o, int s, int end) => o < outer && s < end;

    /// <inheritdoc/>
    public bool IsAligned => aligned != 0;

    /// <inheritdoc/>
    public bool IsWholeTile(int oEnd, int sEnd, int end) => false;

    /// <inheritdoc/>
    public int Pitch => pitch;

    /// <inheritdoc/>
    public int Inside4(int o, int s, int end) => o < outer ? IntrinsicMath.Clamp(end - s, 0, 4) : 0;

    /// <inheritdoc/>
    public long Address(int o, int s, bool inside) => 0;
}

/// <summary>
/// [o, s] at images[s]·pitch + o: the bytes of A0 in dZ1·A0ᵀ, an image per s. 1/255 is left to the end of the
/// product.
/// </summary>
internal readonly struct PixelsAcrossDepth(ArrayView<byte> X, ArrayView<int> images, int outer, int pitch, int aligned)
    : IOperand
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

    /// <summary>Whether <see cref="Load8"/> may be called.</summary>
    public bool HasSixteens => aligned == PackedPixels.Sixteens;

    /// <summary>Eight pixels along o from [o, s] on, o a multiple of 8; 0 outside.</summary>
    public Words2 Load8(int o, int s, int end) => o < outer && s < end
        ? X.Cast<Words2>().AsAligned(8)[(images[s] * pitch + o) >> 3] : default;

    /// <inheritdoc/>
    public bool IsWhole4(int o, int s, int end) => aligned != 0 && o + 4 <= outer && s < end;

    /// <inheritdoc/>
    public bool IsInside(int o, int s, int end) => o < outer && s < end;

    /// <inheritdoc/>
    public bool IsAligned => aligned != 0;

    /// <inheritdoc/>
    public bool IsWholeTile(int oEnd, int sEnd, int end) => false;

    /// <inheritdoc/>
    public int Pitch => pitch;

    /// <inheritdoc/>
    public int Inside4(int o, int s, int end) => s < end ? IntrinsicMath.Clamp(outer - o, 0, 4) : 0;

    /// <inheritdoc/>
    public long Address(int o, int s, bool inside) => 0;
}

/// <summary>Four bytes read as one.</summary>
internal static class PackedPixels
{
    /// <summary>What pixels are told where every image begins at a multiple of 16 bytes.</summary>
    public const int Sixteens = 16;

    // Little-endian, as every device here is. Through int: C# makes a float of a uint by way of a double.
    public static Float4 Unpack(uint four) =>
        new((int)(four & 255), (int)((four >> 8) & 255), (int)((four >> 16) & 255), (int)(four >> 24));
}
