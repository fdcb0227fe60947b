using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// A0 = X/255 of the images, [inputs × m], for products that want floats. X [inputs × any] bytes, images [m]. Four
/// pixels per thread.
/// </summary>
internal readonly struct PixelsToFloats(ArrayView<byte> X, ArrayView<int> images, ArrayView<float> A0, int inputs)
    : IKernel
{
    /// <summary>Threads that an image takes.</summary>
    public static int ThreadsPerImage(int inputs) => (inputs + 3) / 4;

    /// <inheritdoc/>
    public KernelCost Cost(int threads)
    {
        var pixels = (double)threads / ThreadsPerImage(inputs) * inputs;
        return new(5 * pixels + sizeof(int) * (double)images.Length, pixels);
    }

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        int j = n / ThreadsPerImage(inputs), i = n % ThreadsPerImage(inputs) * 4;
        int from = images[j] * inputs + i, to = j * inputs + i;
        if ((inputs & 3) == 0)
        {
            var four = PackedPixels.Unpack(X.Cast<uint>()[from >> 2]);
            A0.Cast<Float4>().AsAligned(16)[to >> 2] = default(Float4).Plus(four, 1f / 255f);
            return;
        }

        for (var p = 0; p < IntrinsicMath.Min(4, inputs - i); p++)
        {
            A0[to + p] = X[from + p] * (1f / 255f);
        }
    }
}
