namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>The fused kernels that <see cref="KernelLauncher.AllKernels"/> does not list.</summary>
public static class FusedKernels
{
    /// <summary>Those whose threads work in groups, in the sizes that devices are given.</summary>
    public static IReadOnlyList<Type> OfGroups { get; } =
    [
        typeof(SmallNetworkGradients<TenHidden>), typeof(SmallNetworkGradients<TwentyHidden>),
        typeof(SumAndUpdate<Lanes32Parts8, KeepGradients>), typeof(SumAndUpdate<Lanes32Parts8, GradientDescent>),
        typeof(SumAndUpdate<Lanes32Parts8, Momentum>), typeof(SumAndUpdate<Lanes32Parts8, Adam>),
    ];
}
