using System.Collections.Immutable;
using MnistGpu.Data;

namespace MnistGpu;

/// <summary>
/// Images of one size, each with its class. It never changes: many threads may train and evaluate with the same set at
/// once.
/// </summary>
/// <example>
/// Images that a program has in memory, here two of 2 × 2 grey pixels:
/// <code>
/// byte[] pixels = [0, 255, 0, 255,   255, 255, 0, 0];
/// byte[] labels = [0, 1];
/// var set = ImageSet.From(pixels, labels, width: 2, height: 2, classNames: ["upright", "lying"]);
/// </code>
/// </example>
public sealed class ImageSet
{
    internal ImageSet(DigitSet digits, bool isDark = false) => (Digits, IsDark) = (digits, isDark);

    /// <summary>The number of images.</summary>
    public int Count => Digits.Count;

    /// <summary>Pixels side by side.</summary>
    public int Width => Digits.Shape.Width;

    /// <summary>Pixels one above the other.</summary>
    public int Height => Digits.Shape.Height;

    /// <summary>Bytes of a pixel: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels => Digits.Shape.Channels;

    /// <summary>The name of each class, in the order of the labels.</summary>
    public IReadOnlyList<string> ClassNames => Digits.Shape.ClassNames;

    /// <summary>The class of each image, an index of <see cref="ClassNames"/>.</summary>
    public ReadOnlySpan<byte> Labels => Digits.Labels.Span;

    /// <summary>Where the images come from, for people.</summary>
    public string Source => Digits.Source;

    /// <summary>The same images as the engines take them.</summary>
    internal DigitSet Digits { get; }

    /// <summary>Whether the images are dark on light, where MNIST's are light on dark.</summary>
    internal bool IsDark { get; }

    /// <summary>Copies images and labels from memory.</summary>
    /// <param name="pixels">Images · height · width · channels bytes: an image after the other, each row by row from
    /// the top, a pixel's bytes together. As in MNIST, 0 is the background and 255 full ink.</param>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <param name="width">Pixels side by side, 1 to 1,024.</param>
    /// <param name="height">Pixels one above the other, 1 to 1,024.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="classNames">The name of each class; null for the numbers from 0 to the greatest label, or to 9
    /// where the images are of MNIST's size.</param>
    /// <exception cref="UserErrorException">There is no image, the numbers of pixels and labels do not fit each other,
    /// a label has no class, or a size or a name is outside its limits.</exception>
    public static ImageSet From(ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> labels, int width = 28, int height = 28,
        int channels = 1, IReadOnlyList<string>? classNames = null)
    {
        var shape = Shape(labels, width, height, channels, classNames);
        if (pixels.IsEmpty || pixels.Length % shape.Pixels != 0)
        {
            throw new UserErrorException("These bytes are no images", where: nameof(pixels),
                expected: $"one or more images of {shape.Size}, {shape.Pixels} bytes each",
                found: $"{pixels.Length} bytes", todo: "give all pixels of every image, and their width and height");
        }

        var count = pixels.Length / shape.Pixels;
        if (labels.Length != count)
        {
            throw new UserErrorException("Every image needs one label", where: nameof(labels),
                expected: $"{count} labels, as there are images", found: $"{labels.Length}",
                todo: "give a label for each image");
        }

        var wrong = labels.IndexOfAnyExceptInRange((byte)0, (byte)(shape.Classes - 1));
        return wrong < 0
            ? new ImageSet(new DigitSet(pixels.ToArray(), labels.ToArray(), "images in memory", shape))
            : throw new UserErrorException("A label is past the last class", where: $"{nameof(labels)}[{wrong}]",
                expected: $"0 to {shape.Classes - 1}, for {shape.Classes} classes", found: $"{labels[wrong]}",
                todo: "name more classes, or mend the label");
    }

    /// <summary>Copies grey images that lie apart in memory, each in an array of its own.</summary>
    /// <param name="images">The images, width · height bytes each.</param>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <param name="width">Pixels side by side, 1 to 1,024.</param>
    /// <param name="height">Pixels one above the other, 1 to 1,024.</param>
    /// <exception cref="UserErrorException">An image has another size, or as of the other overload.</exception>
    public static ImageSet From(IReadOnlyList<byte[]> images, ReadOnlySpan<byte> labels, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new UserErrorException("There is no image", where: nameof(images), expected: "one or more images",
                found: "an empty list", todo: "give the images, and a label for each");
        }

        var pixels = Shape(labels, width, height, 1, null).Pixels;
        for (var j = 0; j < images.Count; j++)
        {
            if (images[j]?.Length != pixels)
            {
                throw new UserErrorException("An image has another size", where: $"{nameof(images)}[{j}]",
                    expected: $"{width} × {height} pixels, {pixels} bytes",
                    found: images[j] is { } other ? $"{other.Length} bytes" : "null",
                    todo: "bring all images to one size");
            }
        }

        return From(images.SelectMany(image => image).ToArray(), labels, width, height);
    }

    /// <summary>A copy of an image's pixels.</summary>
    /// <param name="index">Which image, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public byte[] Image(int index) => Digits.Image(index).ToArray();

    /// <summary>The images from <paramref name="start"/> on; they share this set's memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one image, or images outside the set.</exception>
    public ImageSet Slice(int start, int count) => new(Digits.Slice(start, count), IsDark);

    /// <summary>Two sets: the first <paramref name="first"/> images, and the others.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them would be empty.</exception>
    public (ImageSet First, ImageSet Others) Split(int first) => (Slice(0, first), Slice(first, Count - first));

    private static DataShape Shape(ReadOnlySpan<byte> labels, int width, int height, int channels,
        IReadOnlyList<string>? classNames)
    {
        var greatest = 0;
        foreach (var label in labels)
        {
            greatest = Math.Max(greatest, label);
        }

        var isMnist = (width, height, channels) == (Mnist.Side, Mnist.Side, 1);
        ImmutableArray<string> names = classNames is null
            ? DataShape.Numbers(isMnist ? Math.Max(Mnist.Classes, greatest + 1) : greatest + 1)
            : [.. classNames.Select(name => name ?? "")];
        return DataShape.Fault(width, height, channels, names) is { } fault
            ? throw new UserErrorException("These images cannot be used", where: "width, height, channels, classNames",
                expected: $"1 to {DataShape.MaxSide} pixels a side, 1 or 3 channels, 1 to {DataShape.MaxClasses} "
                    + "classes with names of their own", found: fault, todo: "give other sizes or names")
            : new DataShape(width, height, channels, names);
    }
}
