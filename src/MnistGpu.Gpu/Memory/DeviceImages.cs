using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;

namespace MnistGpu.Gpu.Memory;

/// <summary>Images on the device, as the bytes they are.</summary>
internal sealed class DeviceImages(GpuDevice device) : IDisposable
{
    private readonly GrowingBuffer<byte> pixels = new(device);
    private readonly GrowingBuffer<byte> classes = new(device);

    /// <summary>[inputs × m] pixels.</summary>
    public ArrayView<byte> X { get; private set; }

    /// <summary>[m] classes.</summary>
    public ArrayView<byte> Labels { get; private set; }

    /// <summary>m where there are labels.</summary>
    public int Count => Labels.IntLength;

    /// <summary>Makes room for so many bytes of pixels and so many labels, and forgets the images before.</summary>
    public void Reserve(int pixels, int labels)
    {
        Forget();
        X = this.pixels.Reserve(pixels);
        Labels = classes.Reserve(labels);
    }

    /// <summary>Copies images to the device in place of those before. <paramref name="labels"/> may be empty.</summary>
    public void Upload(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        Forget();
        this.X = pixels.Reserve(X.Length);
        this.X.CopyFromCPU(device.Accelerator.DefaultStream, X);
        if (!labels.IsEmpty)
        {
            Labels = classes.Reserve(labels.Length);
            Labels.CopyFromCPU(device.Accelerator.DefaultStream, labels);
        }
    }

    public void Dispose()
    {
        pixels.Dispose();
        classes.Dispose();
    }

    // Growing frees what the views point to, and may then be refused.
    private void Forget()
    {
        X = default;
        Labels = default;
    }
}
