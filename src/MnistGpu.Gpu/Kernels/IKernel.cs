using ILGPU;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// One equation as a kernel: a readonly struct whose fields are the arguments and whose <see cref="Execute"/> computes
/// one element of the result. Elements are independent, so a launch needs no barriers and no atomics, and every sum
/// runs in one thread in a fixed order.
/// </summary>
/// <remarks>
/// Matrices: W and dW row by row, everything with a column per image column by column (an image's values together).
/// Sizes are checked on the host: an index outside a view ends the process on ILGPU's CPU accelerator.
/// </remarks>
internal interface IKernel
{
    /// <summary>Computes element <paramref name="i"/> of the result.</summary>
    void Execute(Index1D i);

    /// <summary>
    /// What a launch of <paramref name="threads"/> elements has to move and to compute. Asked for on the host.
    /// </summary>
    KernelCost Cost(int threads);
}
