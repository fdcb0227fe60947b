using ILGPU;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>Which fused kernels a network's steps take on a device.</summary>
internal sealed class Fusion
{
    /// <summary>Threads of the largest size of <see cref="SumAndUpdate{TSize, TUpdate}"/>.</summary>
    private static readonly int Threads = Lanes32Parts8.Lanes * Lanes32Parts8.Parts;

    private readonly KernelLauncher kernels;
    private readonly bool inGroups;

    internal Fusion(
        KernelLauncher kernels, SmallNetworkStep? smallNetwork, bool inGroups, bool takesOutputLayer = false)
    {
        this.kernels = kernels;
        this.inGroups = inGroups;
        FusedPasses = smallNetwork;
        TakesOutputLayer = takesOutputLayer;
    }

    /// <summary>Whether kernels whose threads work in groups are fast here.</summary>
    public bool InGroups => inGroups;

    /// <summary>Whether a training step's last layer is one launch, <see cref="Kernels.Fused.OutputLayer"/>.</summary>
    public bool TakesOutputLayer { get; }

    /// <summary>
    /// The whole forward and backward pass in one launch; null where the network or the device does not admit it.
    /// </summary>
    public SmallNetworkStep? FusedPasses { get; }

    /// <summary>The fused kernels for a network on a device; null where they are not wanted.</summary>
    /// <param name="device">Where they run.</param>
    /// <param name="shape">The network's widths.</param>
    /// <param name="isWanted">Whether there are to be any.</param>
    /// <param name="ownProducts">
    /// Whether they may compute products too: not where these are asked for by name or rounding.
    /// </param>
    /// <param name="smallNetwork">Whether the passes of a small network may be one launch.</param>
    public static Fusion? Choose(
        GpuDevice device, NetworkShape shape, bool isWanted, bool ownProducts = true, bool smallNetwork = true)
    {
        // On ILGPU's CPU accelerator a barrier takes 0.1 ms, so there only kernels without one. On PoCL a step of the
        // tutorial's network was measured at 4.8 ms for 1,000 images and 259 ms for 41,000, against 27.8 and 866 ms
        // unfused (two cores).
        var inGroups = !device.Info.IsHostSimulation && device.Accelerator.MaxNumThreadsPerGroup >= Threads;
        var own = inGroups && ownProducts;
        return isWanted ? new(
            device.Launcher, own && smallNetwork ? SmallNetworkStep.For(device, shape) : null, inGroups,
            own && shape.Layers > 1 && shape.Outputs <= Kernels.Fused.OutputLayer.MostRows
                && Kernels.Fused.OutputLayer.SharedBytes <= device.Accelerator.MaxSharedMemoryPerGroup) : null;
    }

    /// <summary>
    /// Whether a step's images take <see cref="FusedPasses"/>: not where units are dropped, nor where more images are
    /// deformed than a chunk has.
    /// </summary>
    public bool TakesFusedPasses(Regularization regularization, int m, WorkPlan plan) =>
        FusedPasses is not null && regularization.Dropout.Threshold == 0
            && (regularization.Deformation is null || m <= plan.ChunkImages);

    /// <summary>Compiles the kernels of groups that every training takes.</summary>
    public void Compile()
    {
        FusedPasses?.Compile();
        if (inGroups)
        {
            kernels.CompileGroups<RowSumsInGroups<Lanes32Parts8>>();
        }

        if (TakesOutputLayer)
        {
            kernels.CompileGroups<OutputLayer>();
        }
    }

    /// <summary>Adds up slices and updates by the sums.</summary>
    public void SumAndUpdate<TUpdate>(SliceSums sums, ArrayView<float> theta, float lambda, TUpdate update)
        where TUpdate : struct, IUpdate
    {
        if (inGroups && sums.Count >= Lanes32Parts8.Parts)
        {
            Launch<Lanes32Parts8, TUpdate>(sums, theta, lambda, update);
        }
        else if (inGroups)
        {
            Launch<Lanes256Parts1, TUpdate>(sums, theta, lambda, update);
        }
        else
        {
            Launch<Lanes2Parts1, TUpdate>(sums, theta, lambda, update);
        }
    }

    /// <summary>Row sums, each as <see cref="RowSums"/>: several in a launch where threads work in groups.</summary>
    public void RowSums(ReadOnlySpan<RowSum> sums)
    {
        for (; sums.Length > 0; sums = sums[Math.Min(3, sums.Length)..])
        {
            var all = new RowSumsInGroups<Lanes32Parts8>(
                sums[0], sums.Length > 1 ? sums[1] : sums[0].None, sums.Length > 2 ? sums[2] : sums[0].None);
            kernels.LaunchGroups(all.Groups, all);
        }
    }

    private void Launch<TSize, TUpdate>(SliceSums sums, ArrayView<float> theta, float lambda, TUpdate update)
        where TSize : struct, ISumSize
        where TUpdate : struct, IUpdate
    {
        var groups = (sums.Parameters - 1) / TSize.Lanes + 1 + (sums.HasImageTotals ? 1 : 0);
        kernels.LaunchGroups(
            (groups, TSize.Lanes * TSize.Parts), new SumAndUpdate<TSize, TUpdate>(sums, theta, lambda, update));
    }
}
