using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Gpu.Tuning;

/// <summary>One product's operands on a device, and the product by any rung.</summary>
internal sealed class ProductOperands : IDisposable
{
    private readonly GpuDevice device;
    private readonly Product product;
    private readonly List<IDisposable> memory = [];

    /// <summary>Random operands.</summary>
    /// <param name="device">Where they are.</param>
    /// <param name="product">Which product.</param>
    /// <param name="areMagnitudes">
    /// Whether the operands are their absolute values, of the same numbers: the product is then Σ|a·b|.
    /// </param>
    public ProductOperands(GpuDevice device, ProductCase product, bool areMagnitudes = false)
        : this(device, product, new Random(1), areMagnitudes)
    {
    }

    /// <summary>Given operands, [rows × depth] and [columns × depth] of the result, and random pixels.</summary>
    public ProductOperands(GpuDevice device, ProductCase product, float[] left, float[] right)
        : this(device, product, left, right, new Random(1))
    {
    }

    private ProductOperands(GpuDevice device, ProductCase product, Random random, bool areMagnitudes)
        : this(device, product, Draw(random, product.Rows * product.Depth, areMagnitudes),
            Draw(random, product.Columns * product.Depth, areMagnitudes), random)
    {
    }

    private ProductOperands(GpuDevice device, ProductCase p, float[] left, float[] right, Random random)
    {
        this.device = device;
        try
        {
            ArrayView<float> a = Upload(left), b = Upload(right), c = Allocate<float>(p.Elements);
            var (pixels, images) = p.TakesPixels ? Pixels(p, random) : default;
            product = p.Product switch
            {
                ProductKind.WeightsTimesPixels => Product.WeightsTimesPixels(a, pixels, images, c, p.Rows, p.Depth),
                ProductKind.WeightsTimesActivations =>
                    Product.WeightsTimesActivations(a, b, c, p.Rows, p.Depth, p.Columns),
                ProductKind.TransposedWeightsTimesErrors =>
                    Product.TransposedWeightsTimesErrors(a, b, c, p.Depth, p.Rows, p.Columns),
                ProductKind.ErrorsTimesActivations => Product.ErrorsTimesActivations(
                    b, a, c, p.Columns, p.Rows, p.Depth, p.Slice, p.Rows * p.Columns),
                ProductKind.ErrorsTimesPixels => Product.ErrorsTimesPixels(
                    b, pixels, images, c, p.Columns, p.Rows, p.Slice, p.Rows * p.Columns),
                _ => throw new ArgumentOutOfRangeException(nameof(p), p.Product, null),
            };
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the result is, slice after slice.</summary>
    public ArrayView<float> Result => product.Result;

    /// <summary>Launches the product; waits for nothing.</summary>
    public void Launch(IProductRung rung) => rung.Launch(device.Launcher, product);

    /// <summary>The product by a rung, over a result that held something else.</summary>
    public float[] Compute(IProductRung rung)
    {
        var host = new float[product.Elements];
        Array.Fill(host, float.NaN);
        Result.CopyFromCPU(host);
        Launch(rung);
        device.Accelerator.Synchronize();
        Result.CopyToCPU(host);
        return host;
    }

    public void Dispose()
    {
        foreach (var buffer in memory)
        {
            buffer.Dispose();
        }
    }

    private static float[] Draw(Random random, int count, bool areMagnitudes)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = 2 * random.NextSingle() - 1;
            values[i] = areMagnitudes ? MathF.Abs(values[i]) : values[i];
        }

        return values;
    }

    private (ArrayView<byte> Pixels, ArrayView<int> Images) Pixels(ProductCase p, Random random)
    {
        // Of W·A0 the images are columns of the result, of dZ·A0ᵀ they are summed over.
        var (inputs, count) = p.Product == ProductKind.WeightsTimesPixels ? (p.Depth, p.Columns) : (p.Rows, p.Depth);
        var bytes = new byte[inputs * count];
        random.NextBytes(bytes);
        return (Upload(bytes), Upload([.. Enumerable.Range(0, count).Reverse()]));
    }

    private ArrayView<T> Upload<T>(T[] values)
        where T : unmanaged
    {
        var view = Allocate<T>(values.Length);
        view.CopyFromCPU(values);
        return view;
    }

    private ArrayView<T> Allocate<T>(int length)
        where T : unmanaged
    {
        var buffer = device.Allocate<T>(length);
        memory.Add(buffer);
        return buffer.View;
    }
}
