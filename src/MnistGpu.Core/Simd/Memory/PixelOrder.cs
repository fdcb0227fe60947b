namespace MnistGpu.Simd.Memory;

/// <summary>
/// How the first layer takes an image's pixels: place by place, of which those without ink are left out.
/// </summary>
/// <remarks>
/// Leaving out a blank place changes nothing: each of its products is 0·w, which adds nothing to a sum of finite
/// numbers. (0·∞ would be NaN; a run whose weights are infinite shows that in its loss by every image that has ink
/// there.)
/// </remarks>
internal abstract unsafe class PixelOrder(int count)
{
    /// <summary>Places in an image.</summary>
    public int Count { get; } = count;

    /// <summary>64-bit words that hold a bit per place.</summary>
    public int Words => (Count + 63) / 64;

    /// <summary>Sets bit p of <paramref name="ink"/> where place p of the image has a pixel that is not 0.</summary>
    /// <returns>The number of bits set.</returns>
    public abstract int Find(byte* image, ulong* ink);
}
