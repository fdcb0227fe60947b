using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>
/// A product too large to be computed in float64 as a whole: some elements of its result are, those at the corners
/// among them.
/// </summary>
internal sealed class SampledProduct : IDisposable
{
    private const int Samples = 64;

    private readonly GpuDevice device;
    private readonly ProductCase size;
    private readonly float[] left;
    private readonly float[] right;
    private readonly ProductOperands operands;

    public SampledProduct(GpuDevice device, ProductKind kind, int rows, int inner, int m)
    {
        this.device = device;
        size = kind switch
        {
            ProductKind.WeightsTimesActivations => new(kind, rows, m, inner, inner),
            ProductKind.TransposedWeightsTimesErrors => new(kind, inner, m, rows, rows),
            _ => new(kind, inner, rows, m, m),
        };
        var random = new Random(1);
        left = Draw(size.Rows * size.Depth);
        right = Draw(size.Columns * size.Depth);
        operands = new ProductOperands(device, size, left, right);

        float[] Draw(int count)
        {
            var values = new float[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = 2 * random.NextSingle() - 1;
            }

            return values;
        }
    }

    /// <summary>What is wrong with a rung's result; null for nothing.</summary>
    public string? Fault(IProductRung rung)
    {
        var actual = operands.Compute(rung);
        var bound = ProductChoice.RoundingOf(rung.Math).Share(size.Depth);
        var random = new Random(2);
        for (var n = 0; n < Samples; n++)
        {
            var (row, column) = n switch
            {
                0 => (0, 0),
                1 => (size.Rows - 1, size.Columns - 1),
                _ => (random.Next(size.Rows), random.Next(size.Columns)),
            };
            var (sum, magnitude) = (0.0, 0.0);
            for (var k = 0; k < size.Depth; k++)
            {
                var product = (double)Left(row, k) * Right(column, k);
                sum += product;
                magnitude += Math.Abs(product);
            }

            var found = actual[column * size.Rows + row];
            if (!(Math.Abs(found - sum) <= bound * magnitude))
            {
                return $"{rung.Name}: element {row}, {column} is {found:G9} where {sum:G9} is right, bound "
                    + $"{bound * magnitude:G3}";
            }
        }

        return null;
    }

    /// <summary>Computes it so often, and waits.</summary>
    public void Launch(IProductRung rung, int count)
    {
        for (var i = 0; i < count; i++)
        {
            operands.Launch(rung);
        }

        device.Accelerator.Synchronize();
    }

    public void Dispose() => operands.Dispose();

    // W is stored row by row, all others column by column: see Product.
    private float Left(int row, int k) =>
        left[size.Product == ProductKind.WeightsTimesActivations ? row * size.Depth + k : k * size.Rows + row];

    private float Right(int column, int k) =>
        right[size.Product == ProductKind.ErrorsTimesActivations ? k * size.Columns + column : column * size.Depth + k];
}
