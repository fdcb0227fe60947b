using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Host;

namespace MnistGpu.Program.Jobs;

/// <summary>Where the device's time went in the training steps.</summary>
/// <param name="Kernels">The kernels' times, the longest first.</param>
/// <param name="Peak">What the device can do at most; null where it could not be measured.</param>
internal sealed record TrainProfile(IReadOnlyList<KernelTime> Kernels, DevicePeak? Peak)
{
    /// <summary>All kernels together.</summary>
    public TimeSpan Total => Kernels.Aggregate(TimeSpan.Zero, (sum, kernel) => sum + kernel.Time);

    /// <summary>Refuses engines that launch no kernels.</summary>
    /// <exception cref="UserErrorException">This one does not.</exception>
    public static void RequireKernels(EngineChoice choice)
    {
        if (!choice.HasKernels)
        {
            throw new UserErrorException("There are no kernels to time on this device", where: "--profile",
                expected: "a GPU, or cpu, ILGPU's simulator", found: $"--device {choice.Name}",
                todo: "leave out --profile, or name one of these with --device: "
                    + $"{string.Join(", ", Engines.List().Where(c => c.HasKernels).Select(c => c.Name))}");
        }
    }

    /// <summary>Reads the times of all runs, then measures the peak.</summary>
    public static TrainProfile Read(IKernelEngine engine) => new(engine.ReadKernelTimes(), engine.MeasurePeak());
}
