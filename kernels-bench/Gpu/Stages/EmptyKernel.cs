using ILGPU;
using MnistGpu.Gpu.Kernels;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>Does nothing, so that only its launch is left. Public, because ILGPU compiles nothing else.</summary>
internal readonly struct EmptyKernel(int value) : IKernel
{
    /// <summary>What it is launched with: a launch without any argument is none that an engine makes.</summary>
    public int Value { get; } = value;

    /// <inheritdoc/>
    public KernelCost Cost(int threads) => default;

    /// <inheritdoc/>
    public void Execute(Index1D i)
    {
    }
}
