using System.Runtime.InteropServices;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Zeroed memory outside the managed heap, aligned to cache lines, so that vectors never straddle two and nothing moves
/// it.
/// </summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    private const nuint Alignment = 64;
    private byte* start;

    /// <summary>Takes <paramref name="bytes"/> bytes, all zero.</summary>
    public AlignedBuffer(long bytes)
    {
        Length = bytes;
        // A spare line, so that an empty buffer has an address too.
        var size = (nuint)bytes + Alignment;
        start = (byte*)NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(start, size);
    }

    /// <summary>Gives the memory back where <see cref="Dispose"/> was forgotten.</summary>
    ~AlignedBuffer() => Free();

    /// <summary>The size in bytes.</summary>
    public long Length { get; }

    /// <summary>The memory as bytes.</summary>
    public byte* Bytes => start;

    /// <summary>The memory as floats.</summary>
    public float* Floats => (float*)start;

    /// <summary>The memory as 64-bit words.</summary>
    public ulong* Words => (ulong*)start;

    /// <summary>A buffer for <paramref name="count"/> floats.</summary>
    public static AlignedBuffer OfFloats(long count) => new(count * sizeof(float));

    /// <summary>Sets everything to zero.</summary>
    public void Clear() => NativeMemory.Clear(start, (nuint)Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
