using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Bench.Contract;

/// <summary>
/// A rung's five products against plain loops in double, within bounds derived for its arithmetic, with operands that
/// are aligned to 16 bytes and that are not.
/// </summary>
/// <param name="device">Where it runs.</param>
internal sealed class RungCheck(GpuDevice device)
{
    private const float Untouched = 12345.678f;

    private readonly Random random = new(29);

    /// <summary>The five products of one size; throws <see cref="ExpectationException"/> where one is wrong.</summary>
    /// <param name="rung">The rung.</param>
    /// <param name="rows">Rows of W.</param>
    /// <param name="columns">Columns of W.</param>
    /// <param name="m">Images.</param>
    public void Run(IProductRung rung, int rows, int columns, int m)
    {
        foreach (var offset in (int[])[0, 1])
        {
            Forward(rung, rows, columns, m, offset);
            Backward(rung, rows, columns, m, offset);
            Gradient(rung, rows, columns, m, offset);
        }
    }

    private void Forward(IProductRung rung, int rows, int columns, int m, int offset)
    {
        float[] W = Values(rows * columns), A = Values(columns * m);
        var (X, images) = (Pixels(columns * (m + 3)), Images(m, m + 3));
        using var w = new Upload<float>(device, W, offset);
        using var a = new Upload<float>(device, A, offset);
        using var x = new Upload<byte>(device, X, offset);
        using var numbers = new Upload<int>(device, images, offset);
        var Z = Twice(rows * m, offset, z => rung.Launch(
            device.Launcher, Product.WeightsTimesActivations(w.View, a.View, z, rows, columns, m)));
        var Z1 = Twice(rows * m, offset, z => rung.Launch(
            device.Launcher, Product.WeightsTimesPixels(w.View, x.View, numbers.View, z, rows, columns)));
        for (var n = 0; n < rows * m; n++)
        {
            int i = n % rows, j = n / rows;
            Near(rung, columns, 0, k => W[i * columns + k], k => A[j * columns + k], Z[n], $"Z[{i},{j}]");
            Near(rung, columns, 2, k => W[i * columns + k], k => X[images[j] * columns + k] / 255.0, Z1[n],
                $"Z1[{i},{j}]");
        }

        // The same kernel with an end: the same sums, so that only the end's own roundings are between them.
        var b = Values(rows);
        using var bias = new Upload<float>(device, b, offset);
        var ReLU = Twice(rows * m, offset, z => rung.Launch(
            device.Launcher, Product.WeightsTimesActivations(w.View, a.View, z, rows, columns, m,
                Epilogue.Activate(Activation.ReLU, bias.View))));
        var tanh = Twice(rows * m, offset, z => rung.Launch(
            device.Launcher, Product.WeightsTimesPixels(w.View, x.View, numbers.View, z, rows, columns,
            Epilogue.Activate(Activation.ScaledTanh, bias.View))));
        for (var n = 0; n < rows * m; n++)
        {
            double z = (double)Z[n] + b[n % rows], z1 = (double)Z1[n] + b[n % rows];
            Expect.Equal(Math.Max(0, z), ReLU[n], 4 * RoundingBounds.u * (Math.Abs(Z[n]) + 1));
            Expect.Equal(ScaledTanh.Height * Math.Tanh(ScaledTanh.Slope * z1), tanh[n],
                RoundingBounds.u * (4 * (Math.Abs(Z1[n]) + 1) + 20));
        }
    }

    private void Backward(IProductRung rung, int rows, int columns, int m, int offset)
    {
        float[] W = Values(rows * columns), dZ = Values(rows * m);
        using var w = new Upload<float>(device, W, offset);
        using var d = new Upload<float>(device, dZ, offset);
        var dA = Twice(columns * m, offset, a => rung.Launch(
            device.Launcher, Product.TransposedWeightsTimesErrors(w.View, d.View, a, rows, columns, m)));
        for (var n = 0; n < columns * m; n++)
        {
            int k = n % columns, j = n / columns;
            Near(rung, rows, 0, i => W[i * columns + k], i => dZ[j * rows + i], dA[n], $"dA[{k},{j}]");
        }

        var A = Values(columns * m);
        using var activations = new Upload<float>(device, A, offset);
        var dropout = new Dropout(0.2);
        var ReLU = Twice(columns * m, offset, z => rung.Launch(
            device.Launcher, Product.TransposedWeightsTimesErrors(w.View, d.View, z, rows, columns, m,
            Epilogue.Differentiate(Activation.ReLU, activations.View, dropout))));
        for (var n = 0; n < columns * m; n++)
        {
            var expected = A[n] > 0 ? (float)dropout.Scale * (double)dA[n] : 0;
            Expect.Equal(expected, ReLU[n], 2 * RoundingBounds.u * Math.Abs(dA[n]));
        }
    }

    private void Gradient(IProductRung rung, int rows, int columns, int m, int offset)
    {
        float[] dZ = Values(rows * m), A = Values(columns * m);
        var (X, images) = (Pixels(columns * (m + 3)), Images(m, m + 3));
        using var d = new Upload<float>(device, dZ, offset);
        using var a = new Upload<float>(device, A, offset);
        using var x = new Upload<byte>(device, X, offset);
        using var numbers = new Upload<int>(device, images, offset);
        int slice = 8 - offset, slices = (m - 1) / slice + 1, elements = rows * columns, stride = (elements + 3) / 4 * 4
            + 4 + offset;
        var length = (slices - 1) * stride + elements;
        var dW = Twice(length, offset, c => rung.Launch(
            device.Launcher, Product.ErrorsTimesActivations(d.View, a.View, c, rows, columns, m, slice, stride)));
        var dW1 = Twice(length, offset, c => rung.Launch(
            device.Launcher, Product.ErrorsTimesPixels(d.View, x.View, numbers.View, c, rows, columns, slice, stride)));
        for (var n = 0; n < length; n++)
        {
            int s = n / stride, ik = n % stride, i = ik / columns, k = ik % columns;
            if (ik >= elements)
            {
                Expect.Equal((Untouched, Untouched), (dW[n], dW1[n]));
                continue;
            }

            var count = Math.Min(slice, m - s * slice);
            Near(rung, count, 0, j => dZ[(s * slice + j) * rows + i], j => A[(s * slice + j) * columns + k], dW[n],
                $"slice {s} of dW[{i},{k}]");
            Near(rung, count, 2, j => dZ[(s * slice + j) * rows + i], j =>
                X[images[s * slice + j] * columns + k] / 255.0, dW1[n], $"slice {s} of dW1[{i},{k}]");
        }
    }

    /// <summary>
    /// The product twice, for the same bits, into a buffer whose other elements must stay as they are.
    /// </summary>
    private float[] Twice(int length, int offset, Action<ArrayView<float>> product)
    {
        var blank = new float[offset + length + 5];
        Array.Fill(blank, Untouched);
        float[] Once()
        {
            using var buffer = device.Accelerator.Allocate1D(blank);
            product(((ArrayView<float>)buffer.View).SubView(offset));
            return buffer.GetAsArray1D();
        }

        var first = Once();
        if (!MemoryMarshal.AsBytes<float>(first).SequenceEqual(MemoryMarshal.AsBytes<float>(Once())))
        {
            Expect.Fail("the same product again has other bits");
        }

        Expect.All(first[..offset].Concat(first[(offset + length)..]), v => Expect.Equal(Untouched, v));
        return first[offset..(offset + length)];
    }

    /// <summary>
    /// |error| ≤ γ·Σ|a·b|, and where the operands are rounded by a share of at most ρ each, (2ρ +
    /// ρ²)·Σ|a·b| more. Tensor cores may cut sums off rather than round them, and align what they add to the
    /// largest (Fasi et al., "Numerical behavior of NVIDIA tensor cores", 2021): four times γ's terms.
    /// </summary>
    private static void Near(IProductRung rung, int count, int roundings, Func<int, double> a, Func<int, double> b,
        float actual, string what)
    {
        double sum = 0, size = 0;
        for (var k = 0; k < count; k++)
        {
            var product = a(k) * b(k);
            sum += product;
            size += Math.Abs(product);
        }

        var rho = rung.Math switch { ProductMath.Tf32 => 1.0 / (1 << 11), ProductMath.Bf16 => 1.0 / (1 << 8), _ => 0 };
        var gamma = RoundingBounds.Gamma((rho == 0 ? 1 : 4) * count + roundings);
        var bound = (gamma * (1 + rho) * (1 + rho) + 2 * rho + rho * rho) * size;
        if (!(Math.Abs(sum - actual) <= bound))
        {
            Expect.Fail($"{rung.Name}, {what}: expected {sum:G9}, got {actual:G9}, bound {bound:G3}");
        }

        Agreement.Passed(Math.Abs(sum - actual), bound);
    }

    private float[] Values(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];

    private byte[] Pixels(int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))];

    private int[] Images(int m, int of) => [.. Enumerable.Range(0, m).Select(_ => random.Next(of))];

    /// <summary>Values on the device, from an element on that is aligned or not.</summary>
    private sealed class Upload<T>(GpuDevice device, T[] values, int offset) : IDisposable
        where T : unmanaged
    {
        private readonly MemoryBuffer1D<T, Stride1D.Dense> buffer = device.Accelerator.Allocate1D<T>([.. new T[offset],
            .. values]);

        public ArrayView<T> View => ((ArrayView<T>)buffer.View).SubView(offset);

        public void Dispose() => buffer.Dispose();
    }
}
