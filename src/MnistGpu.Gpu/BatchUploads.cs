using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;

namespace MnistGpu.Gpu;

/// <summary>
/// Sends each batch's image numbers to the device without waiting for it. The numbers are first copied to page-locked memory,
/// a slot per batch; a slot is used again only after the device has read it. That is checked once per half of the slots, by a
/// marker set when the half was left, so the host waits only where it is that many steps ahead.
/// </summary>
internal sealed class BatchUploads(GpuDevice device) : IDisposable
{
    private const int MaxSlotsPerHalf = 64;
    private const int MaxNumbersPerHalf = 1 << 20;

    private readonly GrowingBuffer<int> onDevice = new(device);
    private readonly ProfilingMarker?[] left = new ProfilingMarker?[2];
    private PageLockedArray1D<int>? slots;
    private int slotLength;
    private int slotsPerHalf;
    private int next;

    /// <summary>The numbers on the device, in memory that the next call overwrites after the work queued before it.</summary>
    public ArrayView<int> Upload(ReadOnlySpan<int> images)
    {
        var target = onDevice.Reserve(images.Length);
        if (images.Length > slotLength)
        {
            Grow(images.Length);
        }

        if (next % slotsPerHalf == 0)
        {
            EnterHalf(next / slotsPerHalf);
        }

        var slot = slots!.Span.Slice(next * slotLength, images.Length);
        images.CopyTo(slot);
        target.CopyFromCPUUnsafeAsync(device.Accelerator.DefaultStream, ref slot[0], slot.Length);
        next = (next + 1) % (2 * slotsPerHalf);
        return target;
    }

    public void Dispose()
    {
        Release();
        onDevice.Dispose();
    }

    private void EnterHalf(int half)
    {
        left[1 - half]?.Dispose();
        left[1 - half] = device.Accelerator.DefaultStream.AddProfilingMarker();
        left[half]?.Synchronize();
    }

    private void Grow(int length)
    {
        Release();
        // Page-locking needs the device's context on this thread, and ILGPU does not see to that here.
        device.Accelerator.Bind();
        slotsPerHalf = Math.Clamp(MaxNumbersPerHalf / length, 1, MaxSlotsPerHalf);
        slots = device.Accelerator.AllocatePageLocked1D<int>(2L * slotsPerHalf * length);
        slotLength = length;
        next = 0;
    }

    private void Release()
    {
        device.Accelerator.Synchronize();
        foreach (ref var marker in left.AsSpan())
        {
            marker?.Dispose();
            marker = null;
        }

        slots?.Dispose();
        slots = null;
    }
}
