using ILGPU.Runtime;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Memory;
using MnistGpu.Simd.Vectors;
using MnistGpu.Tests.Deformations;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

/// <summary>The kernels together deform images to the reference's bytes.</summary>
public abstract class DeviceDeformerTests
{
    private protected abstract GpuDevice Device { get; }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(4, 4, 20)]
    [InlineData(5, 5, 20)]
    [InlineData(17, 17, 10)]
    [InlineData(28, 28, 30)]
    [InlineData(5, 3, 20)]
    [InlineData(9, 17, 10)]
    public void TheBytesAreTheReferences(int width, int height, int m)
    {
        var n = width * height;
        var images = Bent.Images(n, m);
        int[] batch = [m - 1, 0, 1, 1, .. Enumerable.Range(0, m)];
        using var training = new DeviceImages(Device);
        training.Upload(images.X, images.Labels);
        using var numbers = Device.Accelerator.Allocate1D(batch);
        using var identity = new Identity(Device);
        using var deformer = new DeviceDeformer(Device, identity);
        foreach (var deformation in (Deformation[])[Bent.Everything, Bent.Affine, Bent.Wildest])
        {
            // Rectangles are of other things than digits.
            var own = width == height ? deformation : deformation with { Width = width, AreDigits = false };
            deformer.Load(own, Bent.Seed, n);
            foreach (var epoch in (uint[])[0, 5])
            {
                var expected = Bent.Reference(own, width, images.X, images.Labels, epoch);
                var pixels = deformer.Take(training, numbers.View, epoch);
                var bent = Read(pixels.X);
                var columns = Read(pixels.Columns);
                for (var j = 0; j < batch.Length; j++)
                {
                    Assert.Equal(expected[(batch[j] * n)..((batch[j] + 1) * n)],
                        bent[(columns[j] * n)..((columns[j] + 1) * n)]);
                }
            }
        }

        deformer.Load(null, Bent.Seed, n);
        Assert.Equal(images.X, Read(deformer.Take(training, numbers.View, 0).X));
    }

    private T[] Read<T>(ILGPU.ArrayView<T> view)
        where T : unmanaged
    {
        var host = new T[view.Length];
        view.CopyToCPU(Device.Accelerator.DefaultStream, host);
        return host;
    }
}

[Collection(GpuDevices.CpuCollection)]
public sealed class CpuAcceleratorDeviceDeformerTests(GpuDevices devices) : DeviceDeformerTests
{
    private protected override GpuDevice Device => devices.Cpu;
}

[Collection(GpuDevices.PoclCollection)]
public sealed class PoclDeviceDeformerTests(GpuDevices devices) : DeviceDeformerTests
{
    private protected override GpuDevice Device => devices.Pocl;

    [Fact]
    public void ManyImagesAreDeformedToTheVectorsBytes()
    {
        const int m = 5000;
        var images = Bent.Images(28 * 28, m);
        using var training = new DeviceImages(Device);
        training.Upload(images.X, images.Labels);
        using var numbers = Device.Accelerator.Allocate1D(Enumerable.Range(0, m).ToArray());
        using var identity = new Identity(Device);
        using var deformer = new DeviceDeformer(Device, identity);
        deformer.Load(Bent.Everything, Bent.Seed, 784);
        var bent = new byte[images.X.Length];
        deformer.Take(training, numbers.View, 3).X.CopyToCPU(Device.Accelerator.DefaultStream, bent);
        Assert.Equal(BentBySimd.All(VectorWidths.Widest, Bent.Everything, images.X, images.Labels, 3), bent);
    }
}
