using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Memory;

/// <summary>Loss and hits on the device, each as two floats that add up to it.</summary>
internal sealed class DeviceTotals : IDisposable
{
    private readonly AcceleratorStream stream;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> memory;
    private readonly float[] host = new float[4];

    /// <exception cref="UserErrorException">The device has no room.</exception>
    public DeviceTotals(GpuDevice device)
    {
        stream = device.Accelerator.DefaultStream;
        memory = device.Allocate<float>(host.Length);
        SetToZero();
    }

    /// <summary>Where kernels add to them.</summary>
    public ArrayView<float> View => memory.View;

    /// <summary>Begins anew.</summary>
    public void SetToZero() => memory.MemSetToZero(stream);

    /// <summary>The totals of so many images; waits for the device.</summary>
    public Totals Read(long images)
    {
        View.CopyToCPU(stream, host);
        var hits = (double)host[2] + host[3];
        return new Totals(images, (double)host[0] + host[1], (long)hits);
    }

    public void Dispose() => memory.Dispose();
}
