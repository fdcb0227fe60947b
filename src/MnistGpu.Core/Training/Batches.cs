using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// Which images each step takes: every epoch all of them once, in a fresh order; the last batch of an epoch may be
/// short.
/// </summary>
/// <param name="count">m, the number of attached images.</param>
/// <param name="size">Images in a batch, 1 to m.</param>
/// <param name="seed">Where the orders come from.</param>
internal sealed class Batches(int count, int size, ulong seed)
{
    private long epoch = -1;
    private int[] order = [];

    /// <summary>Steps in an epoch.</summary>
    public int PerEpoch { get; } = (count + size - 1) / size;

    /// <summary>
    /// The order of all images in the epoch of a step, counted from 0; the span is valid until the next call.
    /// </summary>
    public ReadOnlySpan<int> OrderAt(long step)
    {
        if (step / PerEpoch != epoch)
        {
            epoch = step / PerEpoch;
            // Epoch 0 of the shuffles is the one that set the development images apart.
            order = Shuffle.Order(count, seed, (uint)(epoch + 1));
        }

        return order;
    }

    /// <summary>Which part of its epoch's order a step takes.</summary>
    public (int First, int Count) PartAt(long step)
    {
        var first = (int)(step % PerEpoch) * size;
        return (first, Math.Min(size, count - first));
    }

    /// <summary>The images of a step; the span is valid until the next call.</summary>
    public ReadOnlySpan<int> ImagesAt(long step)
    {
        var (first, count) = PartAt(step);
        return OrderAt(step).Slice(first, count);
    }

    /// <summary>Whether a step is the first of its epoch, so that the engine needs a new order.</summary>
    public bool BeginsEpoch(long step) => step % PerEpoch == 0;
}
