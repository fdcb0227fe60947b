using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Gpu.Devices;

/// <summary>
/// A device in use: ILGPU's context and accelerator, and the kernels compiled for it. Engines may share one, in turn.
/// </summary>
internal sealed class GpuDevice : IDisposable
{
    /// <summary>What to take where a device does not do.</summary>
    internal const string Instead = "another device: TrainingOptions.Device = simd";

    private readonly Context context;

    /// <summary>Opens a device.</summary>
    /// <param name="info">Which.</param>
    /// <param name="profile">Whether every kernel of a training step is timed, which slows the steps down.</param>
    /// <exception cref="UserErrorException">The device is present but does not start.</exception>
    public GpuDevice(AcceleratorInfo info, bool profile = false)
        : this(info, profile, long.MaxValue)
    {
    }

    /// <summary>Opens a device and takes at most so many bytes of its memory.</summary>
    internal GpuDevice(AcceleratorInfo info, bool profile, long memoryLimit)
    {
        Info = info;
        DriverNames.Install();

        context = Context.Create(builder =>
        {
            builder.EnableAlgorithms();
            if (profile)
            {
                builder.Profiling();
            }
        });
        try
        {
            Accelerator = info.Device.CreateAccelerator(context);
        }
        catch (Exception e) when (e is AcceleratorException or CapabilityNotSupportedException or NotSupportedException)
        {
            context.Dispose();
            throw new UserErrorException(
                "This device does not start", where: $"{info.Name}, {info.Model}", found: e.Message,
                todo: $"close other programs that use it, update its driver, or choose {Instead}",
                inner: e);
        }

        Memory = new DeviceMemory(Accelerator, memoryLimit);
        Launcher = new KernelLauncher(Accelerator, info.Name, profile);
    }

    /// <summary>Which device it is.</summary>
    public AcceleratorInfo Info { get; }

    /// <summary>ILGPU's handle on it.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Its compiled kernels.</summary>
    public KernelLauncher Launcher { get; }

    /// <summary>How much of its memory is taken and free.</summary>
    internal DeviceMemory Memory { get; }

    /// <summary>Memory on the device, not set to anything.</summary>
    /// <exception cref="UserErrorException">The device has no room for it.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        try
        {
            return Memory.Allocate<T>(length);
        }
        catch (DeviceMemoryException e)
        {
            throw NoRoom(e, $"take fewer images (TrainingOptions.Limit), a smaller network, or {Instead}");
        }
    }

    /// <summary>What the user is told where the memory ends.</summary>
    internal UserErrorException NoRoom(DeviceMemoryException e, string todo) => new(
        "The device has no room for this job", where: $"{Info.Name}, {Info.Model}",
        expected: $"{DeviceMemoryException.Megabytes(e.Asked)} more", found: e.Found,
        todo: todo, inner: e);

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        context.Dispose();
    }
}
