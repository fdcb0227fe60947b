using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <summary>
/// One way to run a training step. Each way gives the same bits for any number of threads; the two ways give different
/// ones.
/// </summary>
internal unsafe interface IStep : IDisposable, IPhased
{
    /// <summary>
    /// The gradients of m images, not yet divided by m (nor dW1 by 255), in the parameters' layout. Valid after a
    /// <see cref="Run"/> without an update, until the next.
    /// </summary>
    float* Sums { get; }

    /// <summary>Gives the buffer of <see cref="Sums"/> away, and takes another in its place.</summary>
    AlignedBuffer TakeSums(AlignedBuffer other);

    /// <summary>Forward and backward over m images, then the update if there is one.</summary>
    /// <param name="set">The attached images.</param>
    /// <param name="indices">Which of them, or null for the first m.</param>
    /// <param name="m">The number of images.</param>
    /// <param name="following">How many of the indices after those are of steps to come.</param>
    /// <param name="regularization">Label smoothing and dropout.</param>
    /// <param name="epoch">Which draw of them.</param>
    /// <param name="update">The update, or null to leave the parameters.</param>
    /// <returns>Loss and hits of the parameters before the update.</returns>
    TileTotals Run(PackedImages set, int* indices, int m, int following, Regularization regularization, uint epoch,
        Update? update);
}
