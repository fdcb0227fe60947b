using ILGPU;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>
/// The last layer of a training step in one launch: ZL = WL·A(L−1) + bL, dZL = softmax(ZL) − Y′, each image's
/// loss and hit, and dZ(L−1) = WLᵀ·dZL ⊙ f′. W [rows × columns], A and dA [columns × m], dZ [rows × m],
/// imageTotals [2 × m]; labels [any], images [m]. <see cref="Lanes"/> threads share an image.
/// </summary>
internal readonly struct OutputLayer(
    ArrayView<float> W, ArrayView<float> b, ArrayView<float> A, ArrayView<byte> labels, ArrayView<int> images,
    ArrayView<float> dZ, ArrayView<float> dA, ArrayView<float> imageTotals, int rows, int columns, int m, int lanes,
    float epsilon, int f, float factor) : IGroupKernel
{
    /// <summary>Outputs that a network may have.</summary>
    public const int MostRows = 16;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    /// <summary>Shared memory of a group, in bytes.</summary>
    public const int SharedBytes = sizeof(float) * (MostRows * Threads + Threads + MostRows * Threads / 4);

    // Threads that add up one row's parts at first.
    private const int Parts = 16;

    /// <summary>
    /// Threads for an image, a power of two: about one for four columns, so that they add up little together. It
    /// depends on the network alone.
    /// </summary>
    public static int Lanes(int columns)
    {
        var lanes = 4;
        while (lanes < Threads && 4 * lanes < columns)
        {
            lanes *= 2;
        }

        return lanes;
    }

    /// <inheritdoc/>
    public KernelCost Cost => new(
        4.0 * (2.0 * rows * columns + rows) + (4.0 * (2.0 * columns + rows + 2) + 5) * m,
        (4.0 * rows * columns + 9.0 * rows + 2.0 * columns) * m);

    /// <summary>The groups that it takes.</summary>
    public KernelConfig Groups => ((m - 1) / (Threads / lanes) + 1, Threads);

    /// <inheritdoc/>
    public void Execute()
    {
        // [image, row, lane] at MostRows·Threads elements for any number of lanes, every sixteen one apart: what
        // neighbouring threads add up lies in different banks.
        var sums = SharedMemory.Allocate<float>(MostRows * Threads + Threads);
        var z = SharedMemory.Allocate<float>(MostRows * Threads / 4);
        int image = Group.IdxX / lanes, lane = Group.IdxX & (lanes - 1), perGroup = Threads / lanes;
        var j = Grid.IdxX * perGroup + image;
        var isInside = j < m;
        for (var i = 0; i < rows; i += 4)
        {
            // Four rows at a time: their sums stay in registers, and A is read three times, not ten.
            float sum0 = 0f, sum1 = 0f, sum2 = 0f, sum3 = 0f;
            int row1 = Row(i + 1), row2 = Row(i + 2), row3 = Row(i + 3);
            for (var k = lane; isInside && k < columns; k += lanes)
            {
                var a = A[j * columns + k];
                sum0 += W[i * columns + k] * a;
                sum1 += W[row1 + k] * a;
                sum2 += W[row2 + k] * a;
                sum3 += W[row3 + k] * a;
            }

            var at = (image * MostRows + i) * lanes + lane;
            sums[Apart(at)] = sum0;
            sums[Apart(at + lanes)] = sum1;
            sums[Apart(at + 2 * lanes)] = sum2;
            sums[Apart(at + 3 * lanes)] = sum3;
        }

        Group.Barrier();
        AddUp(sums, perGroup);
        for (int n = Group.IdxX; n < perGroup * MostRows; n += Threads)
        {
            int i = n & (MostRows - 1), first = n * lanes;
            if (i < rows)
            {
                var sum = 0f;
                for (var part = 0; part < lanes; part += lanes > Parts ? Parts : 1)
                {
                    sum += sums[Apart(first + part)];
                }

                z[n] = sum + b[i];
            }
            else
            {
                // Rows that are none add nothing to dA.
                z[n] = 0f;
            }
        }

        Group.Barrier();
        if (isInside && lane == 0)
        {
            var (loss, hit) = OutputColumn.LossAndErrors(
                z, z, image * MostRows, 1, rows, labels[images[j]], epsilon);
            imageTotals[2 * j] = loss;
            imageTotals[2 * j + 1] = hit;
        }

        Group.Barrier();
        for (var i = lane; isInside && i < rows; i += lanes)
        {
            dZ[j * rows + i] = z[image * MostRows + i];
        }

        for (var k = lane; isInside && k < columns; k += lanes)
        {
            var sum = 0f;
            for (var i = 0; i < rows; i += 4)
            {
                var at = image * MostRows + i;
                sum += W[i * columns + k] * z[at] + W[Row(i + 1) + k] * z[at + 1] + W[Row(i + 2) + k] * z[at + 2]
                    + W[Row(i + 3) + k] * z[at + 3];
            }

            dA[j * columns + k] = ActivationFunctions.Differentiate(f, sum, A[j * columns + k], factor);
        }
    }

    /// <summary>Where sixteen lanes or more share an image: every sixteen of the parts to the first of them.</summary>
    private void AddUp(ArrayView<float> sums, int perGroup)
    {
        if (lanes <= Parts)
        {
            return;
        }

        for (int n = Group.IdxX; n < perGroup * MostRows * lanes / Parts; n += Threads)
        {
            var sum = 0f;
            for (var part = 0; part < Parts; part++)
            {
                sum += sums[Apart(n * Parts + part)];
            }

            sums[Apart(n * Parts)] = sum;
        }

        Group.Barrier();
    }

    // The last row again for those that are none.
    private int Row(int i) => IntrinsicMath.Min(i, rows - 1) * columns;

    private static int Apart(int at) => at + at / Parts;
}
