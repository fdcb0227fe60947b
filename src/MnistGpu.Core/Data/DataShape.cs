using System.Collections.Immutable;
using System.Globalization;

namespace MnistGpu.Data;

/// <summary>What the images of a data set have in common: their size, their colours, and the classes' names.</summary>
internal sealed class DataShape : IEquatable<DataShape>
{
    /// <summary>A label is one byte.</summary>
    public const int MaxClasses = 256;

    /// <summary>Pixels along a side of the largest image: a network's first layer reads every one of them.</summary>
    public const int MaxSide = 1024;

    /// <summary>Characters of the longest name of a class.</summary>
    public const int MaxName = 100;

    private readonly bool? areDigits;

    /// <summary>Makes a shape.</summary>
    /// <param name="width">Pixels side by side, 1 to <see cref="MaxSide"/>.</param>
    /// <param name="height">Pixels one above the other, likewise.</param>
    /// <param name="channels">Bytes of a pixel: 1 for grey, 3 for red, green and blue.</param>
    /// <param name="classNames">The name of each class, 1 to <see cref="MaxClasses"/> of them, no two alike.</param>
    /// <param name="areDigits">Whether images of numbered classes are of digits; null where that is not known.</param>
    /// <exception cref="ArgumentException">A number or a name is outside these limits.</exception>
    public DataShape(int width, int height, int channels, ImmutableArray<string> classNames, bool? areDigits = null)
    {
        if (Fault(width, height, channels, classNames) is { } fault)
        {
            throw new ArgumentException(fault);
        }

        (Width, Height, Channels) = (width, height, channels);
        ClassNames = classNames;
        this.areDigits = areDigits;
    }

    /// <summary>Pixels side by side.</summary>
    public int Width { get; }

    /// <summary>Pixels one above the other.</summary>
    public int Height { get; }

    /// <summary>Bytes of a pixel: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>The name of each class, in the order of the network's outputs.</summary>
    public ImmutableArray<string> ClassNames { get; }

    /// <summary>Bytes of an image: row by row from the top, a pixel's bytes together. A network's inputs.</summary>
    public int Pixels => Width * Height * Channels;

    /// <summary>The number of classes: a network's outputs.</summary>
    public int Classes => ClassNames.Length;

    /// <summary>
    /// Whether these are digits as MNIST has them: pictures are then prepared as digits are, to be learnt and to be
    /// named. Where nothing says so, all ten classes must be there: fewer numbers may be of anything.
    /// </summary>
    public bool IsDigits => HasSizeOf(Mnist.Shape) && Classes <= Mnist.Classes && IsNumbered
        && (areDigits ?? Classes == Mnist.Classes);

    /// <summary>Whether the classes are called by their numbers from 0 on: that more follow is then possible.</summary>
    public bool IsNumbered => HasNumbers(ClassNames);

    /// <summary>The size in words: 28 × 28, or 32 × 32 in colour.</summary>
    public string Size => $"{Width} × {Height}{(Channels == 1 ? "" : " in colour")}";

    /// <summary>The numbers from 0 on as names.</summary>
    public static ImmutableArray<string> Numbers(int count) =>
        [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    /// <summary>A text from a file as a class's name, fit for a line of a terminal.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">Where it stands, for errors.</param>
    /// <exception cref="UserErrorException">It is empty, or longer than <see cref="MaxName"/>.</exception>
    internal static string NameFrom(string text, string source) => text.Length is >= 1 and <= MaxName
        ? Plain.Text(text, MaxName)
        : throw new UserErrorException("This is no name for a class", where: source,
            expected: $"1 to {MaxName} characters", found: text.Length == 0 ? "nothing" : Plain.Text(text, 60),
            todo: "give the class a shorter name, or say which column has the labels: LoadOptions.Label = NAME");

    /// <summary>The same images with other classes.</summary>
    /// <param name="classNames">Their names.</param>
    /// <param name="areDigits">Whether they are digits; null where nothing else is known of it than of these.</param>
    /// <exception cref="ArgumentException">As of the constructor.</exception>
    public DataShape With(ImmutableArray<string> classNames, bool? areDigits = null) =>
        new(Width, Height, Channels, classNames, areDigits ?? this.areDigits);

    /// <summary>What these numbers and names break of a shape's limits; null for nothing.</summary>
    internal static string? Fault(int width, int height, int channels, ImmutableArray<string> classNames) =>
        width is < 1 or > MaxSide || height is < 1 or > MaxSide
            ? $"images of {width} × {height} pixels; a side has 1 to {MaxSide}"
        : channels is not (1 or 3) ? $"{channels} bytes to a pixel; grey has 1, colour 3"
        : classNames.Length is < 1 or > MaxClasses ? $"{classNames.Length} classes; there are 1 to {MaxClasses}"
        : classNames.FirstOrDefault(name => name.Length is 0 or > MaxName) is { } name
            ? $"a class's name of {name.Length} characters; it has 1 to {MaxName}"
        : classNames.Distinct(StringComparer.Ordinal).Count() < classNames.Length ? "two classes of one name"
        : null;

    /// <inheritdoc/>
    public bool Equals(DataShape? other) => other is not null && HasSizeOf(other)
        && ClassNames.AsSpan().SequenceEqual(other.ClassNames.AsSpan());

    /// <summary>Whether the images have the same width, height and colours, whatever the classes.</summary>
    public bool HasSizeOf(DataShape other) =>
        (Width, Height, Channels) == (other.Width, other.Height, other.Channels);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DataShape);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Width, Height, Channels, Classes, ClassNames[0]);

    /// <summary>Size and number of classes, for people.</summary>
    public override string ToString() => $"{Size}, {Classes} classes";

    private static bool HasNumbers(ImmutableArray<string> names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (names[i] != i.ToString(CultureInfo.InvariantCulture))
            {
                return false;
            }
        }

        return true;
    }
}
