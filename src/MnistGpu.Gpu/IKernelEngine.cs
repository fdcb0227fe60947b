using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// What training steps were to a device. Evaluations, predictions and the upload of the images are not in it.
/// </summary>
/// <param name="Steps">Training steps.</param>
/// <param name="Launches">Kernels launched in them.</param>
/// <param name="Bytes">Bytes that these kernels had to move at least, see <see cref="Kernels.KernelCost"/>.</param>
/// <param name="Flops">Floating-point operations of these kernels.</param>
/// <param name="UploadedBytes">Bytes copied from the host for them: the orders of the batches.</param>
internal readonly record struct StepWork(long Steps, long Launches, double Bytes, double Flops, long UploadedBytes)
{
    /// <summary>What was done after <paramref name="before"/>.</summary>
    public StepWork Since(StepWork before) => new(
        Steps - before.Steps, Launches - before.Launches, Bytes - before.Bytes, Flops - before.Flops,
        UploadedBytes - before.UploadedBytes);
}

/// <summary>The most that a device was seen to do, measured on it, not taken from a data sheet.</summary>
/// <param name="GigabytesPerSecond">A copy within its memory, reads and writes counted.</param>
/// <param name="GigaflopsPerSecond">Independent multiply-adds in registers.</param>
internal sealed record DevicePeak(double GigabytesPerSecond, double GigaflopsPerSecond)
{
    /// <summary>
    /// How near a kernel came to the peak of what bounds it, memory or arithmetic: the greater of the two shares
    /// (Williams, Waterman and Patterson 2009, the roofline).
    /// </summary>
    public double Share(KernelTime kernel) =>
        Math.Max(kernel.GigabytesPerSecond / GigabytesPerSecond, kernel.GigaflopsPerSecond / GigaflopsPerSecond);
}

/// <summary>An engine whose arithmetic is kernels on a device.</summary>
internal interface IKernelEngine : INetworkEngine
{
    /// <summary>All training steps of this engine so far.</summary>
    StepWork Work { get; }

    /// <summary>How its products are computed.</summary>
    ProductChoice Products { get; }

    /// <summary>
    /// Compiles the kernels of the products that steps of so many images and evaluations take, which depend on the
    /// number, now rather than at their first launch.
    /// </summary>
    /// <exception cref="UserErrorException">The device's compiler refuses one.</exception>
    void Prepare(int images);

    /// <summary>
    /// The times of the kernels in the training steps since the last call, the longest first; waits for the device.
    /// Empty unless the engine was made to measure: markers around every launch cost some microseconds each.
    /// </summary>
    IReadOnlyList<KernelTime> ReadKernelTimes();

    /// <summary>
    /// Measures what the device can do at most, in some tenths of a second; null where the result is no number.
    /// </summary>
    DevicePeak? MeasurePeak();
}
