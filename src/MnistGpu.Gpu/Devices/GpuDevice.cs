using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Devices;

/// <summary>A device in use: ILGPU's context and accelerator, and the kernels compiled for it. Engines may share one, in turn.</summary>
public sealed class GpuDevice : IDisposable
{
    private readonly Context context;

    /// <summary>Opens a device.</summary>
    /// <exception cref="UserErrorException">The device is present but does not start.</exception>
    public GpuDevice(AcceleratorInfo info)
    {
        Info = info;
        DriverNames.Install();

        // Profiling adds the markers by which a batch's memory is known to be free again.
        context = Context.Create(builder => builder.EnableAlgorithms().Profiling());
        try
        {
            Accelerator = info.Device.CreateAccelerator(context);
        }
        catch (Exception e) when (e is AcceleratorException or CapabilityNotSupportedException or NotSupportedException)
        {
            context.Dispose();
            throw new UserErrorException("This device does not start", where: $"{info.Name}, {info.Model}", found: e.Message,
                todo: "close other programs that use it, update its driver, or choose another: --device simd", inner: e);
        }

        Launcher = new KernelLauncher(Accelerator, info.Name);
    }

    /// <summary>Which device it is.</summary>
    public AcceleratorInfo Info { get; }

    /// <summary>ILGPU's handle on it.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Its compiled kernels.</summary>
    public KernelLauncher Launcher { get; }

    /// <summary>Memory on the device, not set to anything.</summary>
    /// <exception cref="UserErrorException">The device has no room for it.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        try
        {
            return Accelerator.Allocate1D<T>(length);
        }
        catch (AcceleratorException e)
        {
            throw new UserErrorException("The device has no room for this job", where: $"{Info.Name}, {Info.Model}",
                expected: $"{length * Interop.SizeOf<T>() / 1e6:N0} MB more", found: e.Message,
                todo: "take fewer images (--limit), a smaller network, or another device: --device simd", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        context.Dispose();
    }
}
