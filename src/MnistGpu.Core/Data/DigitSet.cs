namespace MnistGpu.Data;

/// <summary>
/// Images of digits and their labels, in MNIST's byte order: column-major [784 × m], an image's 784 bytes together, row
/// by row from the top; 0 is the background, 255 full ink.
/// </summary>
public sealed class DigitSet
{
    /// <summary>Pixels along each side of an image.</summary>
    public const int Side = 28;

    /// <summary>Pixels of an image.</summary>
    public const int Pixels = Side * Side;

    /// <summary>The digits 0 to 9.</summary>
    public const int Classes = 10;

    /// <summary>Takes images and labels as they are, without a copy.</summary>
    /// <param name="X">[784 × m] pixels, an image's together.</param>
    /// <param name="labels">[m] digits.</param>
    /// <param name="source">Where they come from, for people.</param>
    /// <exception cref="ArgumentException">No image, pixels that are no whole number of images, another number of
    /// labels, or a label above 9.</exception>
    public DigitSet(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, string source)
    {
        if (X.Length == 0 || X.Length % Pixels != 0)
        {
            throw new ArgumentException($"{X.Length} bytes are not one or more images of {Pixels} pixels.", nameof(X));
        }

        if (labels.Length != X.Length / Pixels)
        {
            throw new ArgumentException($"{X.Length / Pixels} images have {labels.Length} labels.", nameof(labels));
        }

        var wrong = labels.Span.IndexOfAnyExceptInRange((byte)0, (byte)(Classes - 1));
        if (wrong >= 0)
        {
            throw new ArgumentException(
                $"Image {wrong} has label {labels.Span[wrong]}; the last digit is {Classes - 1}.", nameof(labels));
        }

        this.X = X;
        Labels = labels;
        Source = source;
    }

    /// <summary>The pixels [784 × m].</summary>
    public ReadOnlyMemory<byte> X { get; }

    /// <summary>The digits [m], each 0 to 9.</summary>
    public ReadOnlyMemory<byte> Labels { get; }

    /// <summary>m, the number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Where the images come from, for people.</summary>
    public string Source { get; }

    /// <summary>The 784 pixels of image <paramref name="j"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Count);
        return X.Span.Slice(j * Pixels, Pixels);
    }

    /// <summary>The images from <paramref name="start"/> on; they share this set's memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one image, or images outside the set.</exception>
    public DigitSet Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - start);
        return new DigitSet(X.Slice(start * Pixels, count * Pixels), Labels.Slice(start, count), Source);
    }

    /// <summary>
    /// A copy whose image i is this set's image <paramref name="order"/>[i]; it may leave images out or repeat them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public DigitSet Reorder(ReadOnlySpan<int> order)
    {
        var pixels = new byte[checked(order.Length * Pixels)];
        var labels = new byte[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            Image(order[i]).CopyTo(pixels.AsSpan(i * Pixels));
            labels[i] = Labels.Span[order[i]];
        }

        return new DigitSet(pixels, labels, Source);
    }
}
