using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Memory;

/// <summary>
/// Loss and hits of each part of a step on the device, so that no part waits for it. Where there are more parts than
/// places, those so far are read.
/// </summary>
internal sealed class PartTotals(GpuDevice device) : IDisposable
{
    private const int Places = 256;

    // Two floats for the loss, two for the hits, as in DeviceTotals.
    private const int PerPart = 4;

    private readonly List<int> images = [];
    private readonly List<Totals> read = [];
    private readonly float[] host = new float[Places * PerPart];
    private MemoryBuffer1D<float, Stride1D.Dense>? memory;

    /// <summary>Where kernels add those of the next part, which has so many images.</summary>
    public ArrayView<float> Next(int count)
    {
        if (memory is null)
        {
            memory = device.Allocate<float>(host.Length);
            memory.MemSetToZero(device.Accelerator.DefaultStream);
        }

        if (images.Count == Places)
        {
            Fetch();
        }

        images.Add(count);
        return memory.View.AsContiguous().SubView((images.Count - 1) * PerPart, PerPart);
    }

    /// <summary>Those of all parts since the last call; waits for the device.</summary>
    public void Read(Span<Totals> totals)
    {
        EngineGuard.Totals(read.Count + images.Count, totals.Length);
        Fetch();
        read.CopyTo(totals);
        read.Clear();
    }

    public void Dispose() => memory?.Dispose();

    private void Fetch()
    {
        if (images.Count == 0)
        {
            return;
        }

        var stream = device.Accelerator.DefaultStream;
        memory!.View.AsContiguous().CopyToCPU(stream, host);
        for (var i = 0; i < images.Count; i++)
        {
            var part = host.AsSpan(i * PerPart, PerPart);
            read.Add(new Totals(images[i], (double)part[0] + part[1], (long)((double)part[2] + part[3])));
        }

        images.Clear();
        memory.MemSetToZero(stream);
    }
}
