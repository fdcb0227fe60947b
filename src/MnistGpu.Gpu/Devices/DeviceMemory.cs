using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Devices;

/// <summary>
/// A device's memory: how much of it is ours and how much is free. A request for more than is free is refused before a
/// driver sees it, because OpenCL drivers promise any memory and fail only at a launch.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="limit">At most so many bytes of it.</param>
internal sealed class DeviceMemory(Accelerator accelerator, long limit)
{
    private readonly List<MemoryBuffer> live = [];

    /// <summary>Bytes that are ours.</summary>
    public long Allocated
    {
        get
        {
            live.RemoveAll(buffer => buffer.IsDisposed);
            return live.Sum(buffer => buffer.LengthInBytes);
        }
    }

    /// <summary>
    /// Bytes that are left: CUDA's driver tells, and counts other programs; elsewhere it is the device's memory less
    /// ours.
    /// </summary>
    public long Free
    {
        get
        {
            var allocated = Allocated;
            var free = accelerator is CudaAccelerator cuda ? cuda.GetFreeMemory() : accelerator.MemorySize - allocated;
            return Math.Max(0, Math.Min(free, limit - allocated));
        }
    }

    /// <summary>Memory, not set to anything.</summary>
    /// <exception cref="DeviceMemoryException">There is not enough of it.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        var asked = length * Interop.SizeOf<T>();
        var free = Free;
        if (asked > free)
        {
            throw new DeviceMemoryException(asked, free, null);
        }

        try
        {
            var buffer = accelerator.Allocate1D<T>(length);
            live.Add(buffer);
            return buffer;
        }
        catch (Exception e) when (e is AcceleratorException or OutOfMemoryException)
        {
            throw new DeviceMemoryException(asked, free, e);
        }
    }
}

/// <summary>A device has less memory than was asked for.</summary>
internal sealed class DeviceMemoryException(long asked, long free, Exception? inner)
    : Exception($"{asked} bytes were asked for where {free} are free.", inner)
{
    /// <summary>Bytes asked for.</summary>
    public long Asked { get; } = asked;

    /// <summary>Bytes that were free then.</summary>
    public long Free { get; } = free;

    /// <summary>Both, for people, with what the driver said.</summary>
    public string Found =>
        $"{Megabytes(Free)} free{(InnerException is { } driver ? $"; the driver says: {driver.Message}" : "")}";

    /// <summary>Bytes, for people.</summary>
    public static string Megabytes(long bytes) => bytes < 10_000_000 ? $"{bytes / 1e3:N0} kB" : $"{bytes / 1e6:N0} MB";
}
