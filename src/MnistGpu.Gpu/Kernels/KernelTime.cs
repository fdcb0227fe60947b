namespace MnistGpu.Gpu.Kernels;

/// <summary>The time of one kernel in training steps.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Launches">How often it was launched.</param>
/// <param name="Time">All launches together, as the device measured them.</param>
/// <param name="Bytes">Bytes that they had to move at least.</param>
/// <param name="Flops">Their floating-point operations.</param>
internal sealed record KernelTime(string Kernel, long Launches, TimeSpan Time, double Bytes, double Flops)
{
    /// <summary>Billions of bytes a second.</summary>
    public double GigabytesPerSecond => Bytes / Time.TotalSeconds / 1e9;

    /// <summary>Billions of floating-point operations a second.</summary>
    public double GigaflopsPerSecond => Flops / Time.TotalSeconds / 1e9;
}
