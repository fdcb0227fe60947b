using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;

namespace MnistGpu.Gpu.Memory;

/// <summary>
/// Device memory that is allocated again only when more is asked for than ever before. Growing forgets what was in it.
/// </summary>
internal sealed class GrowingBuffer<T>(GpuDevice device) : IDisposable
    where T : unmanaged
{
    private MemoryBuffer1D<T, Stride1D.Dense>? memory;

    /// <summary>A view of the first <paramref name="length"/> elements.</summary>
    public ArrayView<T> Reserve(int length)
    {
        if (memory is null || memory.Length < length)
        {
            // Steps under way may still use the old memory.
            device.Accelerator.Synchronize();
            memory?.Dispose();
            memory = null;
            memory = device.Allocate<T>(length);
        }

        return memory.View.AsContiguous().SubView(0, length);
    }

    public void Dispose() => memory?.Dispose();
}
