using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Memory;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>Which rungs of the product ladder a network's passes take, by the number of images.</summary>
/// <param name="kernels">Compiles them.</param>
/// <param name="shape">The network.</param>
/// <param name="plan">How its work is cut up.</param>
/// <param name="products">Which rung computes which product.</param>
/// <param name="hasOutputLayer">Whether the last layer's products of a step are in a kernel of its own.</param>
internal sealed class PassRungs(
    KernelLauncher kernels, NetworkShape shape, WorkPlan plan, ProductChoice products, bool hasOutputLayer)
{
    /// <summary>Whether the products of the first layer want A0 as floats.</summary>
    public bool WantsFloats(int m) =>
        products.For(ProductKind.WeightsTimesPixels, shape.Out(0), m).PrefersFloats(shape.Inputs);

    /// <summary>Compiles the rungs that passes of m images take.</summary>
    public void Compile(int m, bool isTraining)
    {
        m = Math.Min(m, plan.ChunkImages);
        if (WantsFloats(m))
        {
            kernels.Compile(typeof(PixelsToFloats));
        }

        for (var l = 0; l < shape.Layers; l++)
        {
            int rows = shape.Out(l), columns = shape.In(l);
            var isPixels = l == 0 && !WantsFloats(m);
            Compile(isPixels ? ProductKind.WeightsTimesPixels : ProductKind.WeightsTimesActivations, rows, m);
            if (isTraining)
            {
                Compile(isPixels ? ProductKind.ErrorsTimesPixels : ProductKind.ErrorsTimesActivations, columns, rows,
                    plan.SliceCount(m));
                if (l > 0 && !(hasOutputLayer && l == shape.Layers - 1))
                {
                    Compile(ProductKind.TransposedWeightsTimesErrors, columns, m);
                }
            }
        }
    }

    private void Compile(ProductKind product, int rows, int columns, int slices = 1) =>
        kernels.Compile(products.For(product, rows, columns, slices).Kernel(product));
}
