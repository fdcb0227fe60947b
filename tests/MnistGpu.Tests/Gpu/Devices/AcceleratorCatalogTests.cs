using ILGPU;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu.Devices;

[Collection(GpuDevices.CpuCollection)]
public sealed class AcceleratorCatalogTests
{
    [Theory]
    [InlineData("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC "
        + "version:  gcc version 12.2.0\n", "driver 535.183.01 for CUDA 12.2")]
    [InlineData("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build\nGCC version: "
        + "13.2.0\n", "driver 550.54.15 for CUDA 12.2")]
    [InlineData("something else 1.2", "driver for CUDA 12.2")]
    [InlineData(null, "driver for CUDA 12.2")]
    public void TheDriverHasItsMakersNumberWhereLinuxTellsIt(string? file, string expected) =>
        Assert.Equal(expected, NvidiaDriver.Describe(new Version(12, 2), file));

    [Fact]
    public void ARefusedGpuIsToldWhy()
    {
        Assert.Contains("CUDA 8.0, which is too old",
            AcceleratorCatalog.CudaRefusal("GPU", isUnknown: false, new Version(8, 0)), StringComparison.Ordinal);
        Assert.Contains("does not know", AcceleratorCatalog.CudaRefusal("GPU", isUnknown: true, new Version(13, 0)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AKernelThatDoesNotCompileIsNamedWithTheDevice()
    {
        using var device = AcceleratorCatalog.Cpu().Open();
        var error = Assert.Throws<UserErrorException>(() => device.Launcher.Launch(1, new ThrowingKernel(1)));
        Assert.Contains(nameof(ThrowingKernel), error.Message, StringComparison.Ordinal);
        Assert.Contains("cpu", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Throw'", error.Message, StringComparison.Ordinal);
    }
}

/// <summary>What ILGPU refuses to compile.</summary>
internal readonly struct ThrowingKernel(int limit) : IKernel
{
    public KernelCost Cost(int threads) => default;

    public void Execute(Index1D i)
    {
        if (i > limit)
        {
            throw new InvalidOperationException();
        }
    }
}
