namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>The fused kernels that <see cref="KernelLauncher.AllKernels"/> does not list.</summary>
internal static class FusedKernels
{
    /// <summary>The optimizers' kernels: each also ends a <see cref="SumAndUpdate{TSize, TUpdate}"/>.</summary>
    public static IReadOnlyList<Type> Updates { get; } =
        [.. KernelLauncher.AllKernels.Where(kernel => kernel.IsAssignableTo(typeof(IUpdate)))];

    /// <summary>Those whose threads work in groups, in the sizes that devices are given.</summary>
    public static IReadOnlyList<Type> OfGroups { get; } =
    [
        typeof(SmallNetworkGradients<TenHidden>), typeof(SmallNetworkGradients<TwentyHidden>),
        typeof(OutputLayer), typeof(RowSumsInGroups<Lanes32Parts8>),
        .. from size in (Type[])[typeof(Lanes32Parts8), typeof(Lanes256Parts1)]
            from update in Updates.Prepend(typeof(KeepGradients))
            select SumAndUpdate(size, update),
    ];

    /// <summary>The kernel that adds up slices and updates by the sums.</summary>
    /// <param name="size">An <see cref="ISumSize"/>.</param>
    /// <param name="update">An <see cref="IUpdate"/>.</param>
    public static Type SumAndUpdate(Type size, Type update) =>
        typeof(SumAndUpdate<,>).MakeGenericType(size, update);
}
