using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>
/// Forward and backward pass of a network with one hidden layer, in one launch: a group takes the images of its slice,
/// tile by tile, and no activation leaves the chip. The pixels come into shared memory once, as bytes; dW1 grows in
/// registers, ten rows by four columns a thread. At the end the group writes its slice of dθ, m times too large, and
/// its images' loss and hits.
/// </summary>
/// <remarks>
/// Every sum runs in an order that only the sizes and the slice decide: a pixel's in the order of the images, Z1's
/// word by word within each part, then the parts. <see cref="SumAndUpdate{TSize, TUpdate}"/> adds up the slices. A
/// word of four blank pixels adds nothing to dW1 and is skipped: in most warps at the images' border all are.
/// </remarks>
/// <param name="net">The network and the images.</param>
/// <param name="slices">
/// Receives dW1, db1, dW2, db2 of each group, <paramref name="stride"/> elements (a multiple of 4) after those of the
/// one before.
/// </param>
/// <param name="stride">At least the number of parameters.</param>
/// <param name="imageTotals">Receives each group's loss and hits, [2 × groups].</param>
internal readonly struct SmallNetworkGradients<TSize>(
    SmallNetwork net, ArrayView<float> slices, int stride, ArrayView<float> imageTotals) : IGroupKernel
    where TSize : struct, ISmallNetworkSize
{
    /// <inheritdoc/>
    public KernelCost Cost => net.Cost;

    private static int Pitch => SmallNetworkLayout<TSize>.Pitch;

    private static int WordPitch => SmallNetworkLayout<TSize>.WordPitch;

    /// <inheritdoc/>
    public void Execute()
    {
        var fours = SharedMemory.Allocate<Float4>(SmallNetworkLayout<TSize>.Length).AsAligned(16);
        var shared = fours.Cast<float>();
        var pixels = fours.Cast<uint>();
        for (int e = Group.IdxX; e < net.Rest; e += TSize.Threads)
        {
            shared[SmallNetworkLayout<TSize>.Rest + e] = 0f;
        }

        int word = Group.IdxX % net.Words, block = Group.IdxX / net.Words;
        int first = net.First, end = net.End;
        var dW1 = default(Sums10x4);
        float loss = 0f, hits = 0f;
        for (var j0 = first; j0 < end; j0 += TSize.Images)
        {
            Load(pixels, j0, end);
            Group.Barrier();
            PartsOfZ1(shared, pixels);
            Group.Barrier();
            A1(shared);
            Group.Barrier();
            Z2(shared);
            Group.Barrier();
            if (Group.IdxX < TSize.Images)
            {
                var column = SmallNetworkLayout<TSize>.dZ2 + Group.IdxX;
                if (j0 + Group.IdxX < end)
                {
                    var (imageLoss, hit) = OutputColumn.LossAndErrors(
                        shared, shared, column, Pitch, net.Outputs, net.Label(j0 + Group.IdxX), net.Epsilon);
                    loss += imageLoss;
                    hits += hit;
                }
                else
                {
                    for (var i = 0; i < net.Outputs; i++)
                    {
                        shared[column + i * Pitch] = 0f;
                    }
                }
            }

            Group.Barrier();
            dW2(shared);
            dZ1(shared);
            Group.Barrier();
            db1(shared);
            if (block < net.Blocks)
            {
                dW1 = dW1Plus(dW1, fours, pixels, word, block);
            }

            Group.Barrier();
        }

        if (block < net.Blocks)
        {
            Store(dW1, word, block);
        }

        for (int e = Group.IdxX; e < net.Rest; e += TSize.Threads)
        {
            slices[Grid.IdxX * stride + net.Hidden * net.Inputs + e] = shared[SmallNetworkLayout<TSize>.Rest + e];
        }

        StoreTotals(shared, loss, hits);
    }

    private void Load(ArrayView<uint> pixels, int j0, int end)
    {
        for (int n = Group.IdxX; n < TSize.Images * net.Words; n += TSize.Threads)
        {
            int j = n / net.Words, word = n - j * net.Words;
            pixels[SmallNetworkLayout<TSize>.Words + j * WordPitch + word] =
                j0 + j < end ? net.Pixels(j0 + j, word) : 0u;
        }
    }

    /// <summary>
    /// A thread takes an image and every so many of its words, and ten rows of W1, which its neighbours read at the
    /// same time.
    /// </summary>
    private void PartsOfZ1(ArrayView<float> shared, ArrayView<uint> pixels)
    {
        int j = Group.IdxX % TSize.Images, rest = Group.IdxX / TSize.Images;
        int row = rest % net.Blocks * SmallNetwork.Rows, part = rest / net.Blocks;
        var parts = Parts();
        if (part < parts)
        {
            var sums = default(Sums10);
            for (var word = part; word < net.Words; word += parts)
            {
                var x = PackedPixels.Unpack(pixels[SmallNetworkLayout<TSize>.Words + j * WordPitch + word]);
                sums = sums.Plus(
                    x, net.W1(row, word), net.W1(row + 1, word), net.W1(row + 2, word), net.W1(row + 3, word),
                    net.W1(row + 4, word), net.W1(row + 5, word), net.W1(row + 6, word), net.W1(row + 7, word),
                    net.W1(row + 8, word), net.W1(row + 9, word));
            }

            var at = SmallNetworkLayout<TSize>.Parts + (part * net.Hidden + row) * TSize.Images + j;
            for (var r = 0; r < IntrinsicMath.Min(SmallNetwork.Rows, net.Hidden - row); r++)
            {
                shared[at + r * TSize.Images] = sums.At(r);
            }
        }
    }

    private void A1(ArrayView<float> shared)
    {
        var parts = Parts();
        for (int n = Group.IdxX; n < net.Hidden * TSize.Images; n += TSize.Threads)
        {
            int i = n / TSize.Images, j = n % TSize.Images;
            var sum = 0f;
            for (var part = 0; part < parts; part++)
            {
                sum += shared[SmallNetworkLayout<TSize>.Parts + part * net.Hidden * TSize.Images + n];
            }

            shared[SmallNetworkLayout<TSize>.A1 + i * Pitch + j] = net.Activate(sum * (1f / 255f) + net.b1(i));
        }
    }

    private void Z2(ArrayView<float> shared)
    {
        for (int n = Group.IdxX; n < net.Outputs * TSize.Images; n += TSize.Threads)
        {
            int i = n / TSize.Images, j = n % TSize.Images;
            var sum = 0f;
            for (var k = 0; k < net.Hidden; k++)
            {
                sum += net.W2(i, k) * shared[SmallNetworkLayout<TSize>.A1 + k * Pitch + j];
            }

            shared[SmallNetworkLayout<TSize>.dZ2 + i * Pitch + j] = sum + net.b2(i);
        }
    }

    /// <summary>dW2 and db2, which lie one after the other.</summary>
    private void dW2(ArrayView<float> shared)
    {
        var ofW = net.Outputs * net.Hidden;
        for (int e = Group.IdxX; e < ofW + net.Outputs; e += TSize.Threads)
        {
            int i = e < ofW ? e / net.Hidden : e - ofW, k = e % net.Hidden;
            var sum = 0f;
            for (var j = 0; j < TSize.Images; j++)
            {
                sum += shared[SmallNetworkLayout<TSize>.dZ2 + i * Pitch + j]
                    * (e < ofW ? shared[SmallNetworkLayout<TSize>.A1 + k * Pitch + j] : 1f);
            }

            shared[SmallNetworkLayout<TSize>.Rest + net.Hidden + e] += sum;
        }
    }

    private void dZ1(ArrayView<float> shared)
    {
        for (int n = Group.IdxX; n < net.Hidden * TSize.Images; n += TSize.Threads)
        {
            int k = n / TSize.Images, j = n % TSize.Images;
            var sum = 0f;
            for (var i = 0; i < net.Outputs; i++)
            {
                sum += net.W2(i, k) * shared[SmallNetworkLayout<TSize>.dZ2 + i * Pitch + j];
            }

            var at = SmallNetworkLayout<TSize>.dZ1 + j * SmallNetworkLayout<TSize>.dZ1Pitch
                + k / SmallNetwork.Rows * SmallNetwork.PaddedRows;
            shared[at + k % SmallNetwork.Rows] = sum * net.Derivative(
                shared[SmallNetworkLayout<TSize>.A1 + k * Pitch + j]);
        }
    }

    private void db1(ArrayView<float> shared)
    {
        for (int k = Group.IdxX; k < net.Hidden; k += TSize.Threads)
        {
            var at = SmallNetworkLayout<TSize>.dZ1 + k / SmallNetwork.Rows * SmallNetwork.PaddedRows
                + k % SmallNetwork.Rows;
            var sum = 0f;
            for (var j = 0; j < TSize.Images; j++)
            {
                sum += shared[at + j * SmallNetworkLayout<TSize>.dZ1Pitch];
            }

            shared[SmallNetworkLayout<TSize>.Rest + k] += sum;
        }
    }

    private static Sums10x4 dW1Plus(Sums10x4 sums, ArrayView<Float4> fours, ArrayView<uint> pixels, int word, int block)
    {
        for (var j = 0; j < TSize.Images; j++)
        {
            var four = pixels[SmallNetworkLayout<TSize>.Words + j * WordPitch + word];
            if (four != 0)
            {
                var at = (SmallNetworkLayout<TSize>.dZ1 + j * SmallNetworkLayout<TSize>.dZ1Pitch
                    + block * SmallNetwork.PaddedRows) / 4;
                sums = sums.Plus(fours[at], fours[at + 1], fours[at + 2], PackedPixels.Unpack(four));
            }
        }

        return sums;
    }

    private void Store(Sums10x4 sums, int word, int block)
    {
        for (var r = 0; r < IntrinsicMath.Min(SmallNetwork.Rows, net.Hidden - block * SmallNetwork.Rows); r++)
        {
            var at = Grid.IdxX * stride + (block * SmallNetwork.Rows + r) * net.Inputs + 4 * word;
            var four = default(Float4).Plus(sums.At(r), 1f / 255f);
            if ((net.Inputs & 3) == 0)
            {
                slices.Cast<Float4>().AsAligned(16)[at >> 2] = four;
            }
            else
            {
                for (var c = 0; c < IntrinsicMath.Min(4, net.Inputs - 4 * word); c++)
                {
                    slices[at + c] = c == 0 ? four.X : c == 1 ? four.Y : c == 2 ? four.Z : four.W;
                }
            }
        }
    }

    private void StoreTotals(ArrayView<float> shared, float loss, float hits)
    {
        if (Group.IdxX < TSize.Images)
        {
            shared[SmallNetworkLayout<TSize>.Parts + 2 * Group.IdxX] = loss;
            shared[SmallNetworkLayout<TSize>.Parts + 2 * Group.IdxX + 1] = hits;
        }

        Group.Barrier();
        if (Group.IdxX < 2)
        {
            var sum = 0f;
            for (var j = 0; j < TSize.Images; j++)
            {
                sum += shared[SmallNetworkLayout<TSize>.Parts + 2 * j + Group.IdxX];
            }

            imageTotals[2 * Grid.IdxX + Group.IdxX] = sum;
        }
    }

    private int Parts() => TSize.Threads / (TSize.Images * net.Blocks);
}
