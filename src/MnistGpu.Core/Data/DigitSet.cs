namespace MnistGpu.Data;

/// <summary>
/// Images and their classes, in MNIST's byte order: column-major [pixels × m], an image's bytes together, row by row
/// from the top. Of digits 0 is the background, 255 full ink.
/// </summary>
internal sealed class DigitSet
{
    /// <summary>Takes images and labels as they are, without a copy.</summary>
    /// <param name="X">[pixels × m] bytes, an image's together.</param>
    /// <param name="labels">[m] classes.</param>
    /// <param name="source">Where they come from, for people.</param>
    /// <param name="shape">Their size and their classes; null for MNIST's.</param>
    /// <exception cref="ArgumentException">No image, pixels that are no whole number of images, another number of
    /// labels, or a label past the last class.</exception>
    public DigitSet(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, string source, DataShape? shape = null)
    {
        Shape = shape ?? Mnist.Shape;
        var pixels = Shape.Pixels;
        if (X.Length == 0 || X.Length % pixels != 0)
        {
            throw new ArgumentException($"{X.Length} bytes are not one or more images of {pixels} pixels.", nameof(X));
        }

        if (labels.Length != X.Length / pixels)
        {
            throw new ArgumentException($"{X.Length / pixels} images have {labels.Length} labels.", nameof(labels));
        }

        var wrong = labels.Span.IndexOfAnyExceptInRange((byte)0, (byte)(Shape.Classes - 1));
        if (wrong >= 0)
        {
            throw new ArgumentException(
                $"Image {wrong} has label {labels.Span[wrong]}; the last class is {Shape.Classes - 1}.",
                nameof(labels));
        }

        this.X = X;
        Labels = labels;
        Source = source;
    }

    /// <summary>The images' size and the classes' names.</summary>
    public DataShape Shape { get; }

    /// <summary>The pixels [pixels × m].</summary>
    public ReadOnlyMemory<byte> X { get; }

    /// <summary>The classes [m], each below the number of classes.</summary>
    public ReadOnlyMemory<byte> Labels { get; }

    /// <summary>m, the number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Where the images come from, for people.</summary>
    public string Source { get; }

    /// <summary>The pixels of image <paramref name="j"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Count);
        return X.Span.Slice(j * Shape.Pixels, Shape.Pixels);
    }

    /// <summary>The name of image <paramref name="j"/>'s class.</summary>
    public string ClassOf(int j) => Shape.ClassNames[Labels.Span[j]];

    /// <summary>The images from <paramref name="start"/> on; they share this set's memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one image, or images outside the set.</exception>
    public DigitSet Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - start);
        return new DigitSet(X.Slice(start * Shape.Pixels, count * Shape.Pixels), Labels.Slice(start, count), Source,
            Shape);
    }

    /// <summary>
    /// A copy whose image i is this set's image <paramref name="order"/>[i]; it may leave images out or repeat them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public DigitSet Reorder(ReadOnlySpan<int> order)
    {
        var pixels = new byte[checked(order.Length * Shape.Pixels)];
        var labels = new byte[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            Image(order[i]).CopyTo(pixels.AsSpan(i * Shape.Pixels));
            labels[i] = Labels.Span[order[i]];
        }

        return new DigitSet(pixels, labels, Source, Shape);
    }

    /// <summary>The same images with the classes of a network, which are found by their names.</summary>
    /// <param name="classes">The network's classes.</param>
    /// <exception cref="UserErrorException">An image's class is none of them.</exception>
    public DigitSet As(DataShape classes) =>
        Shape.ClassNames.AsSpan().SequenceEqual(classes.ClassNames.AsSpan()) ? this
        : new DigitSet(X, Relabelled(Labels, Shape, classes, Source), Source, Shape.With(classes.ClassNames));

    /// <summary>Labels of some classes as labels of others, which are found by their names.</summary>
    /// <exception cref="UserErrorException">A label's class is none of the others.</exception>
    internal static ReadOnlyMemory<byte> Relabelled(ReadOnlyMemory<byte> labels, DataShape from, DataShape to,
        string source)
    {
        var numbers = from.ClassNames.Select(name => to.ClassNames.IndexOf(name)).ToArray();
        var relabelled = labels.ToArray();
        for (var j = 0; j < relabelled.Length; j++)
        {
            relabelled[j] = numbers[relabelled[j]] is >= 0 and var label ? (byte)label
                : throw new UserErrorException("An image is of a class that the network does not know",
                    where: $"{source}, image {j}", expected: Some(to), found: from.ClassNames[relabelled[j]],
                    todo: "use images of the classes that the network was trained on, or train another");
        }

        return relabelled;
    }

    private static string Some(DataShape shape) => shape.Classes <= 12 ? string.Join(", ", shape.ClassNames)
        : $"{string.Join(", ", shape.ClassNames.Take(6))} … {shape.ClassNames[^1]}";
}
