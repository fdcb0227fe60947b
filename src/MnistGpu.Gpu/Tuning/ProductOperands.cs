using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Gpu.Tuning;

/// <summary>One product's operands on a device, random, and the product by any rung.</summary>
internal sealed class ProductOperands : IDisposable
{
    private readonly GpuDevice device;
    private readonly ProductCase product;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> left;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> right;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense>? pixels;
    private readonly MemoryBuffer1D<int, Stride1D.Dense>? images;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> result;

    /// <param name="device">Where they are.</param>
    /// <param name="product">Which product.</param>
    /// <param name="areMagnitudes">Whether the operands are their absolute values, of the same numbers: the product is then Σ|a·b|.</param>
    public ProductOperands(GpuDevice device, ProductCase product, bool areMagnitudes = false)
    {
        (this.device, this.product) = (device, product);
        var random = new Random(1);
        left = Floats(product.Rows * product.Depth);
        right = Floats(product.Columns * product.Depth);
        if (product.TakesPixels)
        {
            // Of W·A0 the images are columns of the result, of dZ·A0ᵀ they are summed over.
            var (inputs, count) = product.Product == TrainingProduct.WeightsTimesPixels ? (product.Depth, product.Columns) : (product.Rows, product.Depth);
            var bytes = new byte[inputs * count];
            random.NextBytes(bytes);
            pixels = device.Allocate<byte>(bytes.Length);
            pixels.View.BaseView.CopyFromCPU(bytes);
            int[] order = [.. Enumerable.Range(0, count).Reverse()];
            images = device.Allocate<int>(count);
            images.View.BaseView.CopyFromCPU(order);
        }

        result = device.Allocate<float>(product.Elements);

        MemoryBuffer1D<float, Stride1D.Dense> Floats(int count)
        {
            var values = new float[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = 2 * random.NextSingle() - 1;
                values[i] = areMagnitudes ? MathF.Abs(values[i]) : values[i];
            }

            var buffer = device.Allocate<float>(count);
            buffer.View.BaseView.CopyFromCPU(values);
            return buffer;
        }
    }

    /// <summary>Launches the product; waits for nothing.</summary>
    public void Launch(IProductRung rung)
    {
        var (kernels, p) = (device.Launcher, product);
        ArrayView<float> a = left.View, b = right.View, c = result.View;
        switch (p.Product)
        {
            case TrainingProduct.WeightsTimesPixels:
                rung.WeightsTimesPixels(kernels, a, pixels!.View, images!.View, c, p.Rows, p.Depth);
                break;
            case TrainingProduct.WeightsTimesActivations:
                rung.WeightsTimesActivations(kernels, a, b, c, p.Rows, p.Depth, p.Columns);
                break;
            case TrainingProduct.TransposedWeightsTimesErrors:
                rung.TransposedWeightsTimesErrors(kernels, a, b, c, p.Depth, p.Rows, p.Columns);
                break;
            case TrainingProduct.ErrorsTimesActivations:
                rung.ErrorsTimesActivations(kernels, b, a, c, p.Columns, p.Rows, p.Depth, p.Slice, p.Rows * p.Columns);
                break;
            default:
                rung.ErrorsTimesPixels(kernels, b, pixels!.View, images!.View, c, p.Columns, p.Rows, p.Depth, p.Slice, p.Rows * p.Columns);
                break;
        }
    }

    /// <summary>The product by a rung, over a result that held something else.</summary>
    public float[] Compute(IProductRung rung)
    {
        var host = new float[product.Elements];
        Array.Fill(host, float.NaN);
        result.View.BaseView.CopyFromCPU(host);
        Launch(rung);
        device.Accelerator.Synchronize();
        result.View.BaseView.CopyToCPU(host);
        return host;
    }

    public void Dispose()
    {
        foreach (var buffer in (IDisposable?[])[left, right, pixels, images, result])
        {
            buffer?.Dispose();
        }
    }
}
