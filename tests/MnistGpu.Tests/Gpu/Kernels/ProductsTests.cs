using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Tests.Gpu.Kernels;

public abstract partial class KernelTests
{
    [Theory]
    [MemberData(nameof(Shapes))]
    public void WeightsTimesPixelsIsWithinItsBound(int rows, int columns, int m)
    {
        var W = Values(rows * columns);
        var X = Pixels(columns * (m + 3));
        var images = Images(m, m + 3);
        using var w = Upload(W);
        using var x = Upload(X);
        using var numbers = Upload(images);
        var Z = Run(rows * m, Blank(rows * m + 1), z =>
            new WeightsTimesPixels(w.View, x.View, numbers.View, z, rows, columns));
        for (var n = 0; n < rows * m; n++)
        {
            int i = n % rows, j = n / rows;
            double sum = 0, size = 0;
            for (var k = 0; k < columns; k++)
            {
                var product = (double)W[i * columns + k] * X[images[j] * columns + k] / 255;
                sum += product;
                size += Math.Abs(product);
            }

            // K for the sum, 2 for the rounded 1/255 and its product.
            Near(sum, Z[n], Gamma(columns + 2) * size, $"Z[{i},{j}]");
        }

        Assert.Equal(Untouched, Z[^1]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WeightsTimesActivationsIsWithinItsBound(int rows, int columns, int m)
    {
        float[] W = Values(rows * columns), A = Values(columns * m);
        using var w = Upload(W);
        using var a = Upload(A);
        var Z = Run(rows * m, Blank(rows * m + 1), z => new WeightsTimesActivations(w.View, a.View, z, rows, columns));
        for (var n = 0; n < rows * m; n++)
        {
            int i = n % rows, j = n / rows;
            var (sum, size) = Dot(columns, k => W[i * columns + k], k => A[j * columns + k]);
            Near(sum, Z[n], Gamma(columns) * size, $"Z[{i},{j}]");
        }

        Assert.Equal(Untouched, Z[^1]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TransposedWeightsTimesErrorsIsWithinItsBound(int rows, int columns, int m)
    {
        float[] W = Values(rows * columns), dZ = Values(rows * m);
        using var w = Upload(W);
        using var errors = Upload(dZ);
        var dA = Run(columns * m, Blank(columns * m + 1), d =>
            new TransposedWeightsTimesErrors(w.View, errors.View, d, rows, columns));
        for (var n = 0; n < columns * m; n++)
        {
            int k = n % columns, j = n / columns;
            var (sum, size) = Dot(rows, i => W[i * columns + k], i => dZ[j * rows + i]);
            Near(sum, dA[n], Gamma(rows) * size, $"dA[{k},{j}]");
        }

        Assert.Equal(Untouched, dA[^1]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ErrorsTimesActivationsIsWithinItsBound(int rows, int columns, int m)
    {
        float[] dZ = Values(rows * m), A = Values(columns * m);
        using var errors = Upload(dZ);
        using var a = Upload(A);
        CheckSlices(rows, columns, m, 1, 0,
            (slices, slice, stride) => Run(rows * columns * slices, Blank(slices * stride),
                d => new ErrorsTimesActivations(errors.View, a.View, d, rows, columns, m, slice, stride)),
            (i, j) => dZ[j * rows + i], (k, j) => A[j * columns + k]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ErrorsTimesPixelsIsWithinItsBound(int rows, int columns, int m)
    {
        var dZ = Values(rows * m);
        var X = Pixels(columns * (m + 3));
        var images = Images(m, m + 3);
        using var errors = Upload(dZ);
        using var x = Upload(X);
        using var numbers = Upload(images);
        CheckSlices(rows, columns, m, 1 / 255.0, 2,
            (slices, slice, stride) => Run(rows * columns * slices, Blank(slices * stride),
                d => new ErrorsTimesPixels(errors.View, x.View, numbers.View, d, rows, columns, m, slice, stride)),
            (i, j) => dZ[j * rows + i], (k, j) => X[images[j] * columns + k]);
    }

    /// <summary>Slices of 7 images, with a gap of 2 elements between one slice and the next.</summary>
    private static void CheckSlices(
        int rows, int columns, int m, double scale, int roundings, Func<int, int, int, float[]> run,
            Func<int, int, double> dZ, Func<int, int, double> A)
    {
        const int Slice = 7;
        int slices = (m + Slice - 1) / Slice, stride = rows * columns + 2;
        var dW = run(slices, Slice, stride);
        for (var s = 0; s < slices; s++)
        {
            var count = Math.Min(Slice, m - s * Slice);
            for (var n = 0; n < rows * columns; n++)
            {
                int i = n / columns, k = n % columns;
                var (sum, size) = Dot(count, j => dZ(i, s * Slice + j), j => scale * A(k, s * Slice + j));
                Near(sum, dW[s * stride + n], Gamma(count + roundings) * size, $"slice {s} of dW[{i},{k}]");
            }

            Assert.Equal((Untouched, Untouched), (dW[s * stride + stride - 2], dW[s * stride + stride - 1]));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 7)]
    [InlineData(18, 5)]
    [InlineData(784, 3)]
    public void PixelsToFloatsDividesThePixelsOfItsImages(int inputs, int m)
    {
        var X = new byte[inputs * 9];
        new Random(2).NextBytes(X);
        var images = Images(m, 9);
        using var pixels = Upload(X);
        using var numbers = Upload(images);
        var A0 = Run(PixelsToFloats.ThreadsPerImage(inputs) * m, Blank(inputs * m + 1),
            a => new PixelsToFloats(pixels.View, numbers.View, a, inputs));
        for (var n = 0; n < inputs * m; n++)
        {
            // 1/255 is rounded, and the product is.
            var expected = X[images[n / inputs] * inputs + n % inputs] / 255.0;
            Near(expected, A0[n], Gamma(2) * expected, $"A0[{n}]");
        }

        Assert.Equal(Untouched, A0[^1]);
    }

    private static (double Sum, double Size) Dot(int count, Func<int, double> a, Func<int, double> b)
    {
        double sum = 0, size = 0;
        for (var k = 0; k < count; k++)
        {
            var product = a(k) * b(k);
            sum += product;
            size += Math.Abs(product);
        }

        return (sum, size);
    }
}
