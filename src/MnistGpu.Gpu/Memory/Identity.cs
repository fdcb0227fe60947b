using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;

namespace MnistGpu.Gpu.Memory;

/// <summary>The indices 0, 1, 2, … on the device: "every image", or a chunk's images in their order.</summary>
internal sealed class Identity(GpuDevice device) : IDisposable
{
    private readonly GrowingBuffer<int> memory = new(device);
    private ArrayView<int> indices;

    /// <summary>The indices 0 … <paramref name="m"/> − 1.</summary>
    public ArrayView<int> Reserve(int m)
    {
        if (indices.Length < m)
        {
            indices = memory.Reserve(m);
            indices.CopyFromCPU(device.Accelerator.DefaultStream, Enumerable.Range(0, m).ToArray());
        }

        return indices.SubView(0, m);
    }

    public void Dispose() => memory.Dispose();
}
