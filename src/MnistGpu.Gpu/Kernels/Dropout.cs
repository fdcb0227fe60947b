using ILGPU;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// A := A ⊙ M/(1 − p), dropout: A[i,j] = M[i,j]·scale·A[i,j], M[i,j] = 0 where 16 random bits are below
/// <paramref name="threshold"/>, else 1, and <paramref name="scale"/> = 1/(1 − p); see <see cref="Dropout"/>. The bits
/// are those
/// of (seed, epoch, images[j], layer, i), so the mask of dA is drawn again rather than kept. A [rows × m], images [m].
/// Eight units of one image per thread: one counter's words.
/// </summary>
internal readonly struct DropUnits(
    ArrayView<float> A, ArrayView<int> images, int rows, int layer, int threshold, float scale, ulong seed, uint epoch)
    : IKernel
{
    /// <summary>Threads that the units of one image take.</summary>
    public static int ThreadsPerImage(int rows) => (rows - 1) / Dropout.UnitsPerCounter + 1;

    /// <inheritdoc/>
    public KernelCost Cost(int threads) =>
        new((8.0 * rows + 4) * (threads / ThreadsPerImage(rows)), (double)rows * (threads / ThreadsPerImage(rows)));

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        var threads = ThreadsPerImage(rows);
        int j = n / threads, i = n % threads * Dropout.UnitsPerCounter;
        var (x0, x1, x2, x3) = Dropout.Words(seed, epoch, images[j], Dropout.Counter(layer, i));
        DropTwo(i, j, x0);
        DropTwo(i + 2, j, x1);
        DropTwo(i + 4, j, x2);
        DropTwo(i + 6, j, x3);
    }

    private void DropTwo(int i, int j, uint word)
    {
        Drop(i, j, (int)(word & 0xFFFF));
        Drop(i + 1, j, (int)(word >> 16));
    }

    private void Drop(int i, int j, int bits)
    {
        if (i < rows)
        {
            A[j * rows + i] = bits >= threshold ? A[j * rows + i] * scale : 0f;
        }
    }
}
