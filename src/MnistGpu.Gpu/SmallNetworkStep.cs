using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The forward and backward pass of a small network as one launch of <see cref="SmallNetworkGradients{TSize}"/>.
/// </summary>
internal abstract class SmallNetworkStep
{
    // Two groups for each multiprocessor of an H200, all under way at once. More would read and write more slices:
    // each is as long as θ.
    protected const int MostSlices = 264;

    /// <summary>
    /// The step of a network on a device; null where the network is too large or the device too small.
    /// </summary>
    public static SmallNetworkStep? For(GpuDevice device, NetworkShape shape)
    {
        var kernels = device.Launcher;
        SmallNetworkStep[] sizes =
            [new SmallNetworkStep<TenHidden>(kernels, shape), new SmallNetworkStep<TwentyHidden>(kernels, shape)];
        return Array.Find(sizes, size => size.Fits(device.Accelerator));
    }

    /// <summary>Elements from one slice to the next.</summary>
    public abstract int Stride { get; }

    /// <summary>Images of a slice: whole tiles, as few as give at most 264 slices. It depends on m alone.</summary>
    public abstract int SliceImages(int m);

    /// <summary>Slices that m images make.</summary>
    public int SliceCount(int m) => (m - 1) / SliceImages(m) + 1;

    /// <summary>Whether the network and the device are made for this size.</summary>
    public abstract bool Fits(Accelerator accelerator);

    /// <summary>Compiles the kernel.</summary>
    public abstract void Compile();

    /// <summary>Slices of dθ, m times too large, and of the image totals.</summary>
    public abstract void Launch(
        ArrayView<float> theta, Pixels pixels, ArrayView<byte> labels, ArrayView<int> images, float epsilon,
        ArrayView<float> slices, ArrayView<float> imageTotals);
}

/// <inheritdoc/>
internal sealed class SmallNetworkStep<TSize>(
    KernelLauncher kernels, NetworkShape shape, int mostSlices = SmallNetworkStep.MostSlices) : SmallNetworkStep
    where TSize : struct, ISmallNetworkSize
{
    /// <inheritdoc/>
    public override int Stride => ((int)shape.ParameterCount + 3) / 4 * 4;

    /// <inheritdoc/>
    public override int SliceImages(int m) => TSize.Images * ((m - 1) / (TSize.Images * mostSlices) + 1);

    /// <inheritdoc/>
    public override bool Fits(Accelerator accelerator)
    {
        if (shape.Layers != 2)
        {
            return false;
        }

        int words = (shape.Inputs + 3) / 4, blocks = (shape.Out(0) - 1) / SmallNetwork.Rows + 1;
        return words <= TSize.Words && shape.Out(0) <= TSize.Hidden && shape.Outputs <= TSize.Outputs
            && words * blocks <= TSize.Threads && TSize.Images * blocks <= TSize.Threads
            && TSize.Threads <= accelerator.MaxNumThreadsPerGroup
            && 16 * SmallNetworkLayout<TSize>.Length <= accelerator.MaxSharedMemoryPerGroup;
    }

    /// <inheritdoc/>
    public override void Compile() => kernels.CompileGroups<SmallNetworkGradients<TSize>>();

    /// <inheritdoc/>
    public override void Launch(
        ArrayView<float> theta, Pixels pixels, ArrayView<byte> labels, ArrayView<int> images, float epsilon,
        ArrayView<float> slices, ArrayView<float> imageTotals)
    {
        var m = images.IntLength;
        var net = new SmallNetwork(
            theta, pixels.X, pixels.Columns, labels, images, shape.Inputs, shape.Out(0), shape.Outputs, m,
            SliceImages(m),
            ActivationFunctions.Number(shape.Activation), epsilon);
        kernels.LaunchGroups(
            (SliceCount(m), TSize.Threads), new SmallNetworkGradients<TSize>(net, slices, Stride, imageTotals));
    }
}
